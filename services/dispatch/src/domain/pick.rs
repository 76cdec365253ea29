//! Which of the work that a queue proposes a member gets: the database's word on each.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::assignment::Assignment;
use super::state::State;

/// Work that the queue proposes, and the end of the lease it would be under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The assignment.
    pub(crate) id: Uuid,
    /// End of the lease.
    pub(crate) until: DateTime<Utc>,
}

/// What becomes of each offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picked {
    /// The member gets it, most urgent first.
    pub(crate) taken: Vec<Offer>,
    /// It waits on: the member declined it, or has no room for it.
    pub(crate) left: Vec<Uuid>,
    /// It does not wait in this team's queue any more.
    pub(crate) stale: Vec<Uuid>,
}

/// Sorts offers, most urgent first, by what the database says of each; `room` is how many the member can take.
pub(crate) fn pick(
    offers: &[Offer],
    known: &HashMap<Uuid, Assignment>,
    team_key: &str,
    declined: &HashSet<Uuid>,
    room: usize,
) -> Picked {
    let mut picked = Picked::default();
    for offer in offers {
        let waits =
            known.get(&offer.id).is_some_and(|work| work.state == State::Queued && work.team_key == team_key);
        if !waits {
            picked.stale.push(offer.id);
        } else if declined.contains(&offer.id) || picked.taken.len() >= room {
            picked.left.push(offer.id);
        } else {
            picked.taken.push(*offer);
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use chrono::DateTime;
    use uuid::Uuid;

    use super::{Offer, pick};
    use crate::domain::assignment::tests::waiting;

    fn offer(id: u128) -> Offer {
        Offer { id: Uuid::from_u128(id), until: DateTime::UNIX_EPOCH }
    }

    #[test]
    fn only_what_waits_here_and_was_not_declined_is_taken_in_the_queues_order() {
        let mut leased = waiting(3, "a");
        leased.lease("rival", [0; 16], DateTime::UNIX_EPOCH).unwrap();
        let known: HashMap<_, _> =
            [waiting(1, "a"), waiting(2, "a"), leased, waiting(4, "b"), waiting(5, "a"), waiting(6, "a")]
                .into_iter()
                .map(|work| (work.id, work))
                .collect();
        let offers = [6, 5, 4, 3, 2, 1, 9].map(offer);
        let picked = pick(&offers, &known, "a", &HashSet::from([Uuid::from_u128(5)]), 2);
        assert_eq!(picked.taken, [offer(6), offer(2)]);
        assert_eq!(picked.left, [5, 1].map(Uuid::from_u128));
        assert_eq!(picked.stale, [4, 3, 9].map(Uuid::from_u128));
    }
}
