//! The trait both backends implement, and the values that pass through it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Result, Waiter};

/// The largest order value that a Redis score keeps exactly, in either direction.
const EXACT: i64 = 1 << 53;

/// A piece of work and its place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id of the work. Ids are `UUIDv7`, so of two entries with the same order the older comes first.
    pub id: Uuid,
    /// Effective deadline, milliseconds since the epoch; lower is more urgent. Kept within ±2⁵³.
    pub order: i64,
}

impl Entry {
    /// Returns the order as both backends keep it.
    pub(crate) fn place(&self) -> i64 {
        self.order.clamp(-EXACT, EXACT)
    }
}

/// Work handed to a claimer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Id of the work.
    pub id: Uuid,
    /// Its order, to which it returns when released.
    pub order: i64,
    /// End of the lease, to the millisecond. At that instant the lease is over.
    pub expires_at: DateTime<Utc>,
}

/// Work that the database says is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The work and the place it returns to.
    pub entry: Entry,
    /// Who holds it.
    pub holder: String,
    /// End of the lease.
    pub expires_at: DateTime<Utc>,
}

/// What the database says a queue holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Work nobody holds.
    pub waiting: Vec<Entry>,
    /// Work under a lease.
    pub leased: Vec<Leased>,
}

/// How much a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Entries nobody holds.
    pub waiting: u64,
    /// Entries under a lease, those included whose lease ran out and was not yet noticed.
    pub leased: u64,
}

/// Which clearing of a queue a rebuild belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub(crate) u64);

/// Queues of work ids, most urgent first, claimed under leases.
///
/// Every method names its queue; a queue exists as soon as it is named. Time comes from the caller (`now`),
/// so that leases follow the suite's clock, manual or not. A `holder` is any text that names a claimer; with
/// the lease's epoch in it, an earlier lease of the same claimer is told apart.
///
/// Every method but [`waiter`](Self::waiter) answers [`Error::Unavailable`](crate::Error::Unavailable) within
/// about two seconds when the backend does not respond. Repeating a call is always safe. A `claim` whose
/// answer is lost, or that is cancelled on the way, can leave its entries under a lease nobody knows of; they
/// return when it runs out.
#[async_trait]
pub trait WorkQueue: Send + Sync + 'static {
    /// Puts work into the queue, each entry once, and wakes as many waiters as entries are new.
    ///
    /// An id that waits already moves to the new order. An id under a lease stays there and returns to the
    /// new order. O(log waiting) an entry.
    async fn put(&self, queue: &str, items: &[Entry]) -> Result<()>;

    /// Takes up to `n` entries, most urgent first, under a lease of `lease` (at least 1 ms) from `now`.
    ///
    /// Leases that ran out by `now` return to their places first, so they are claimed with the rest. Costs
    /// O((n + returned) · log waiting), whatever waits behind (B09).
    async fn claim(
        &self,
        queue: &str,
        holder: &str,
        n: usize,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>>;

    /// Makes a lease end `lease` after `now`, which is later or earlier than before, never added to it (A03).
    ///
    /// Returns the new end, or `None` when `holder` holds no lease on `id` that is still running. A lease
    /// that ran out is over even if nobody took the entry, so the answer does not depend on when expiry is
    /// noticed (A04). `None` speaks for the queue only: after a flush the database may still know the lease.
    async fn extend(
        &self,
        queue: &str,
        id: Uuid,
        holder: &str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>>;

    /// Forgets entries, waiting or held. An unknown id is no error. O(log waiting) an entry.
    async fn finish(&self, queue: &str, ids: &[Uuid]) -> Result<()>;

    /// Ends the lease on an entry, puts it back at its old place and wakes a waiter.
    ///
    /// Returns whether there was a lease. Whose it was is not asked: the database has decided before.
    async fn release(&self, queue: &str, id: Uuid) -> Result<bool>;

    /// Puts entries whose lease ran out by `now` back at their old places and wakes as many waiters.
    ///
    /// Returns their ids, by end of lease. Claims do this for themselves; owners call it so that waiters
    /// learn of it.
    async fn expire(&self, queue: &str, now: DateTime<Utc>) -> Result<Vec<Uuid>>;

    /// Returns how many entries wait and how many are held.
    async fn depth(&self, queue: &str) -> Result<Depth>;

    /// Returns whether the queue still stands on a completed [`rebuild`](crate::rebuild).
    ///
    /// False before the first one, and once the backend was flushed, restarted (even from a saved copy, which
    /// may be old) or replaced by a replica: the owner rebuilds (D12, A09, A12). Cheap enough for every turn
    /// of a sweeper.
    async fn built(&self, queue: &str) -> Result<bool>;

    /// Empties the queue and begins a rebuild; [`rebuild`](crate::rebuild) is the way to call it.
    async fn clear(&self, queue: &str) -> Result<Epoch>;

    /// Adds what the database says and completes the rebuild begun as `epoch`, waking waiters.
    ///
    /// What reached the queue since it was cleared is newer than the snapshot and stays as it is. Returns
    /// false when the queue was cleared again or flushed meanwhile: the contents are added, the rebuild is
    /// not complete.
    async fn load(&self, queue: &str, epoch: Epoch, snapshot: &Snapshot) -> Result<bool>;

    /// Returns a place in the line of those who wait for work; see [`claim_wait`](crate::claim_wait).
    fn waiter(&self, queue: &str) -> Waiter;
}

/// Returns the end of a lease that begins `now`, to the millisecond, as queues keep it.
pub fn lease_until(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    instant(lease_end(now, lease))
}

/// Returns the end of a lease in milliseconds since the epoch.
pub(crate) fn lease_end(now: DateTime<Utc>, lease: Duration) -> i64 {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    now.timestamp_millis().saturating_add(lease).min(EXACT)
}

/// Returns the instant of a lease's end; ends too late for the calendar become its last instant.
pub(crate) fn instant(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
