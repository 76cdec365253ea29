//! What waits and what happened, as the stream tells it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use hotline_proto::dispatch::v1::{AssignmentState, QueueUpdate, QueueUpdateKind};
use tokio::sync::watch;

/// See the module.
#[derive(Default)]
pub struct Board {
    told: Mutex<Told>,
    waiting: watch::Sender<usize>,
}

#[derive(Default)]
struct Told {
    /// Assignments that wait, by id.
    waiting: HashSet<String>,
    /// Ids of the events of each type.
    events: BTreeMap<String, HashSet<String>>,
    /// How often a change was told again.
    again: usize,
    /// How often all open work was told.
    resets: usize,
    /// How often the stream broke.
    breaks: usize,
}

impl Board {
    /// Takes note of an update.
    pub(super) fn take(&self, update: QueueUpdate) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match update.kind() {
            QueueUpdateKind::Reset => {
                told.waiting.clear();
                told.resets += 1;
            }
            QueueUpdateKind::Changed => {
                let events = told.events.entry(update.event_type.clone()).or_default();
                if !events.insert(update.event_id.clone()) {
                    told.again += 1;
                }
            }
            _ => {}
        }
        if let Some(assignment) = update.assignment {
            if assignment.state() == AssignmentState::Queued {
                told.waiting.insert(assignment.id);
            } else {
                told.waiting.remove(&assignment.id);
            }
        }
        self.waiting.send_replace(told.waiting.len());
    }

    /// The stream broke.
    pub(super) fn broke(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).breaks += 1;
    }

    /// Waits until something waits.
    pub(super) async fn something_waits(&self) {
        // The sender lives as long as this does.
        let _ = self.waiting.subscribe().wait_for(|waiting| *waiting > 0).await;
    }

    /// Returns how much waits.
    pub fn waiting(&self) -> usize {
        *self.waiting.borrow()
    }

    /// Returns how many different events of each type were told.
    pub fn events(&self) -> BTreeMap<String, usize> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.events.iter().map(|(kind, events)| (kind.clone(), events.len())).collect()
    }

    /// Returns how often all open work was told, and how often the stream broke.
    pub fn resets_and_breaks(&self) -> (usize, usize) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.resets, told.breaks)
    }

    /// Returns how often a change was told that had been told before.
    pub fn told_again(&self) -> usize {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).again
    }
}

#[cfg(test)]
mod tests {
    use hotline_proto::dispatch::v1::{Assignment, AssignmentState, QueueUpdate, QueueUpdateKind};

    use super::Board;

    fn changed(id: &str, state: AssignmentState, event: &str) -> QueueUpdate {
        QueueUpdate {
            kind: QueueUpdateKind::Changed.into(),
            assignment: Some(Assignment { id: id.into(), state: state.into(), ..Assignment::default() }),
            event_type: "assignment.queued".into(),
            event_id: event.into(),
            ..QueueUpdate::default()
        }
    }

    #[test]
    fn it_knows_what_waits_and_counts_each_change_once() {
        let board = Board::default();
        board.take(changed("a", AssignmentState::Queued, "1"));
        board.take(changed("a", AssignmentState::Queued, "1"));
        board.take(changed("b", AssignmentState::Queued, "2"));
        assert_eq!((board.waiting(), board.told_again()), (2, 1));
        board.take(changed("a", AssignmentState::Leased, "3"));
        assert_eq!((board.waiting(), board.events()["assignment.queued"]), (1, 3));
        board.take(QueueUpdate { kind: QueueUpdateKind::Reset.into(), ..QueueUpdate::default() });
        assert_eq!((board.waiting(), board.resets_and_breaks()), (0, (1, 0)));
    }
}
