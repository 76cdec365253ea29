//! A work queue that never answers.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_queue::{Claimed, Depth, Entry, Epoch, Error, Result, Snapshot, Waiter, Wakes, WorkQueue};
use uuid::Uuid;

/// A work queue that never answers.
#[derive(Debug, Default)]
pub(crate) struct NoQueue(Wakes);

fn unavailable<T>() -> Result<T> {
    Err(Error::Unavailable("away".into()))
}

#[async_trait]
impl WorkQueue for NoQueue {
    async fn put(&self, _: &str, _: &[Entry]) -> Result<()> {
        unavailable()
    }

    async fn claim(&self, _: &str, _: &str, _: usize, _: Duration, _: DateTime<Utc>) -> Result<Vec<Claimed>> {
        unavailable()
    }

    async fn extend(
        &self,
        _: &str,
        _: Uuid,
        _: &str,
        _: Duration,
        _: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        unavailable()
    }

    async fn finish(&self, _: &str, _: &[Uuid]) -> Result<()> {
        unavailable()
    }

    async fn release(&self, _: &str, _: Uuid) -> Result<bool> {
        unavailable()
    }

    async fn expire(&self, _: &str, _: DateTime<Utc>) -> Result<Vec<Uuid>> {
        unavailable()
    }

    async fn depth(&self, _: &str) -> Result<Depth> {
        unavailable()
    }

    async fn built(&self, _: &str) -> Result<bool> {
        unavailable()
    }

    async fn clear(&self, _: &str) -> Result<Epoch> {
        unavailable()
    }

    async fn load(&self, _: &str, _: Epoch, _: &Snapshot) -> Result<bool> {
        unavailable()
    }

    fn waiter(&self, queue: &str) -> Waiter {
        self.0.waiter(queue)
    }
}
