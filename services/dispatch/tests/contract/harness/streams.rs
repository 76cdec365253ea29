//! Streams of queues, and the bus that tells them what happens.

use std::sync::Arc;
use std::time::Duration;

use hotline_core::bus::{Listener, Mark, Place, Position};
use hotline_core::caller::Caller;
use hotline_core::time;
use hotline_dispatch::{NAME, Streams};
use hotline_proto::dispatch::v1::{QueueUpdate, QueueUpdateKind, SubscribeRequest};
use hotline_proto::events::v1::Envelope;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::{Desk, TEAM};

/// Longer than anything takes that is awaited here.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings of streams under test: short of breath, and few.
pub(crate) fn settings() -> Streams {
    Streams { most: 4, most_each: 2, heartbeat_seconds: 1, longest_seconds: 4, kept: 100 }
}

/// The bus as one process hears it: how far it has told what is in the outbox.
pub(crate) struct Ear {
    listener: Arc<dyn Listener>,
    told: Mutex<Option<i64>>,
}

fn place(seq: i64) -> Place {
    Place { source: NAME, mark: Mark(seq.unsigned_abs(), 0) }
}

impl Ear {
    pub(crate) fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, told: Mutex::default() }
    }

    /// Loses what was not told yet.
    pub(crate) async fn misses(&self, desk: &Desk) {
        let mut told = self.told.lock().await;
        let last = desk.last_event().await;
        *told = Some(last);
        self.listener.gap(&Position::new("life", [place(last)])).await;
    }
}

impl Desk {
    /// Tells the process what has happened since it was told last; the first time, what happens from now on.
    pub(crate) async fn is_told(&self) {
        let mut told = self.ear.told.lock().await;
        let Some(mut last) = *told else {
            let last = self.last_event().await;
            self.ear.listener.began(&Position::new("life", [place(last)])).await;
            *told = Some(last);
            return;
        };
        let sql = "SELECT seq, id, name, occurred_at, payload FROM outbox WHERE seq > $1 ORDER BY seq";
        let query = Statement::from_sql_and_values(self.db.backend(), sql, [last.into()]);
        for row in self.db.reader().query_all_raw(query).await.expect("the outbox can be read") {
            last = row.try_get("", "seq").expect("has a place");
            let id: uuid::Uuid = row.try_get("", "id").expect("has an id");
            let event = Envelope {
                id: id.to_string(),
                name: row.try_get("", "name").expect("has a name"),
                occurred_at: Some(time::to_proto(row.try_get("", "occurred_at").expect("has a time"))),
                payload: row.try_get("", "payload").expect("has a payload"),
                ..Envelope::default()
            };
            self.ear.listener.hear(&Arc::new(event), place(last)).await;
        }
        *told = Some(last);
    }

    async fn last_event(&self) -> i64 {
        let query = Statement::from_string(self.db.backend(), "SELECT max(seq) AS last FROM outbox");
        let row = self.db.reader().query_one_raw(query).await.expect("the outbox can be read");
        row.and_then(|row| row.try_get::<Option<i64>>("", "last").ok().flatten()).unwrap_or_default()
    }

    /// Follows [`TEAM`]'s queue.
    pub(crate) async fn follows(&self, caller: Caller, resume_token: &str) -> Result<Updates, Status> {
        self.is_told().await;
        let request = SubscribeRequest { team_key: TEAM.into(), resume_token: resume_token.into() };
        let stream = caller.scope(self.client.clone().subscribe(request)).await?.into_inner();
        Ok(Updates(stream))
    }
}

/// A stream as its caller reads it.
pub(crate) struct Updates(Streaming<QueueUpdate>);

impl Updates {
    /// Returns the next update; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<QueueUpdate>, Status> {
        timeout(PATIENCE, self.0.message()).await.expect("something is told")
    }

    /// Returns the next update that is no heartbeat.
    pub(crate) async fn news(&mut self) -> QueueUpdate {
        loop {
            let update = self.next().await.expect("it goes on").expect("it goes on");
            if update.kind() != QueueUpdateKind::Alive {
                return update;
            }
        }
    }

    /// Reads a beginning: returns the tickets of the open work, and where to go on.
    pub(crate) async fn begins(&mut self) -> (Vec<String>, String) {
        assert_eq!(self.news().await.kind(), QueueUpdateKind::Reset);
        let mut tickets = Vec::new();
        loop {
            let update = self.news().await;
            match update.kind() {
                QueueUpdateKind::Open => {
                    assert!(update.resume_token.is_empty(), "nobody can go on midway");
                    tickets.push(update.assignment.expect("has work").ticket_number);
                }
                QueueUpdateKind::Ready => return (tickets, update.resume_token),
                other => panic!("{other:?} at the beginning"),
            }
        }
    }

    /// Returns the types of the next changes, and the state of their work.
    pub(crate) async fn changes(&mut self, count: usize) -> Vec<(String, String)> {
        let mut told = Vec::new();
        for _ in 0..count {
            let update = self.news().await;
            assert_eq!(update.kind(), QueueUpdateKind::Changed, "{update:?}");
            let work = update.assignment.expect("has work");
            assert!(work.lease_token.is_empty(), "the token is its holder's");
            let state = work.state().as_str_name().trim_start_matches("ASSIGNMENT_STATE_").to_lowercase();
            told.push((update.event_type, state));
        }
        told
    }
}
