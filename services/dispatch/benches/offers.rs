//! How long work waits while somebody is ready to be offered it (D3): 10,000 tickets come at random times to a team that
//! pushes, whose members take them on and complete them. Told is the longest time for which work waited although a
//! member had room, from the commit that brought the work, or the answer that freed the member, to the answer that brought
//! the offer to the member.
//!
//! ```sh
//! cargo bench -p hotline-dispatch --bench offers
//! ```

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hotline_proto::dispatch::v1::Team;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

#[path = "../tests/contract"]
mod contract {
    #[expect(dead_code, reason = "contract tests use more of it")]
    pub(crate) mod harness;
}

use contract::harness;
use harness::Desk;
use harness::calls::{claim, claim_of};
use harness::pushing::{person, pushing};

/// Tickets that come.
const ARRIVALS: u128 = 10_000;
/// Members who are ready.
const MEMBERS: usize = 8;
/// The longest pause between two tickets.
const PAUSE: Duration = Duration::from_millis(12);

/// What changes how much waits and who has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// A member has room again.
    Freed,
    /// Work came.
    Arrived,
    /// Work was brought to a member.
    Brought,
}

/// What happened, in order of time.
type History = Mutex<Vec<(Instant, Change)>>;

#[tokio::main]
async fn main() {
    let names: Vec<String> = (0..MEMBERS).map(|index| format!("member{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for desk in pushing(Team::default(), &names).await {
        let backend = desk.db.backend();
        let (desk, history) = (Arc::new(desk), Arc::new(History::default()));
        for name in &names {
            desk.ready(name).await;
        }
        let (begun, stop) = (Instant::now(), CancellationToken::new());
        let members: Vec<_> = names
            .iter()
            .map(|name| tokio::spawn(work(desk.clone(), (*name).to_owned(), history.clone(), stop.clone())))
            .collect();
        arrive(&desk, &history).await;
        while count(&history, Change::Freed) < usize::try_from(ARRIVALS).unwrap_or(usize::MAX) {
            sleep(Duration::from_millis(50)).await;
        }
        stop.cancel();
        for member in members {
            member.await.expect("nobody panics");
        }
        tell(&format!("{backend:?}"), &history, begun.elapsed());
    }
}

async fn arrive(desk: &Desk, history: &History) {
    let mut dice = StdRng::seed_from_u64(7);
    for number in 1..=ARRIVALS {
        sleep(PAUSE.mul_f64(dice.random())).await;
        desk.registered([number]).await;
        note(history, Change::Arrived);
    }
}

/// Takes work on and completes it, until told to stop.
async fn work(desk: Arc<Desk>, name: String, history: Arc<History>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let brought = claim(&desk.client, person(&name), claim_of(1, 1)).await.expect("served");
        for work in brought {
            note(&history, Change::Brought);
            let work = desk.accept(person(&name), &work).await.expect("offered");
            desk.complete(person(&name), &work).await.expect("accepted");
            note(&history, Change::Freed);
        }
    }
}

fn note(history: &History, change: Change) {
    history.lock().expect("nobody panics").push((Instant::now(), change));
}

fn count(history: &History, change: Change) -> usize {
    history.lock().expect("nobody panics").iter().filter(|(_, what)| *what == change).count()
}

fn tell(backend: &str, history: &History, time: Duration) {
    let mut history = history.lock().expect("nobody panics").clone();
    history.sort();
    let (mut waiting, mut room, mut since) = (0_i64, i64::try_from(MEMBERS).unwrap_or_default(), None);
    let mut waits = Vec::new();
    for (at, change) in history {
        match change {
            Change::Arrived => waiting += 1,
            Change::Freed => room += 1,
            Change::Brought => (waiting, room) = (waiting - 1, room - 1),
        }
        // Any offer ends the wait that is measured: what is left waits from there.
        if let Some(since) = since.take_if(|_| change == Change::Brought || waiting <= 0 || room <= 0) {
            waits.push(at - since);
        }
        if waiting > 0 && room > 0 {
            since.get_or_insert(at);
        }
    }
    waits.sort();
    let quantile =
        |percent: usize| waits.get((waits.len() * percent / 100).min(waits.len().saturating_sub(1)));
    println!(
        "{backend}: {ARRIVALS} arrivals in {time:.1?}; work waited for who was ready p50 {:.2?}, p99 {:.2?}, longest {:.2?}",
        quantile(50).unwrap_or(&Duration::ZERO),
        quantile(99).unwrap_or(&Duration::ZERO),
        waits.last().unwrap_or(&Duration::ZERO),
    );
}
