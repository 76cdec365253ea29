//! Work queues kept in step with the database that owns the work.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use self::health::Health;
use crate::{Claimed, Entry, Error, Result, WorkQueue, claim_wait, rebuild};

mod health;
mod reconcile;
#[cfg(test)]
mod tests;
mod truth;

pub use self::truth::Truth;

/// Queues that follow a database, the [`Truth`]: whatever becomes of their backend, they come right again.
///
/// A queue that does not answer costs time, never work, so nothing here fails for want of one. It is left alone for
/// two seconds, because asking it again takes as long, and built anew from the database once it answers (D12, A10).
/// What a queue holds when the process starts may be of an earlier life of the database: the first
/// [`heal`](Self::heal) builds it anew too. Cheap to clone.
pub struct Kept<T>(Arc<Inner<T>>);

struct Inner<T> {
    queue: Arc<dyn WorkQueue>,
    truth: T,
    /// One rebuild at a time in a process: two at once would both clear.
    rebuilding: tokio::sync::Mutex<()>,
    health: Mutex<Health>,
}

/// A rebuild did not finish.
enum Unbuilt<E> {
    Queue(Error),
    Truth(E),
}

impl<E> From<Error> for Unbuilt<E> {
    fn from(error: Error) -> Self {
        Self::Queue(error)
    }
}

impl<T: Truth> Kept<T> {
    /// Keeps the queues of a backend in step with `truth`.
    pub fn new(queue: Arc<dyn WorkQueue>, truth: T) -> Self {
        let (rebuilding, health) = (tokio::sync::Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { queue, truth, rebuilding, health }))
    }

    /// Puts work that waits into its queue, or moves it to its new place.
    pub async fn put(&self, queue: &str, entry: Entry) {
        self.change(queue, self.0.queue.put(queue, &[entry])).await;
    }

    /// Puts work to its place whether it was held or is new, and wakes a waiter.
    pub async fn put_back(&self, queue: &str, entry: Entry) {
        let again = async {
            self.0.queue.release(queue, entry.id).await?;
            // A queue that was flushed since knows of no lease.
            self.0.queue.put(queue, &[entry]).await
        };
        self.change(queue, again).await;
    }

    /// Takes work out of its queue that does not wait and is under no lease any more.
    pub async fn remove(&self, queue: &str, id: Uuid) {
        self.change(queue, self.0.queue.finish(queue, &[id])).await;
    }

    /// Keeps a lease in step with the database's: it ends `lease` from now.
    pub async fn extend(&self, queue: &str, id: Uuid, holder: &str, lease: Duration) {
        let now = self.0.truth.now();
        self.change(queue, self.0.queue.extend(queue, id, holder, lease, now)).await;
    }

    /// Gives work back that was proposed and not taken.
    pub async fn give_back(&self, queue: &str, ids: &[Uuid]) {
        for id in ids {
            self.change(queue, self.0.queue.release(queue, *id)).await;
        }
    }

    /// Takes out proposed work that does not wait any more. Some of it may have come back to wait since the database
    /// was asked, and its way into the queue been shut by our own lease: that is put in again.
    ///
    /// # Errors
    /// Those of [`Truth::still_waiting`].
    pub async fn drop_stale(&self, queue: &str, ids: &[Uuid]) -> Result<(), T::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        self.change(queue, self.0.queue.finish(queue, ids)).await;
        for entry in self.0.truth.still_waiting(queue, ids).await? {
            self.put(queue, entry).await;
        }
        Ok(())
    }

    /// Claims the most urgent work and waits for some up to `wait`, wall time; `None` where the queue does not answer.
    pub async fn claim(
        &self,
        queue: &str,
        holder: &str,
        most: usize,
        lease: Duration,
        wait: Duration,
    ) -> Option<Vec<Claimed>> {
        if self.is_silent() {
            return None;
        }
        let now = || self.0.truth.now();
        let claimed = claim_wait(self.0.queue.as_ref(), queue, holder, most, lease, wait, now).await;
        self.heard(queue, claimed)
    }

    /// Builds a queue anew from the database where it does not stand on a completed rebuild or missed a change.
    pub async fn heal(&self, queue: &str) {
        if self.is_sound(queue).await {
            return;
        }
        let _one = self.0.rebuilding.lock().await;
        // Whoever held the lock may have done it.
        if !self.is_sound(queue).await {
            self.rebuild_alone(queue).await;
        }
    }

    /// Builds a queue anew from the database; returns how much waits by what the database says, 0 where it was not
    /// read (D12).
    pub async fn rebuild(&self, queue: &str) -> u64 {
        let _one = self.0.rebuilding.lock().await;
        self.rebuild_alone(queue).await
    }

    async fn rebuild_alone(&self, queue: &str) -> u64 {
        if self.is_silent() {
            return 0;
        }
        let mut waiting = 0;
        let read = async {
            // What misses its way into the queue from here on makes it fall behind again.
            self.health(|health| health.in_step.insert(queue.to_owned()));
            let snapshot = self.0.truth.snapshot(queue).await.map_err(Unbuilt::Truth)?;
            waiting = snapshot.waiting.len() as u64;
            Ok(snapshot)
        };
        match rebuild(self.0.queue.as_ref(), queue, read).await {
            Ok(complete) => tracing::info!(queue, waiting, complete, "a queue was rebuilt from the database"),
            Err(Unbuilt::Queue(error)) => self.failed(queue, &error),
            Err(Unbuilt::Truth(error)) => {
                self.health(|health| health.in_step.remove(queue));
                tracing::warn!(queue, error = chain(&error), "a queue will be rebuilt later");
            }
        }
        waiting
    }

    async fn is_sound(&self, queue: &str) -> bool {
        if self.is_silent() {
            // Nothing can be done about it now.
            return true;
        }
        let built = self.0.queue.built(queue).await;
        let built = self.heard(queue, built);
        built.is_none_or(|built| built && self.health(|health| health.in_step.contains(queue)))
    }

    /// Makes a change in a queue, or notes that it missed one.
    async fn change<A>(&self, queue: &str, change: impl Future<Output = Result<A>> + Send) {
        if self.is_silent() {
            self.health(|health| health.in_step.remove(queue));
        } else {
            self.heard(queue, change.await);
        }
    }

    fn heard<A>(&self, queue: &str, answer: Result<A>) -> Option<A> {
        match answer {
            Ok(answer) => {
                if self.health(|health| health.silent_since.take()).is_some() {
                    tracing::info!("the work queues answer again");
                }
                Some(answer)
            }
            Err(error) => {
                self.failed(queue, &error);
                None
            }
        }
    }

    fn failed(&self, queue: &str, error: &Error) {
        let before = self.health(|health| {
            health.in_step.remove(queue);
            health.silent_since.replace(Instant::now())
        });
        if before.is_none() {
            tracing::warn!(queue, %error, "the work queues do not answer: claims are served from the database");
        }
    }

    fn is_silent(&self) -> bool {
        self.health(|health| health.is_silent())
    }

    fn health<A>(&self, use_it: impl FnOnce(&mut Health) -> A) -> A {
        use_it(&mut self.0.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kept").finish_non_exhaustive()
    }
}

/// Returns the error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
