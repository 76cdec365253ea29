//! A desk at work: agents register, engineers solve, callers call back, all at once, until they are told to stop.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hotline_core::id;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::ground::Site;
use super::history::History;
use super::people;
use super::person::Person;
use crate::client::Client;

/// How long the last tickets may take to be closed once nothing breaks any more.
const DRAIN: Duration = Duration::from_secs(90);

/// How a desk works.
#[derive(Clone, Debug)]
pub struct Load {
    /// What everybody's choices follow from, beside the moments at which things happen.
    pub seed: u64,
    /// People who register tickets.
    pub agents: usize,
    /// People who claim and solve them.
    pub engineers: usize,
    /// People who claim callbacks.
    pub callers: usize,
    /// Tickets under way at most.
    pub open_at_most: usize,
    /// How much is claimed at once at most.
    pub claim_at_most: u32,
    /// Seconds of a lease, at least 5.
    pub lease: u32,
    /// Every command is sent twice at once.
    pub twice: bool,
    /// Of a hundred claimed pieces of work, how many are forgotten, declined or given back.
    pub mishaps: u32,
    /// Of a hundred customers asked for the first time, how many are not satisfied.
    pub unsatisfied: u32,
}

impl Load {
    /// Returns a small desk on which everything happens.
    pub fn small(seed: u64) -> Self {
        Self {
            seed,
            agents: 3,
            engineers: 5,
            callers: 3,
            open_at_most: 24,
            claim_at_most: 3,
            lease: 5,
            twice: false,
            mishaps: 12,
            unsatisfied: 15,
        }
    }
}

/// A desk at work.
pub struct Run {
    desk: Arc<Desk>,
    agents: JoinSet<()>,
    others: JoinSet<()>,
}

/// What the people of a desk share.
pub(super) struct Desk {
    pub(super) load: Load,
    /// No more tickets are registered.
    pub(super) closing: CancellationToken,
    /// Everybody goes home.
    pub(super) closed: CancellationToken,
    /// Part of every subject of this run.
    pub(super) name: String,
    phones: u64,
    serial: AtomicU64,
    under_way: Mutex<BTreeSet<String>>,
}

impl Run {
    /// Opens the desk.
    pub fn start(site: &Site, load: Load, history: Arc<History>) -> Self {
        let client = Client::new(&site.base);
        let run = id::new();
        let desk = Arc::new(Desk {
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
            name: run.simple().to_string(),
            phones: u64::try_from(run.as_u128() % 99_000_000).unwrap_or_default(),
            serial: AtomicU64::new(0),
            under_way: Mutex::default(),
            load: load.clone(),
        });
        let (mut agents, mut others) = (JoinSet::new(), JoinSet::new());
        let person = |account: &str, index: usize| Person {
            client: client.clone(),
            who: format!("{account}#{index}"),
            token: site.tokens[account].clone(),
            twice: load.twice,
            history: history.clone(),
        };
        let dice = |index: usize| StdRng::seed_from_u64(load.seed.wrapping_mul(1009) + index as u64);
        for index in 0..load.agents {
            agents.spawn(people::agent(desk.clone(), person("agent", index), dice(index)));
        }
        for index in 0..load.engineers {
            let account = ["engineer", "engineer2"][index % 2];
            others.spawn(people::engineer(desk.clone(), person(account, index), dice(100 + index)));
        }
        for index in 0..load.callers {
            others.spawn(people::caller(desk.clone(), person("callback", index), dice(200 + index)));
        }
        others.spawn(people::supervisor(desk.clone(), person("supervisor", 0)));
        Self { desk, agents, others }
    }

    /// Waits until this many tickets have been registered since the desk opened.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn registered(&self, tickets: u64) {
        let enough = async {
            while self.desk.serial.load(Ordering::Relaxed) < tickets {
                sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(timeout(DRAIN, enough).await.is_ok(), "{tickets} tickets within {DRAIN:?}");
    }

    /// Takes no more calls, waits until everything under way is closed, and sends everybody home; returns what is left
    /// after all patience.
    ///
    /// # Panics
    /// When somebody's task did.
    pub async fn finish(mut self, site: &Site) -> Vec<String> {
        self.desk.closing.cancel();
        // Who registers a ticket when the desk closes does so to the end.
        go_home(&mut self.agents).await;
        let client = Client::new(&site.base);
        let end = Instant::now() + DRAIN;
        let mut left = self.desk.under_way();
        while !left.is_empty() && Instant::now() < end {
            // Somebody whose answer was lost on the way does not know that the ticket is closed.
            for ticket in &left {
                if is_closed(&client, &site.tokens["agent"], ticket).await {
                    self.desk.ended(ticket);
                }
            }
            sleep(Duration::from_millis(200)).await;
            left = self.desk.under_way();
        }
        self.desk.closed.cancel();
        go_home(&mut self.others).await;
        self.desk.under_way()
    }
}

async fn go_home(people: &mut JoinSet<()>) {
    while let Some(person) = people.join_next().await {
        person.expect("nobody panics");
    }
}

async fn is_closed(client: &Client, token: &str, ticket: &str) -> bool {
    let path = format!("/v1/tickets/{ticket}");
    let reply = client.send(http::Method::GET, &path, Some(token), &[], None).await;
    reply.is_ok_and(|reply| reply.json["state"] == "TICKET_STATE_CLOSED")
}

impl Desk {
    /// Returns a number, from 1, that nothing else of this run has.
    pub(super) fn next(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the telephone number of a journey.
    pub(super) fn phone(&self, serial: u64) -> String {
        format!("139{:08}", (self.phones + serial) % 100_000_000)
    }

    pub(super) fn began(&self, ticket: &str) {
        self.under_way.lock().expect("nothing panics").insert(ticket.to_owned());
    }

    pub(super) fn ended(&self, ticket: &str) {
        self.under_way.lock().expect("nothing panics").remove(ticket);
    }

    pub(super) fn has_room(&self) -> bool {
        self.under_way.lock().expect("nothing panics").len() < self.load.open_at_most
    }

    fn under_way(&self) -> Vec<String> {
        self.under_way.lock().expect("nothing panics").iter().cloned().collect()
    }
}
