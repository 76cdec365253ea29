//! Queues in Redis, shared by any number of processes: each operation is one atomic script.

mod connection;
mod eviction;
mod keys;
mod listener;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::ConnectionManager;
use ::redis::{FromRedisValue, Script};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::task::AbortOnDropHandle;
use tracing::instrument;
use uuid::Uuid;

use self::keys::Keys;
use self::scripts::Scripts;
use crate::queue::{instant, lease_end};
use crate::{Claimed, Depth, Entry, Epoch, Error, Result, Snapshot, Waiter, Wakes, WorkQueue};

/// Most entries one script call carries, so that no call occupies the server for long.
const BATCH: usize = 1000;

/// As many leases as one call of the expire script puts back at most (`MOST_RETURNED` there).
const MOST_RETURNED: usize = 1000;

/// Work queues in Redis; see [`WorkQueue`].
///
/// Two connections a process: one carries commands, one hears wake-ups. Both come back by themselves; every
/// waiter is woken when the second does, so nothing is missed. Redis needs no persistence, and
/// `maxmemory-policy noeviction`.
#[derive(Debug)]
pub struct RedisQueue {
    manager: ConnectionManager,
    keys: Keys,
    scripts: Scripts,
    wakes: Arc<Wakes>,
    _listener: AbortOnDropHandle<()>,
}

impl RedisQueue {
    /// Returns the queues at `url` under keys that start with `namespace`. Connects in the background.
    ///
    /// # Errors
    /// [`Error::Address`] when `url` is not an address of Redis.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn connect(url: &str, namespace: &str) -> Result<Self> {
        let client = connection::client(url)?;
        let manager = connection::manager(&client)?;
        let keys = Keys::new(namespace);
        let wakes = Arc::new(Wakes::default());
        let listener = listener::listen(client, keys.channel.clone(), manager.clone(), Arc::clone(&wakes));
        let _listener = AbortOnDropHandle::new(tokio::spawn(listener));
        Ok(Self { manager, keys, scripts: Scripts::default(), wakes, _listener })
    }

    async fn run<T: FromRedisValue>(&self, script: &Script, queue: &str, args: &[String]) -> Result<T> {
        let mut call = script.prepare_invoke();
        call.key(&self.keys.of(queue)).arg(&self.keys.channel).arg(queue).arg(args);
        Ok(connection::run(&self.manager, &call).await?)
    }
}

#[async_trait]
impl WorkQueue for RedisQueue {
    #[instrument(name = "queue.put", skip_all, fields(queue, items = items.len()))]
    #[tracing::instrument(name = "queue put", skip_all, fields(queue = queue))]
    async fn put(&self, queue: &str, items: &[Entry]) -> Result<()> {
        for batch in items.chunks(BATCH) {
            let args: Vec<_> = batch.iter().flat_map(|e| [e.id.to_string(), e.place().to_string()]).collect();
            self.run::<()>(&self.scripts.put, queue, &args).await?;
        }
        Ok(())
    }

    #[instrument(name = "queue.claim", skip_all, fields(queue, n))]
    #[tracing::instrument(name = "queue claim", skip_all, fields(queue = queue))]
    async fn claim(
        &self,
        queue: &str,
        holder: &str,
        n: usize,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>> {
        let end = lease_end(now, lease);
        let args = [holder.to_owned(), n.to_string(), now.timestamp_millis().to_string(), end.to_string()];
        let taken: Vec<(String, i64)> = self.run(&self.scripts.claim, queue, &args).await?;
        let expires_at = instant(end);
        taken.into_iter().map(|(id, order)| Ok(Claimed { id: parse(&id)?, order, expires_at })).collect()
    }

    #[instrument(name = "queue.extend", skip_all, fields(queue, %id))]
    #[tracing::instrument(name = "queue extend", skip_all, fields(queue = queue))]
    async fn extend(
        &self,
        queue: &str,
        id: Uuid,
        holder: &str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let end = lease_end(now, lease);
        let args = [id.to_string(), holder.to_owned(), now.timestamp_millis().to_string(), end.to_string()];
        let extended: bool = self.run(&self.scripts.extend, queue, &args).await?;
        Ok(extended.then(|| instant(end)))
    }

    #[instrument(name = "queue.finish", skip_all, fields(queue, %id))]
    #[tracing::instrument(name = "queue finish", skip_all, fields(queue = queue))]
    async fn finish(&self, queue: &str, id: Uuid) -> Result<()> {
        self.run(&self.scripts.finish, queue, &[id.to_string()]).await
    }

    #[instrument(name = "queue.release", skip_all, fields(queue, %id))]
    #[tracing::instrument(name = "queue release", skip_all, fields(queue = queue))]
    async fn release(&self, queue: &str, id: Uuid) -> Result<bool> {
        self.run(&self.scripts.release, queue, &[id.to_string()]).await
    }

    #[instrument(name = "queue.expire", skip_all, fields(queue))]
    #[tracing::instrument(name = "queue expire", skip_all, fields(queue = queue))]
    async fn expire(&self, queue: &str, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        let mut returned = Vec::new();
        loop {
            let args = [now.timestamp_millis().to_string()];
            let ids: Vec<String> = self.run(&self.scripts.expire, queue, &args).await?;
            let last = ids.len() < MOST_RETURNED;
            returned.extend(ids.iter().map(|id| parse(id)).collect::<Result<Vec<_>>>()?);
            if last {
                return Ok(returned);
            }
        }
    }

    #[instrument(name = "queue.depth", skip_all, fields(queue))]
    #[tracing::instrument(name = "queue depth", skip_all, fields(queue = queue))]
    async fn depth(&self, queue: &str) -> Result<Depth> {
        let (waiting, leased) = self.run(&self.scripts.depth, queue, &[]).await?;
        Ok(Depth { waiting, leased })
    }

    #[instrument(name = "queue.built", skip_all, fields(queue))]
    async fn built(&self, queue: &str) -> Result<bool> {
        self.run(&self.scripts.built, queue, &[]).await
    }

    #[instrument(name = "queue.clear", skip_all, fields(queue))]
    #[tracing::instrument(name = "queue clear", skip_all, fields(queue = queue))]
    async fn clear(&self, queue: &str) -> Result<Epoch> {
        Ok(Epoch(self.run(&self.scripts.clear, queue, &[]).await?))
    }

    #[instrument(name = "queue.load", skip_all, fields(queue))]
    #[tracing::instrument(name = "queue load", skip_all, fields(queue = queue))]
    async fn load(&self, queue: &str, epoch: Epoch, snapshot: &Snapshot) -> Result<bool> {
        for batch in rows(snapshot).chunks(BATCH) {
            self.run::<()>(&self.scripts.load, queue, batch.as_flattened()).await?;
        }
        self.run(&self.scripts.complete, queue, &[epoch.0.to_string()]).await
    }

    fn waiter(&self, queue: &str) -> Waiter {
        self.wakes.waiter(queue)
    }
}

/// Returns a snapshot as the load script takes it: id, order, holder, end of lease.
fn rows(snapshot: &Snapshot) -> Vec<[String; 4]> {
    let row = |entry: &Entry, holder: &str, end: String| {
        [entry.id.to_string(), entry.place().to_string(), holder.to_owned(), end]
    };
    let waiting = snapshot.waiting.iter().map(|entry| row(entry, "", String::new()));
    let leased = snapshot.leased.iter();
    let leased = leased.map(|l| row(&l.entry, &l.holder, l.expires_at.timestamp_millis().to_string()));
    waiting.chain(leased).collect()
}

fn parse(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|error| Error::Unavailable(Box::new(error)))
}
