//! The work queues, as the database keeps them right. The database is the truth: a queue that does not answer costs
//! time, never work, so nothing here fails for want of a queue.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::{Error as Core, chain};
use hotline_queue::{Claimed, Entry, WorkQueue, claim_wait};
use tokio::time::Instant;
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::state::State;
use crate::store::{assignments, standing};

/// How long a queue that did not answer is left alone: asking it again costs up to two seconds.
const LEFT_ALONE: Duration = Duration::from_secs(2);

/// The work queues of all teams. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queues(Arc<Inner>);

struct Inner {
    queue: Arc<dyn WorkQueue>,
    db: Db,
    clock: Clock,
    /// One rebuild at a time in a process: two at once would both clear.
    rebuilding: tokio::sync::Mutex<()>,
    health: Mutex<Health>,
}

/// What is known of the queues' backend.
#[derive(Default)]
struct Health {
    /// When it last did not answer, until it answers again.
    silent_since: Option<Instant>,
    /// Queues that missed a change while it was silent.
    behind: BTreeSet<String>,
}

/// A rebuild did not finish.
#[derive(Debug)]
enum Unbuilt {
    Queue(hotline_queue::Error),
    Store(Core),
}

impl From<hotline_queue::Error> for Unbuilt {
    fn from(error: hotline_queue::Error) -> Self {
        Self::Queue(error)
    }
}

impl Queues {
    /// Wraps a backend.
    pub(super) fn new(queue: Arc<dyn WorkQueue>, db: Db, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            queue,
            db,
            clock,
            rebuilding: tokio::sync::Mutex::default(),
            health: Mutex::default(),
        }))
    }

    /// Puts work that waits into its queue, or moves it to its new place.
    pub(super) async fn put(&self, work: &Assignment) {
        let (team, entry) = (&work.team_key, entry(work));
        self.change(team, self.0.queue.put(team, &[entry])).await;
    }

    /// Puts work that was held back to its place.
    pub(super) async fn put_back(&self, work: &Assignment) {
        let (team, entry) = (&work.team_key, entry(work));
        let again = async {
            self.0.queue.release(team, entry.id).await?;
            // A queue that was flushed since knows of no lease.
            self.0.queue.put(team, &[entry]).await
        };
        self.change(team, again).await;
    }

    /// Takes work out of its queue: it is accepted or has ended.
    pub(super) async fn remove(&self, work: &Assignment) {
        self.change(&work.team_key, self.0.queue.finish(&work.team_key, work.id)).await;
    }

    /// Keeps a lease in step with the database's.
    pub(super) async fn extend(&self, work: &Assignment, lease: Duration) {
        let now = self.0.clock.now();
        let extend = self.0.queue.extend(&work.team_key, work.id, &work.holder, lease, now);
        self.change(&work.team_key, extend).await;
    }

    /// Gives work back that was proposed and not taken.
    pub(super) async fn give_back(&self, team: &str, ids: &[Uuid]) {
        for id in ids {
            self.change(team, self.0.queue.release(team, *id)).await;
        }
    }

    /// Takes work out that does not wait any more. Some of it may have come back to wait since the database was
    /// asked, and its way into the queue been shut by our own lease: that is put in again.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(super) async fn drop_stale(&self, team: &str, ids: &[Uuid]) -> Result<(), Core> {
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            self.change(team, self.0.queue.finish(team, *id)).await;
        }
        let known = assignments::among(self.0.db.reader(), ids).await?;
        for work in known.values().filter(|work| work.state == State::Queued) {
            self.put(work).await;
        }
        Ok(())
    }

    /// Claims the most urgent work and waits for some up to `wait`, wall time; `None` where the queue does not answer.
    pub(super) async fn claim(
        &self,
        team: &str,
        holder: &str,
        most: usize,
        lease: Duration,
        wait: Duration,
    ) -> Option<Vec<Claimed>> {
        if self.is_silent() {
            return None;
        }
        let clock = self.0.clock.clone();
        let queue = self.0.queue.as_ref();
        let claimed = claim_wait(queue, team, holder, most, lease, wait, move || clock.now()).await;
        self.heard(team, claimed)
    }

    /// Puts back what was held beyond its lease, so that those who wait learn of it.
    pub(super) async fn expire(&self, team: &str) {
        let expire = self.0.queue.expire(team, self.0.clock.now());
        // The database expires leases by itself: a queue that misses this is not behind.
        if !self.is_silent()
            && let Err(error) = expire.await
        {
            tracing::debug!(team, error = %chain(&error), "leases are expired later");
        }
    }

    /// Returns how much waits in a queue; `None` where it does not answer.
    pub(super) async fn waiting(&self, team: &str) -> Option<u64> {
        if self.is_silent() {
            return None;
        }
        let depth = self.0.queue.depth(team).await;
        depth.ok().map(|depth| depth.waiting)
    }

    /// Rebuilds a queue that does not stand on a completed rebuild or missed a change.
    pub(super) async fn heal(&self, team: &str) {
        if self.is_sound(team).await {
            return;
        }
        let _one = self.0.rebuilding.lock().await;
        // Whoever held the lock may have done it.
        if !self.is_sound(team).await {
            self.rebuild_alone(team).await;
        }
    }

    /// Builds a queue anew from the database; returns how much waits (D12).
    pub(crate) async fn rebuild(&self, team: &str) -> u64 {
        let _one = self.0.rebuilding.lock().await;
        self.rebuild_alone(team).await
    }

    async fn rebuild_alone(&self, team: &str) -> u64 {
        if self.is_silent() {
            return 0;
        }
        let mut waiting = 0;
        let read = async {
            // What misses its way into the queue from here on is behind again.
            self.health(|health| health.behind.remove(team));
            let snapshot = standing::snapshot(self.0.db.reader(), team).await.map_err(Unbuilt::Store)?;
            waiting = snapshot.waiting.len() as u64;
            Ok::<_, Unbuilt>(snapshot)
        };
        match hotline_queue::rebuild(self.0.queue.as_ref(), team, read).await {
            Ok(complete) => tracing::info!(team, waiting, complete, "a queue was rebuilt from the database"),
            Err(Unbuilt::Queue(error)) => self.failed(team, &error),
            Err(Unbuilt::Store(error)) => {
                tracing::warn!(team, error = %chain(&error), "a queue will be rebuilt later");
                self.health(|health| health.behind.insert(team.to_owned()));
            }
        }
        waiting
    }

    async fn is_sound(&self, team: &str) -> bool {
        if self.is_silent() {
            // Nothing can be done about it now.
            return true;
        }
        let behind = self.health(|health| health.behind.contains(team));
        let built = self.0.queue.built(team).await;
        !behind && self.heard(team, built).unwrap_or(true)
    }

    /// Makes a change in a queue, or notes that it missed one.
    async fn change<T>(&self, team: &str, change: impl Future<Output = hotline_queue::Result<T>> + Send) {
        if self.is_silent() {
            self.health(|health| health.behind.insert(team.to_owned()));
        } else {
            self.heard(team, change.await);
        }
    }

    fn heard<T>(&self, team: &str, answer: hotline_queue::Result<T>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.health(|health| health.silent_since.take()).is_some() {
                    tracing::info!("the work queues answer again");
                }
                Some(answer)
            }
            Err(error) => {
                self.failed(team, &error);
                None
            }
        }
    }

    fn failed(&self, team: &str, error: &hotline_queue::Error) {
        let before = self.health(|health| {
            health.behind.insert(team.to_owned());
            health.silent_since.replace(Instant::now())
        });
        if before.is_none() {
            tracing::warn!(team, error = %chain(error), "the work queues do not answer: claims are served from the database");
        }
    }

    fn is_silent(&self) -> bool {
        self.health(|health| health.silent_since.is_some_and(|since| since.elapsed() < LEFT_ALONE))
    }

    fn health<T>(&self, use_it: impl FnOnce(&mut Health) -> T) -> T {
        use_it(&mut self.0.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns an assignment's place as queues know it.
fn entry(work: &Assignment) -> Entry {
    Entry { id: work.id, order: work.order }
}

/// Returns the end of a lease that begins now, where no queue says so; to the millisecond, as queues do.
pub(super) fn lease_end(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    now.trunc_subsecs(3) + lease
}
