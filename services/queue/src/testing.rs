//! For tests: a queue in memory that tells what it is asked and can be switched off, and private Redis servers.

mod cluster;
mod server;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{Claimed, Depth, Entry, Epoch, Error, MemoryQueue, Result, Snapshot, Waiter, WorkQueue};

pub use self::cluster::{Cluster, MASTERS};
pub use self::server::RedisServer;

/// A queue in memory that tells what it is asked and can be switched off.
#[derive(Debug, Default)]
pub struct Probe {
    /// What it holds, also while it is switched off.
    pub inner: MemoryQueue,
    down: AtomicBool,
    asked: AtomicUsize,
    empty_claims: Notify,
}

impl Probe {
    /// Makes the queue unavailable, or available again with what it held.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Waits until somebody claimed and got nothing.
    pub async fn claimed_in_vain(&self) {
        self.empty_claims.notified().await;
    }

    /// Tells how often it was asked for anything, also in vain.
    pub fn asked(&self) -> usize {
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

    async fn finish(&self, queue: &str, ids: &[Uuid]) -> Result<()> {
        self.up()?.finish(queue, ids).await
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
