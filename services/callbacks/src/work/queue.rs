//! The one work queue, [`NAME`], ordered by when callbacks are due and kept in step with the database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::server::Task;
use hotline_proto::callbacks::v1::CallbackState;
use hotline_queue::{Entry, Kept, Snapshot, Truth};
use uuid::Uuid;

use super::Work;
use crate::NAME;
use crate::domain::Callback;
use crate::store::waiting;

/// The queue of callbacks. Cheap to clone.
pub(super) type Queue = Kept<Callbacks>;

/// What the database says of the queue.
pub(crate) struct Callbacks {
    pub(super) db: Db,
    pub(super) clock: Clock,
}

#[async_trait]
impl Truth for Callbacks {
    type Error = Error;

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    async fn queues(&self) -> Result<Vec<String>, Error> {
        Ok(vec![NAME.to_owned()])
    }

    async fn waiting(&self, _: &str) -> Result<u64, Error> {
        waiting::count(self.db.reader()).await
    }

    async fn snapshot(&self, _: &str) -> Result<Snapshot, Error> {
        waiting::snapshot(self.db.reader()).await
    }

    async fn still_waiting(&self, _: &str, ids: &[Uuid]) -> Result<Vec<Entry>, Error> {
        let known = waiting::among(self.db.reader(), ids).await?;
        Ok(known.values().filter(|callback| callback.state == CallbackState::Open).map(entry).collect())
    }
}

/// Returns the task that keeps the queue right while the service runs.
pub(crate) fn reconcile(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            work.queue.keep(work.reconcile_every, || work.clock.moved(), stop).await;
        })
    })
}

/// Returns a callback's place as the queue knows it.
pub(super) fn entry(callback: &Callback) -> Entry {
    Entry { id: callback.id, order: callback.draft.due_at.timestamp_millis() }
}
