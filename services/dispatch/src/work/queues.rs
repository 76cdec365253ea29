//! The work queues of all teams, named by the teams' keys and kept in step with the database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::server::Task;
use hotline_queue::{Entry, Kept, Snapshot, Truth};
use uuid::Uuid;

use super::Work;
use crate::domain::assignment::Assignment;
use crate::domain::state::State;
use crate::store::{assignments, standing, teams};

/// The work queues of all teams. Cheap to clone.
pub(crate) type Queues = Kept<Assignments>;

/// What the database says of the queues.
pub(crate) struct Assignments {
    pub(super) db: Db,
    pub(super) clock: Clock,
}

#[async_trait]
impl Truth for Assignments {
    type Error = Error;

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    async fn queues(&self) -> Result<Vec<String>, Error> {
        teams::keys(self.db.reader()).await
    }

    async fn waiting(&self, team: &str) -> Result<u64, Error> {
        standing::waiting(self.db.reader(), team).await
    }

    async fn snapshot(&self, team: &str) -> Result<Snapshot, Error> {
        standing::snapshot(self.db.reader(), team).await
    }

    async fn still_waiting(&self, team: &str, ids: &[Uuid]) -> Result<Vec<Entry>, Error> {
        let known = assignments::among(self.db.reader(), ids).await?;
        let waits = |work: &&Assignment| work.state == State::Queued && work.team_key == team;
        Ok(known.values().filter(waits).map(entry).collect())
    }
}

/// Returns the task that keeps queues right while the service runs.
pub(crate) fn reconcile(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            work.queues.keep(work.config.reconcile_every(), || work.clock.moved(), stop).await;
        })
    })
}

/// Returns an assignment's place as queues know it.
pub(super) fn entry(work: &Assignment) -> Entry {
    Entry { id: work.id, order: work.order }
}
