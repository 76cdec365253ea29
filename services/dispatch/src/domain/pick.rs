//! Which of the work that a queue proposes a member gets: the database's word on each.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::assignment::Assignment;
use super::state::State;
use super::team::Budget;

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

/// Sorts offers, most urgent first, by what the database says of each; the member takes `most`, and what there is room for.
pub(crate) fn pick(
    offers: &[Offer],
    known: &HashMap<Uuid, Assignment>,
    team_key: &str,
    declined: &HashSet<Uuid>,
    most: usize,
    mut budget: Budget,
) -> Picked {
    let mut picked = Picked::default();
    for offer in offers {
        let waits = |work: &&Assignment| work.state == State::Queued && work.team_key == team_key;
        let Some(work) = known.get(&offer.id).filter(waits) else {
            picked.stale.push(offer.id);
            continue;
        };
        let fits = picked.taken.len() < most && budget.has_room_for(work.cost());
        if declined.contains(&offer.id) || !fits {
            picked.left.push(offer.id);
        } else {
            budget.take(work.cost());
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
    use crate::domain::team::Budget;

    const NO_LIMIT: Budget = Budget { capacity: None, held: 0 };

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
        let picked = pick(&offers, &known, "a", &HashSet::from([Uuid::from_u128(5)]), 2, NO_LIMIT);
        assert_eq!(picked.taken, [offer(6), offer(2)]);
        assert_eq!(picked.left, [5, 1].map(Uuid::from_u128));
        assert_eq!(picked.stale, [4, 3, 9].map(Uuid::from_u128));
    }

    #[test]
    fn what_costs_more_than_there_is_room_for_is_left_and_what_is_behind_it_taken() {
        let works = [(1, 2), (2, 3), (3, 1)].map(|(id, cost)| {
            let mut work = waiting(id, "a");
            work.cost = cost;
            (work.id, work)
        });
        let budget = Budget { capacity: Some(4), held: 1 };
        let picked = pick(&[1, 2, 3].map(offer), &works.into(), "a", &HashSet::new(), 9, budget);
        assert_eq!(picked.taken, [offer(1), offer(3)]);
        assert_eq!(picked.left, [Uuid::from_u128(2)]);
    }
}
