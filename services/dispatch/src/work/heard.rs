//! Who waits here for what is offered to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use hotline_core::outbox::read;
use hotline_proto::events::v1::{AssignmentOffered, Envelope};
use moka::sync::Cache;
use tokio::sync::Notify;

/// How long it is kept in mind that something was offered to somebody: longer than any offer stands.
const REMEMBERED: Duration = Duration::from_secs(2 * 3600);
/// Of how many people.
const PEOPLE: u64 = 100_000;

/// Those who wait for offers in this process, and those to whom something was offered lately. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Heard {
    waiting: Arc<Mutex<HashMap<String, Weak<Notify>>>>,
    lately: Cache<String, ()>,
}

impl Default for Heard {
    fn default() -> Self {
        let lately = Cache::builder().max_capacity(PEOPLE).time_to_live(REMEMBERED).build();
        Self { waiting: Arc::default(), lately }
    }
}

impl Heard {
    /// Something was offered to `subject`.
    pub(crate) fn tell(&self, subject: &str) {
        self.lately.insert(subject.to_owned(), ());
        let waiting =
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(subject).and_then(Weak::upgrade);
        if let Some(waiting) = waiting {
            waiting.notify_waiters();
        }
    }

    /// Something happened, perhaps in another process.
    pub(super) fn hear(&self, event: &Envelope) {
        if let Ok(Some(AssignmentOffered { assignment: Some(offered), .. })) = read(event) {
            self.tell(&offered.assignee);
        }
    }

    /// Something may have been offered to anybody.
    pub(super) fn tell_all(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.values().filter_map(Weak::upgrade).for_each(|waiting| waiting.notify_waiters());
    }

    /// Tells whether something was offered to `subject` lately, as far as this process heard.
    pub(crate) fn lately(&self, subject: &str) -> bool {
        self.lately.contains_key(subject)
    }

    /// Returns what wakes those who wait for what is offered to `subject`, for as long as somebody keeps it.
    pub(crate) fn of(&self, subject: &str) -> Arc<Notify> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = waiting.get(subject).and_then(Weak::upgrade) {
            return known;
        }
        waiting.retain(|_, notify| notify.strong_count() > 0);
        let notify = Arc::new(Notify::new());
        waiting.insert(subject.to_owned(), Arc::downgrade(&notify));
        notify
    }
}

#[cfg(test)]
mod tests {
    use super::Heard;

    #[tokio::test]
    async fn who_waits_is_woken_and_nobody_else() {
        let heard = Heard::default();
        let (mine, also_mine, other) = (heard.of("a"), heard.of("a"), heard.of("b"));
        let (first, second, stranger) = (mine.notified(), also_mine.notified(), other.notified());
        heard.tell("a");
        first.await;
        second.await;
        assert!(futures::FutureExt::now_or_never(stranger).is_none());
        assert!(heard.lately("a") && !heard.lately("b"));
    }
}
