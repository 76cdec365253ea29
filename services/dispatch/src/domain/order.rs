//! The place of work in its queue.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::Priority;

use crate::config::OrderShift;

/// Returns the place: the effective deadline in milliseconds since the epoch, lower is more urgent. It is the due time
/// moved by the priority and does not depend on now, so old work rises by itself and returned work keeps its place.
pub(crate) fn value(due_at: DateTime<Utc>, priority: Priority, shift: &OrderShift) -> i64 {
    due_at.timestamp_millis().saturating_add(shift.of(priority).num_milliseconds())
}

/// How far before all due times what is first stands: 100 years in milliseconds.
const FIRST: i64 = 100 * 365 * 86_400_000;

/// Returns the place of work that came in outside office hours, at `received_at`, and is first at the start of work: before
/// all that has a due time, whatever its priority.
pub(crate) fn first(received_at: DateTime<Utc>) -> i64 {
    received_at.timestamp_millis().saturating_sub(FIRST)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hotline_proto::common::v1::Priority;
    use proptest::prelude::*;

    use super::{first, value};
    use crate::config::OrderShift;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    #[test]
    fn of_work_that_is_due_together_the_higher_priority_comes_first() {
        let shift = OrderShift::default();
        let places: Vec<_> = [Priority::Critical, Priority::High, Priority::Medium, Priority::Low]
            .map(|priority| value(at(4), priority, &shift))
            .into();
        assert!(places.is_sorted() && places[0] < places[3]);
        assert_eq!(value(at(4), Priority::Unspecified, &shift), value(at(4), Priority::Medium, &shift));
    }

    #[test]
    fn old_work_of_low_priority_comes_before_new_work_of_high_priority() {
        let shift = OrderShift::default();
        assert!(value(at(0), Priority::Low, &shift) < value(at(17), Priority::High, &shift));
        assert!(value(at(0), Priority::Low, &shift) > value(at(15), Priority::High, &shift));
    }

    #[test]
    fn what_came_at_night_is_first_and_stays_in_its_order() {
        let shift = OrderShift::default();
        assert!(first(at(0)) < first(at(1)));
        assert!(first(at(1000)) < value(at(-1000), Priority::Critical, &shift));
    }

    proptest! {
        #[test]
        fn within_a_priority_what_is_due_earlier_comes_first(a in -100_000_i64..100_000, b in -100_000_i64..100_000) {
            let shift = OrderShift::default();
            for priority in [Priority::Critical, Priority::Low] {
                prop_assert_eq!(a.cmp(&b), value(at(a), priority, &shift).cmp(&value(at(b), priority, &shift)));
            }
        }
    }
}
