//! A backend that counts what it is asked and can be switched off.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Claimed, Depth, Entry, Epoch, Error, MemoryQueue, Result, Snapshot, Waiter, WorkQueue};

#[derive(Default)]
pub(super) struct Shaky {
    inner: MemoryQueue,
    down: AtomicBool,
    asked: AtomicUsize,
}

impl Shaky {
    /// Makes the backend unavailable, or available again with what it held.
    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn up(&self) -> Result<&MemoryQueue> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::Unavailable("switched off".into()));
        }
        Ok(&self.inner)
    }
}

#[async_trait]
impl WorkQueue for Shaky {
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
        self.up()?.claim(queue, holder, n, lease, now).await
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
