//! Waiting for work without polling: lines of waiters, and who is woken.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, timeout};

use crate::{Claimed, Result, WorkQueue};

/// How long a waiter trusts wake-ups before it looks for itself. Only defence in depth: a wake-up can be lost
/// where Redis drops a slow subscriber, and then waits this long at most.
const RECHECK: Duration = Duration::from_secs(5);

/// Most waiters of one process woken by one put. Those behind look for themselves within [`RECHECK`].
const MOST_WOKEN: usize = 1024;

/// Claims, and if nothing waits, stays in line until there is work or `wait` (wall time) is over.
///
/// Waiters of one process are woken in the order they came, as many as entries arrive; a waiter that is
/// cancelled or fails hands its turn on. Waiters of several processes are woken together and the first to
/// claim gets the entry; the others go on waiting, at the end of their line. Place in the line is taken
/// before the claim, so a put between the two is not missed. `now` is asked at each claim. Returns nothing
/// when the time is over.
///
/// # Errors
/// As [`WorkQueue::claim`], also in the middle of the wait.
pub async fn claim_wait(
    queue: &dyn WorkQueue,
    name: &str,
    holder: &str,
    n: usize,
    lease: Duration,
    wait: Duration,
    mut now: impl FnMut() -> DateTime<Utc> + Send,
) -> Result<Vec<Claimed>> {
    let start = Instant::now();
    let mut turn: Option<Turn> = None;
    loop {
        let waiter = queue.waiter(name);
        let claimed = queue.claim(name, holder, n, lease, now()).await?;
        if let Some(turn) = turn.take() {
            turn.done();
        }
        let left = wait.saturating_sub(start.elapsed());
        if !claimed.is_empty() || left.is_zero() {
            return Ok(claimed);
        }
        turn = waiter.woken(left.min(RECHECK)).await;
    }
}

/// The lines of waiters of one process, one for each queue ever waited on.
#[derive(Debug, Default)]
pub struct Wakes {
    lines: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Wakes {
    /// Returns a place at the end of the queue's line.
    pub fn waiter(&self, queue: &str) -> Waiter {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match lines.get(queue) {
            Some(line) => Arc::clone(line),
            None => Arc::clone(lines.entry(queue.to_owned()).or_default()),
        };
        drop(lines);
        let mut notified = Box::pin(Arc::clone(&line).notified_owned());
        notified.as_mut().enable();
        Waiter { line, notified }
    }

    /// Wakes the first waiters of a queue, one for each of `items` new entries.
    pub fn wake(&self, queue: &str, items: usize) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(queue) {
            for _ in 0..items.min(MOST_WOKEN) {
                line.notify_one();
            }
        }
    }

    /// Wakes every waiter of every queue, for when wake-ups may have been missed.
    pub fn wake_all(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.values() {
            line.notify_waiters();
        }
    }
}

/// A place in a line of waiters. Dropped after it was woken, it wakes the next.
#[derive(Debug)]
#[must_use = "a waiter that is dropped waits for nothing"]
pub struct Waiter {
    line: Arc<Notify>,
    notified: Pin<Box<OwnedNotified>>,
}

impl Waiter {
    /// Waits to be woken, `within` at most (wall time). `None` when the time is over.
    pub async fn woken(self, within: Duration) -> Option<Turn> {
        timeout(within, self.notified).await.ok()?;
        Some(Turn { line: Some(self.line) })
    }
}

/// The turn of a waiter that was woken. Dropped before it is [`done`](Self::done), it wakes the next.
#[derive(Debug)]
#[must_use = "a turn that is dropped goes to the next waiter"]
pub struct Turn {
    line: Option<Arc<Notify>>,
}

impl Turn {
    /// Ends the turn: its holder has looked for work.
    pub fn done(mut self) {
        self.line = None;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_AT_ALL: Duration = Duration::ZERO;

    #[tokio::test]
    async fn the_first_in_line_is_woken_first_and_alone() {
        let wakes = Wakes::default();
        let (first, second) = (wakes.waiter("a"), wakes.waiter("a"));
        wakes.wake("a", 1);
        assert!(second.woken(NOT_AT_ALL).await.is_none());
        assert!(first.woken(NOT_AT_ALL).await.is_some());
    }

    #[tokio::test]
    async fn as_many_are_woken_as_entries_arrive() {
        let wakes = Wakes::default();
        let [first, second, third] = [wakes.waiter("a"), wakes.waiter("a"), wakes.waiter("a")];
        wakes.wake("a", 2);
        assert!(third.woken(NOT_AT_ALL).await.is_none());
        first.woken(NOT_AT_ALL).await.expect("the first is woken").done();
        second.woken(NOT_AT_ALL).await.expect("the second is woken").done();
    }

    #[tokio::test]
    async fn a_waiter_that_leaves_after_being_woken_wakes_the_next() {
        let wakes = Wakes::default();
        let (first, second) = (wakes.waiter("a"), wakes.waiter("a"));
        wakes.wake("a", 1);
        drop(first);
        assert!(second.woken(NOT_AT_ALL).await.is_some());
    }

    #[tokio::test]
    async fn a_turn_not_used_goes_to_the_next() {
        let wakes = Wakes::default();
        let (first, second, third) = (wakes.waiter("a"), wakes.waiter("a"), wakes.waiter("a"));
        wakes.wake("a", 1);
        drop(first.woken(NOT_AT_ALL).await);
        second.woken(NOT_AT_ALL).await.expect("the turn was handed on").done();
        assert!(third.woken(NOT_AT_ALL).await.is_none());
    }

    #[tokio::test]
    async fn another_queue_wakes_nobody_here() {
        let wakes = Wakes::default();
        let (here, there) = (wakes.waiter("a"), wakes.waiter("b"));
        wakes.wake("b", 1);
        assert!(here.woken(NOT_AT_ALL).await.is_none());
        assert!(there.woken(NOT_AT_ALL).await.is_some());
    }

    #[tokio::test]
    async fn all_are_woken_when_wake_ups_may_have_been_missed() {
        let wakes = Wakes::default();
        let (first, second, other) = (wakes.waiter("a"), wakes.waiter("a"), wakes.waiter("b"));
        wakes.wake_all();
        for waiter in [first, second, other] {
            waiter.woken(NOT_AT_ALL).await.expect("everybody is woken").done();
        }
    }
}
