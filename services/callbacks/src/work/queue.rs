//! The work queue, as the database keeps it right. The database is the truth: a queue that does not answer costs time,
//! never work, so nothing here fails for want of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::{Error as CoreError, chain};
use hotline_proto::callbacks::v1::CallbackState;
use hotline_queue::{Entry, WorkQueue, claim_wait};
use tokio::time::Instant;
use uuid::Uuid;

use crate::NAME;
use crate::domain::Callback;
use crate::store::waiting;

/// How long a queue that did not answer is left alone: asking it again costs up to two seconds.
const LEFT_ALONE: Duration = Duration::from_secs(2);

/// The queue of callbacks, ordered by when they are due. Cheap to clone.
#[derive(Clone)]
pub(super) struct Queue(Arc<Inner>);

struct Inner {
    queue: Arc<dyn WorkQueue>,
    db: Db,
    clock: Clock,
    /// One rebuild at a time in a process: two at once would both clear.
    rebuilding: tokio::sync::Mutex<()>,
    health: Mutex<Health>,
}

/// What is known of the queue's backend.
struct Health {
    /// When it last did not answer, until it answers again.
    silent_since: Option<Instant>,
    /// It may lack something that the database holds.
    behind: bool,
}

/// A rebuild did not finish.
enum Unbuilt {
    Queue(hotline_queue::Error),
    Store(CoreError),
}

impl From<hotline_queue::Error> for Unbuilt {
    fn from(error: hotline_queue::Error) -> Self {
        Self::Queue(error)
    }
}

impl Queue {
    /// Wraps a backend. What it holds at the start may be of an earlier life of the database.
    pub(super) fn new(queue: Arc<dyn WorkQueue>, db: Db, clock: Clock) -> Self {
        let health = Mutex::new(Health { silent_since: None, behind: true });
        Self(Arc::new(Inner { queue, db, clock, rebuilding: tokio::sync::Mutex::default(), health }))
    }

    /// Puts a callback to its place, whether it was held or is new, and wakes a waiter.
    pub(super) async fn put_back(&self, callback: &Callback) {
        let entry = Entry { id: callback.id, order: callback.draft.due_at.timestamp_millis() };
        let again = async {
            self.0.queue.release(NAME, entry.id).await?;
            // A queue that was flushed since knows of no lease.
            self.0.queue.put(NAME, &[entry]).await
        };
        self.change(again).await;
    }

    /// Takes a callback out that does not wait any more.
    pub(super) async fn remove(&self, id: Uuid) {
        self.change(self.0.queue.finish(NAME, id)).await;
    }

    /// Keeps a lease in step with the database's.
    pub(super) async fn extend(&self, callback: &Callback, lease: Duration) {
        let now = self.0.clock.now();
        self.change(self.0.queue.extend(NAME, callback.id, &callback.holder, lease, now)).await;
    }

    /// Gives callbacks back that were proposed and not taken.
    pub(super) async fn give_back(&self, ids: &[Uuid]) {
        for id in ids {
            self.change(self.0.queue.release(NAME, *id)).await;
        }
    }

    /// Takes out what does not wait any more. Some of it may have come back to wait since the database was asked, and
    /// its way into the queue been shut by our own lease: that is put in again.
    pub(super) async fn drop_stale(&self, ids: &[Uuid]) -> Result<(), CoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            self.remove(*id).await;
        }
        let known = waiting::among(self.0.db.reader(), ids).await?;
        for callback in known.values().filter(|callback| callback.state == CallbackState::Open) {
            self.put_back(callback).await;
        }
        Ok(())
    }

    /// Claims what is due first and waits for some up to `wait`, wall time; `None` where the queue does not answer.
    pub(super) async fn claim(
        &self,
        holder: &str,
        most: usize,
        lease: Duration,
        wait: Duration,
    ) -> Option<Vec<Uuid>> {
        if self.is_silent() {
            return None;
        }
        let now = || self.0.clock.now();
        let claimed = claim_wait(self.0.queue.as_ref(), NAME, holder, most, lease, wait, now).await;
        Some(self.heard(claimed)?.into_iter().map(|claimed| claimed.id).collect())
    }

    /// Puts back what was held beyond its lease, so that those who wait learn of it. The database expires leases by
    /// itself: a queue that misses this is not behind.
    pub(super) async fn expire(&self) {
        if !self.is_silent()
            && let Err(error) = self.0.queue.expire(NAME, self.0.clock.now()).await
        {
            tracing::debug!(error = %chain(&error), "leases are expired later");
        }
    }

    /// Returns how much waits in the queue; `None` where it does not answer.
    pub(super) async fn waiting(&self) -> Option<u64> {
        if self.is_silent() {
            return None;
        }
        self.0.queue.depth(NAME).await.ok().map(|depth| depth.waiting)
    }

    /// Notes that the queue lacks something that the database holds.
    pub(super) fn lacks(&self) {
        self.health(|health| health.behind = true);
    }

    /// Rebuilds the queue when it does not stand on a completed rebuild or lacks something (D12).
    pub(super) async fn heal(&self) {
        if self.is_sound().await {
            return;
        }
        let _one = self.0.rebuilding.lock().await;
        // Whoever held the lock may have done it.
        if !self.is_sound().await {
            self.rebuild().await;
        }
    }

    async fn rebuild(&self) {
        let read = async {
            // What misses its way into the queue from here on makes it fall behind again.
            self.health(|health| health.behind = false);
            waiting::snapshot(self.0.db.reader()).await.map_err(Unbuilt::Store)
        };
        match hotline_queue::rebuild(self.0.queue.as_ref(), NAME, read).await {
            Ok(complete) => tracing::info!(complete, "the queue was rebuilt from the database"),
            Err(Unbuilt::Queue(error)) => self.failed(&error),
            Err(Unbuilt::Store(error)) => {
                self.lacks();
                tracing::warn!(error = %chain(&error), "the queue will be rebuilt later");
            }
        }
    }

    async fn is_sound(&self) -> bool {
        if self.is_silent() {
            // Nothing can be done about it now.
            return true;
        }
        let built = self.0.queue.built(NAME).await;
        let built = self.heard(built);
        built.is_none_or(|built| built && !self.health(|health| health.behind))
    }

    /// Makes a change in the queue, or notes that it missed one.
    async fn change<T>(&self, change: impl Future<Output = hotline_queue::Result<T>> + Send) {
        if self.is_silent() {
            self.lacks();
        } else {
            self.heard(change.await);
        }
    }

    fn heard<T>(&self, answer: hotline_queue::Result<T>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.health(|health| health.silent_since.take()).is_some() {
                    tracing::info!("the queue answers again");
                }
                Some(answer)
            }
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    fn failed(&self, error: &hotline_queue::Error) {
        let before = self.health(|health| {
            health.behind = true;
            health.silent_since.replace(Instant::now())
        });
        if before.is_none() {
            tracing::warn!(error = %chain(error), "the queue does not answer: claims are served from the database");
        }
    }

    fn is_silent(&self) -> bool {
        self.health(|health| health.silent_since.is_some_and(|since| since.elapsed() < LEFT_ALONE))
    }

    fn health<T>(&self, use_it: impl FnOnce(&mut Health) -> T) -> T {
        use_it(&mut self.0.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
