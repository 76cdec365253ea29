//! A reference consumer: a second-line team's own system, which works its queue off through the public API only.
//!
//! It follows the queue over gRPC (`Subscribe`), so that it knows what waits without asking, and claims, accepts and
//! completes over REST. The gateway may go away at any moment: the stream is resumed with the last token, and a command
//! is sent again under its key until it is answered, so that nothing is lost and nothing is done twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, text};
use crate::drill::History;
use crate::drill::person::Person;

mod board;
mod follow;

pub use board::Board;

/// How long a worker looks at the board before it asks the queue all the same: the stream may be broken.
const LOOK: Duration = Duration::from_secs(5);
/// How long a worker rests that found nothing although the board says that something waits: another one was quicker.
const REST: Duration = Duration::from_millis(50);

/// Whose queue is worked off, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the gateway, as in `http://127.0.0.1:8080`.
    pub base: String,
    /// An access token of a member of the team.
    pub token: String,
    /// The team's key.
    pub team: String,
    /// Workers at a time.
    pub workers: usize,
    /// What one of them claims at a time, 1 to 100.
    pub at_once: u32,
}

/// The consumer at work; it goes on until it is ended.
pub struct Consumer {
    inside: Arc<Inside>,
    tasks: JoinSet<()>,
}

struct Inside {
    settings: Settings,
    person: Person,
    board: Board,
    /// How often each ticket's work was done, by number.
    done: Mutex<BTreeMap<String, u32>>,
    stop: CancellationToken,
}

impl Consumer {
    /// Begins to follow the queue and to work it off.
    pub fn start(settings: Settings) -> Self {
        let person = Person {
            client: Client::new(&settings.base),
            who: settings.team.clone(),
            token: settings.token.clone(),
            twice: false,
            history: Arc::new(History::default()),
        };
        let workers = settings.workers;
        let inside = Arc::new(Inside {
            settings,
            person,
            board: Board::default(),
            done: Mutex::default(),
            stop: CancellationToken::new(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(follow::queue(inside.clone()));
        for _ in 0..workers {
            tasks.spawn(work(inside.clone()));
        }
        Self { inside, tasks }
    }

    /// Returns what the stream told so far.
    pub fn board(&self) -> &Board {
        &self.inside.board
    }

    /// Returns how often each ticket's work was done, by number.
    pub fn done(&self) -> BTreeMap<String, u32> {
        self.inside.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how often a command had to be sent again, by why.
    pub fn troubles(&self) -> BTreeMap<String, u32> {
        self.inside.person.history.troubles()
    }

    /// Ends what is in hand and stops.
    pub async fn end(mut self) {
        self.inside.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// One worker: takes what waits, and does it.
async fn work(inside: Arc<Inside>) {
    let Inside { settings, person, board, stop, .. } = &*inside;
    let claim = format!("/v1/queues/{}:claim", settings.team);
    let body = json!({"max": settings.at_once, "wait": "0s", "lease": "60s"});
    while !stop.is_cancelled() {
        let waits = stop.run_until_cancelled(tokio::time::timeout(LOOK, board.something_waits())).await;
        if waits.is_none() {
            return;
        }
        let claimed = person.command(&claim, &body).await.json;
        let claimed = claimed["assignments"].as_array().cloned().unwrap_or_default();
        if claimed.is_empty() {
            sleep(REST).await;
        }
        for assignment in claimed {
            inside.handle(&assignment).await;
        }
    }
}

impl Inside {
    /// Does one piece of work. One that is refused was taken away meanwhile, and is another's.
    async fn handle(&self, assignment: &Value) {
        let (id, token) = (text(assignment, "id"), &assignment["leaseToken"]);
        let accept = json!({"leaseToken": token});
        let complete = json!({"leaseToken": token, "resolution": "远程重启光猫，已恢复"});
        for (verb, body) in [("accept", accept), ("complete", complete)] {
            let told = self.person.command(&format!("/v1/assignments/{id}:{verb}"), &body).await;
            if told.refused_as().is_some() || told.json.is_null() {
                return;
            }
        }
        let number = text(assignment, "ticketNumber").to_owned();
        *self.done.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default() += 1;
    }
}
