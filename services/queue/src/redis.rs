//! Queues in Redis, shared by any number of processes: each operation is one atomic script.

mod address;
mod connection;
mod eviction;
mod keys;
mod listener;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

use ::redis::FromRedisValue;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::task::AbortOnDropHandle;
use tracing::instrument;
use uuid::Uuid;

use self::connection::Link;
use self::keys::Keys;
use self::scripts::{Script, Scripts};
use crate::queue::{instant, lease_end};
use crate::{Claimed, Depth, Entry, Epoch, Error, Result, Snapshot, Waiter, Wakes, WorkQueue};

/// Most entries one script call carries, so that no call occupies the server for long.
const BATCH: usize = 1000;

/// As many leases as one call of the expire script puts back at most (`MOST_RETURNED` there).
const MOST_RETURNED: usize = 1000;

/// Work queues in Redis; see [`WorkQueue`].
///
/// Two connections a process (in a cluster one to each node and one more): one carries commands, one hears
/// wake-ups. Both come back by themselves; every waiter is woken when the second does, so nothing is missed. In
/// a cluster each queue lies on one node, the queues on all of them; whichever takes over from one that died
/// is a server on which nothing was built. Redis needs no persistence, and `maxmemory-policy noeviction`.
#[derive(Debug)]
pub struct RedisQueue {
    link: Link,
    keys: Keys,
    scripts: Scripts,
    wakes: Arc<Wakes>,
    _listener: AbortOnDropHandle<()>,
}

impl RedisQueue {
    /// Returns the queues at `url` under keys that start with `namespace`. Connects in the background.
    ///
    /// `redis://host:port` is one server, `redis+cluster://host:port,host:port` a cluster by some of its nodes.
    ///
    /// # Errors
    /// [`Error::Address`] when `url` is not an address of Redis.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn connect(url: &str, namespace: &str) -> Result<Self> {
        let (link, clients) = Link::to(url)?;
        let keys = Keys::new(namespace);
        let wakes = Arc::new(Wakes::default());
        let listener = listener::listen(clients, keys.channel.clone(), link.clone(), Arc::clone(&wakes));
        let _listener = AbortOnDropHandle::new(tokio::spawn(listener));
        Ok(Self { link, keys, scripts: Scripts::default(), wakes, _listener })
    }

    async fn run<T: FromRedisValue>(&self, script: &Script, queue: &str, args: &[&str]) -> Result<T> {
        let all = [&[self.keys.channel.as_str(), queue], args].concat();
        Ok(self.link.run(script, &self.keys.of(queue), &all).await?)
    }
}

#[async_trait]
impl WorkQueue for RedisQueue {
    #[instrument(name = "queue.put", skip_all, fields(queue, items = items.len()))]
    async fn put(&self, queue: &str, items: &[Entry]) -> Result<()> {
        for batch in items.chunks(BATCH) {
            let args: Vec<_> = batch.iter().flat_map(|e| [e.id.to_string(), e.place().to_string()]).collect();
            self.run::<()>(&self.scripts.put, queue, &texts(&args)).await?;
        }
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
        let [n, now, ends] = [n.to_string(), now.timestamp_millis().to_string(), end.to_string()];
        let taken: Vec<(String, i64)> =
            self.run(&self.scripts.claim, queue, &[holder, &n, &now, &ends]).await?;
        let expires_at = instant(end);
        taken.into_iter().map(|(id, order)| Ok(Claimed { id: parse(&id)?, order, expires_at })).collect()
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
        let [id, now, ends] = [id.to_string(), now.timestamp_millis().to_string(), end.to_string()];
        let extended: bool = self.run(&self.scripts.extend, queue, &[&id, holder, &now, &ends]).await?;
        Ok(extended.then(|| instant(end)))
    }

    #[instrument(name = "queue.finish", skip_all, fields(queue, items = ids.len()))]
    async fn finish(&self, queue: &str, ids: &[Uuid]) -> Result<()> {
        for batch in ids.chunks(BATCH) {
            let args: Vec<_> = batch.iter().map(Uuid::to_string).collect();
            self.run::<()>(&self.scripts.finish, queue, &texts(&args)).await?;
        }
        Ok(())
    }

    #[instrument(name = "queue.release", skip_all, fields(queue, %id))]
    async fn release(&self, queue: &str, id: Uuid) -> Result<bool> {
        self.run(&self.scripts.release, queue, &[&id.to_string()]).await
    }

    #[instrument(name = "queue.expire", skip_all, fields(queue))]
    async fn expire(&self, queue: &str, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        let mut returned = Vec::new();
        loop {
            let now = now.timestamp_millis().to_string();
            let ids: Vec<String> = self.run(&self.scripts.expire, queue, &[&now]).await?;
            let last = ids.len() < MOST_RETURNED;
            returned.extend(ids.iter().map(|id| parse(id)).collect::<Result<Vec<_>>>()?);
            if last {
                return Ok(returned);
            }
        }
    }

    #[instrument(name = "queue.depth", skip_all, fields(queue))]
    async fn depth(&self, queue: &str) -> Result<Depth> {
        let (waiting, leased) = self.run(&self.scripts.depth, queue, &[]).await?;
        Ok(Depth { waiting, leased })
    }

    #[instrument(name = "queue.built", skip_all, fields(queue))]
    async fn built(&self, queue: &str) -> Result<bool> {
        self.run(&self.scripts.built, queue, &[]).await
    }

    #[instrument(name = "queue.clear", skip_all, fields(queue))]
    async fn clear(&self, queue: &str) -> Result<Epoch> {
        Ok(Epoch(self.run(&self.scripts.clear, queue, &[]).await?))
    }

    #[instrument(name = "queue.load", skip_all, fields(queue))]
    async fn load(&self, queue: &str, epoch: Epoch, snapshot: &Snapshot) -> Result<bool> {
        for batch in rows(snapshot).chunks(BATCH) {
            self.run::<()>(&self.scripts.load, queue, &texts(batch.as_flattened())).await?;
        }
        self.run(&self.scripts.complete, queue, &[&epoch.0.to_string()]).await
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

fn texts(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

fn parse(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|error| Error::Unavailable(Box::new(error)))
}
