//! When a call that failed is made again: at once, then after the times of the specification, which add up to more than
//! three days. Each is made longer by chance, never shorter, so that those who failed together do not come back together.

use chrono::TimeDelta;

/// The times between one attempt and the next.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// By how much a wait is longer at most, as a part of it.
const JITTER: f64 = 0.2;
/// How long a receiver may ask to be left alone at most.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(24);

/// Attempts at most.
pub const ATTEMPTS: usize = WAITS.len() + 1;

/// Returns how long to wait after this many attempts, all in vain; `None` where that was the last. `luck` is from 0 to 1.
#[must_use]
pub fn wait_after(attempts: usize, luck: f64) -> Option<TimeDelta> {
    let wait = *WAITS.get(attempts.checked_sub(1)?)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a day has few milliseconds"
    )]
    let longer = (wait.num_milliseconds() as f64 * JITTER * luck.clamp(0.0, 1.0)) as i64;
    Some(wait + TimeDelta::milliseconds(longer))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::{ATTEMPTS, WAITS, wait_after};

    fn total(luck: f64) -> TimeDelta {
        (1..ATTEMPTS).filter_map(|attempts| wait_after(attempts, luck)).sum()
    }

    #[test]
    fn the_attempts_last_longer_than_three_days_and_not_longer_than_four() {
        assert_eq!(ATTEMPTS, 10);
        assert!(total(0.0) > TimeDelta::days(3), "{}", total(0.0));
        assert!(total(1.0) < TimeDelta::days(4), "{}", total(1.0));
        assert_eq!((wait_after(0, 0.5), wait_after(ATTEMPTS, 0.5)), (None, None));
    }

    proptest! {
        #[test]
        fn chance_makes_a_wait_longer_by_a_fifth_at_most(attempts in 1..ATTEMPTS, luck in 0.0..=1.0_f64) {
            let (wait, planned) = (wait_after(attempts, luck).expect("not the last"), WAITS[attempts - 1]);
            prop_assert!(planned <= wait && wait <= planned + planned / 5);
        }
    }
}
