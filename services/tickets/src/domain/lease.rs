//! Who holds the work on a ticket, told by dispatch: an assignment under an epoch. A later one fences off an earlier.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The latest assignment that a ticket knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    /// The assignment; ids sort by the time they were made, so that a greater one is a later one.
    pub(crate) assignment: Uuid,
    /// Grows with every lease of the assignment.
    pub(crate) epoch: i64,
    /// What became of it.
    pub(crate) hold: Hold,
}

/// What became of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hold {
    /// In a queue.
    Queued,
    /// A member works on the ticket.
    Held,
    /// Given back, or ended by something else than its completion.
    Ended,
    /// Its member solved the ticket.
    Completed,
}

/// How a call of dispatch relates to what the ticket knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A later holder has come: the caller is stale.
    Stale,
    /// The very lease the ticket knows.
    Known(Hold),
    /// A later lease than the ticket knows.
    Later,
}

/// Compares a call's lease with the one the ticket knows.
pub(crate) fn claim(known: Option<Lease>, assignment: Uuid, epoch: i64) -> Claim {
    let Some(known) = known else { return Claim::Later };
    match (assignment, epoch).cmp(&(known.assignment, known.epoch)) {
        Ordering::Less => Claim::Stale,
        Ordering::Equal => Claim::Known(known.hold),
        Ordering::Greater => Claim::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_assignment_or_a_lower_epoch_is_stale() {
        let known = Lease { assignment: Uuid::from_u128(5), epoch: 3, hold: Hold::Held };
        let claim = |assignment, epoch| claim(Some(known), Uuid::from_u128(assignment), epoch);
        assert_eq!(claim(4, 9), Claim::Stale);
        assert_eq!(claim(5, 2), Claim::Stale);
        assert_eq!(claim(5, 3), Claim::Known(Hold::Held));
        assert_eq!(claim(5, 4), Claim::Later);
        assert_eq!(claim(6, 0), Claim::Later);
        assert_eq!(super::claim(None, Uuid::from_u128(1), 0), Claim::Later);
    }
}
