//! How the tickets of an outage that is over come to be solved.

use chrono::{DateTime, Utc};
use hotline_proto::tickets::v1::OutageFollowUp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::draft::FollowUp;

/// Failures that are kept with their reason.
const FAILURES: usize = 100;

/// That an outage is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// What was done.
    pub(crate) resolution: String,
    /// Since when it is over.
    pub(crate) since: DateTime<Utc>,
    /// What follows for the customers.
    pub(crate) follow_up: OutageFollowUp,
    /// Who says so.
    pub(crate) by: String,
    /// That person's first team; empty for none.
    pub(crate) team_key: String,
}

/// How far the tickets of an outage that is over are solved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// What follows for the customers, by its number in the contract.
    follow_up: i32,
    /// When it was said to be over: the tickets are solved then, however late their batch.
    pub(crate) at: DateTime<Utc>,
    /// Who said so.
    pub(crate) by: String,
    /// That person's first team; empty for none.
    pub(crate) team_key: String,
    /// Tickets that were linked and open then.
    pub(crate) total: u32,
    /// Of these, solved by it.
    pub(crate) done: u32,
    /// Of these, somebody had solved, cancelled or unlinked meanwhile.
    pub(crate) left: u32,
    /// Of these, not solved for a fault of ours.
    pub(crate) failed: u32,
    /// The first of those.
    pub(crate) failures: Vec<Failure>,
}

/// A ticket that could not be solved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// The ticket.
    pub(crate) ticket: Uuid,
    /// Its number.
    pub(crate) number: String,
    /// Why.
    pub(crate) reason: String,
}

/// What became of some tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Solved.
    pub(crate) done: u32,
    /// Not solved.
    pub(crate) failures: Vec<Failure>,
}

impl Recovery {
    /// Begins with so many tickets.
    pub(super) fn begin(order: &Order, total: u32, at: DateTime<Utc>) -> Self {
        let follow_up = match order.follow_up {
            OutageFollowUp::Unspecified => OutageFollowUp::Usual,
            said => said,
        };
        Self {
            follow_up: follow_up as i32,
            at,
            by: order.by.clone(),
            team_key: order.team_key.clone(),
            total,
            done: 0,
            left: 0,
            failed: 0,
            failures: Vec::new(),
        }
    }

    /// Counts what became of some tickets; of those that nobody met any more, that they were left.
    pub(super) fn count(&mut self, batch: Batch, last: bool) {
        self.done += batch.done;
        self.failed += u32::try_from(batch.failures.len()).unwrap_or(u32::MAX);
        let room = FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(batch.failures.into_iter().take(room));
        // One that was linked by a replica which had not heard yet is solved too.
        self.total = self.total.max(self.done + self.failed);
        if last {
            self.left = self.total - self.done - self.failed;
        }
    }

    /// Counts what became of tickets that were not among them yet.
    pub(super) fn count_late(&mut self, mut batch: Batch) {
        // What failed before is still open, and fails again.
        let known = |failure: &Failure| self.failures.iter().any(|known| known.ticket == failure.ticket);
        batch.failures.retain(|failure| self.failures.len() < FAILURES && !known(failure));
        self.total += batch.done + u32::try_from(batch.failures.len()).unwrap_or(u32::MAX);
        self.count(batch, true);
    }

    /// Returns what follows for the customers.
    pub(crate) fn follow_up(&self) -> OutageFollowUp {
        OutageFollowUp::try_from(self.follow_up).unwrap_or_default()
    }

    /// Returns whether they are called back.
    pub(crate) fn callbacks(&self) -> FollowUp {
        match self.follow_up() {
            OutageFollowUp::Unspecified | OutageFollowUp::Usual => FollowUp::Usual,
            OutageFollowUp::Callback => FollowUp::Outage,
            OutageFollowUp::None => FollowUp::None,
        }
    }
}
