//! A queue that tells when it was claimed from, and that can be switched off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_queue::{Claimed, Depth, Entry, Epoch, Error, MemoryQueue, Result, Snapshot, Waiter, WorkQueue};
use tokio::sync::Notify;
use uuid::Uuid;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    pub(crate) inner: MemoryQueue,
    down: AtomicBool,
    empty_claims: Notify,
}

impl Probe {
    /// Makes the queue unavailable, or available again with what it held.
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Waits until somebody claimed and got nothing.
    pub(crate) async fn claimed_in_vain(&self) {
        self.empty_claims.notified().await;
    }

    fn up(&self) -> Result<&MemoryQueue> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::Unavailable("switched off".into()));
        }
        Ok(&self.inner)
    }
}

#[async_trait]
impl WorkQueue for Probe {
    async fn put(&self, queue: &str, items: &[Entry]) -> Result<()> {
        self.up()?.put(queue, items).await
    }

    async fn claim(
        &self,
        queue: &str,
        holder: &str,
        n: usize,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>> {
        let claimed = self.up()?.claim(queue, holder, n, lease, now).await?;
        if claimed.is_empty() {
            self.empty_claims.notify_one();
        }
        Ok(claimed)
    }

    async fn extend(
        &self,
        queue: &str,
        id: Uuid,
        holder: &str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        self.up()?.extend(queue, id, holder, lease, now).await
    }

    async fn finish(&self, queue: &str, id: Uuid) -> Result<()> {
        self.up()?.finish(queue, id).await
    }

    async fn release(&self, queue: &str, id: Uuid) -> Result<bool> {
        self.up()?.release(queue, id).await
    }

    async fn expire(&self, queue: &str, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        self.up()?.expire(queue, now).await
    }

    async fn depth(&self, queue: &str) -> Result<Depth> {
        self.up()?.depth(queue).await
    }

    async fn built(&self, queue: &str) -> Result<bool> {
        self.up()?.built(queue).await
    }

    async fn clear(&self, queue: &str) -> Result<Epoch> {
        self.up()?.clear(queue).await
    }

    async fn load(&self, queue: &str, epoch: Epoch, snapshot: &Snapshot) -> Result<bool> {
        self.up()?.load(queue, epoch, snapshot).await
    }

    fn waiter(&self, queue: &str) -> Waiter {
        self.inner.waiter(queue)
    }
}
