//! Queues inside one process, for the embedded default: gone with the process, and rebuilt at its start.

mod shelf;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tracing::instrument;
use uuid::Uuid;

use self::shelf::Shelf;
use crate::queue::{instant, lease_end};
use crate::{Claimed, Depth, Entry, Epoch, Result, Snapshot, Waiter, Wakes, WorkQueue};

/// Work queues in memory; see [`WorkQueue`]. Never unavailable.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    shelves: Mutex<HashMap<String, Shelf>>,
    wakes: Wakes,
}

impl MemoryQueue {
    /// Runs `change` on a queue, then wakes waiters for the entries that came to wait and were not taken.
    fn change<T>(&self, queue: &str, change: impl FnOnce(&mut Shelf) -> (T, usize)) -> T {
        let (answer, fresh) = self.with(queue, change);
        self.wakes.wake(queue, fresh);
        answer
    }

    fn with<T>(&self, queue: &str, use_shelf: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.contains_key(queue) {
            shelves.insert(queue.to_owned(), Shelf::default());
        }
        use_shelf(shelves.get_mut(queue).expect("inserted above"))
    }
}

#[async_trait]
impl WorkQueue for MemoryQueue {
    #[instrument(name = "queue.put", skip_all, fields(queue, items = items.len()))]
    async fn put(&self, queue: &str, items: &[Entry]) -> Result<()> {
        self.change(queue, |shelf| ((), shelf.put(items)));
        Ok(())
    }

    #[instrument(name = "queue.claim", skip_all, fields(queue, n))]
    async fn claim(
        &self,
        queue: &str,
        holder: &str,
        n: usize,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>> {
        let end = lease_end(now, lease);
        let taken = self.change(queue, |shelf| {
            let returned = shelf.expire(now.timestamp_millis()).len();
            let taken = shelf.claim(holder, n, end);
            let left = returned.saturating_sub(taken.len());
            (taken, left)
        });
        let expires_at = instant(end);
        Ok(taken.into_iter().map(|Entry { id, order }| Claimed { id, order, expires_at }).collect())
    }

    #[instrument(name = "queue.extend", skip_all, fields(queue, %id))]
    async fn extend(
        &self,
        queue: &str,
        id: Uuid,
        holder: &str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let end = lease_end(now, lease);
        let extended = self.with(queue, |shelf| shelf.extend(id, holder, now.timestamp_millis(), end));
        Ok(extended.then(|| instant(end)))
    }

    #[instrument(name = "queue.finish", skip_all, fields(queue, items = ids.len()))]
    async fn finish(&self, queue: &str, ids: &[Uuid]) -> Result<()> {
        self.with(queue, |shelf| ids.iter().for_each(|id| shelf.finish(*id)));
        Ok(())
    }

    #[instrument(name = "queue.release", skip_all, fields(queue, %id))]
    async fn release(&self, queue: &str, id: Uuid) -> Result<bool> {
        Ok(self.change(queue, |shelf| {
            let held = shelf.release(id);
            (held, usize::from(held))
        }))
    }

    #[instrument(name = "queue.expire", skip_all, fields(queue))]
    async fn expire(&self, queue: &str, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        Ok(self.change(queue, |shelf| {
            let ids = shelf.expire(now.timestamp_millis());
            let returned = ids.len();
            (ids, returned)
        }))
    }

    #[instrument(name = "queue.depth", skip_all, fields(queue))]
    async fn depth(&self, queue: &str) -> Result<Depth> {
        Ok(self.with(queue, |shelf| shelf.depth()))
    }

    async fn built(&self, queue: &str) -> Result<bool> {
        Ok(self.with(queue, |shelf| shelf.built()))
    }

    #[instrument(name = "queue.clear", skip_all, fields(queue))]
    async fn clear(&self, queue: &str) -> Result<Epoch> {
        Ok(self.with(queue, Shelf::clear))
    }

    #[instrument(name = "queue.load", skip_all, fields(queue))]
    async fn load(&self, queue: &str, epoch: Epoch, snapshot: &Snapshot) -> Result<bool> {
        Ok(self.change(queue, |shelf| shelf.load(epoch, snapshot)))
    }

    fn waiter(&self, queue: &str) -> Waiter {
        self.wakes.waiter(queue)
    }
}
