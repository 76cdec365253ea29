//! What is known of the queues' backend.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

/// How long a backend that did not answer is left alone: asking it again costs up to two seconds.
pub(super) const LEFT_ALONE: Duration = Duration::from_secs(2);

/// By how much a queue differs from the database: entries too many, or too few.
pub(super) type Difference = i128;

/// See the module.
#[derive(Default)]
pub(super) struct Health {
    /// When it last did not answer, until it answers again.
    pub(super) silent_since: Option<Instant>,
    /// Queues that this process has built and that missed no change since.
    pub(super) in_step: HashSet<String>,
    /// By how much queues differed when they were last compared.
    differed: HashMap<String, Difference>,
}

impl Health {
    /// Tells whether the backend is being left alone.
    pub(super) fn is_silent(&self) -> bool {
        self.silent_since.is_some_and(|since| since.elapsed() < LEFT_ALONE)
    }

    /// Notes by how much a queue differs; tells whether it differs by just as much as last time. Work on its way makes
    /// the two differ for a moment, and differently each time; what is lost stays lost.
    pub(super) fn is_stuck(&mut self, queue: &str, difference: Difference) -> bool {
        let before = self.differed.remove(queue);
        if difference == 0 || before == Some(difference) {
            return difference != 0;
        }
        self.differed.insert(queue.to_owned(), difference);
        false
    }
}
