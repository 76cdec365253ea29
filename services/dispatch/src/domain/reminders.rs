//! When an open swap is reminded of (D8): 4, 3, 2 and 1 weeks, 3, 2 and 1 days and 12 hours before it begins, each once, and
//! only in working time. What falls outside waits until work begins again; of what meets there, the last is told.

use chrono::{DateTime, TimeDelta, Utc};

/// How long before a duty begins.
const BEFORE: [TimeDelta; 8] = [
    TimeDelta::hours(12),
    TimeDelta::days(1),
    TimeDelta::days(2),
    TimeDelta::days(3),
    TimeDelta::weeks(1),
    TimeDelta::weeks(2),
    TimeDelta::weeks(3),
    TimeDelta::weeks(4),
];

/// Returns the next reminder after `now` of a duty that begins at `begins`: when it is, and how long before the begin it was
/// to be. `opens` returns the first working instant from one on.
pub(crate) fn next(
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
    opens: impl Fn(DateTime<Utc>) -> DateTime<Utc>,
) -> Option<(DateTime<Utc>, TimeDelta)> {
    let reminders = BEFORE.into_iter().map(|before| (opens(begins - before), before));
    // Of those at one time the first counts, which is the nearest to the begin.
    reminders.filter(|(at, _)| *at > now && *at < begins).min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::next;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn all(begins: i64, asked: i64, opens: impl Fn(DateTime<Utc>) -> DateTime<Utc>) -> Vec<(i64, i64)> {
        let (mut now, mut all) = (at(asked), Vec::new());
        while let Some((due, before)) = next(at(begins), now, &opens) {
            all.push(((due - at(0)).num_hours(), before.num_hours()));
            now = due;
        }
        all
    }

    #[test]
    fn the_shorter_the_time_the_fewer_reminders_and_none_twice() {
        let weeks = |weeks: i64| weeks * 7 * 24;
        let told = all(weeks(5), 0, |at| at);
        let before: Vec<i64> = told.iter().map(|(_, before)| *before).collect();
        assert_eq!(before, [weeks(4), weeks(3), weeks(2), weeks(1), 72, 48, 24, 12]);
        assert_eq!(told[0], (weeks(1), weeks(4)));
        assert_eq!(all(weeks(1), 0, |at| at).len(), 4, "that of a week is now");
        assert_eq!(all(20, 0, |at| at), [(8, 12)]);
        assert!(all(12, 0, |at| at).is_empty());
    }

    #[test]
    fn what_falls_outside_working_time_waits_and_what_meets_there_is_told_once() {
        // Work is from the ninth to the seventeenth hour of each fourth day.
        let opens = |instant: DateTime<Utc>| {
            let hours = (instant - at(0)).num_hours();
            let begins = hours.div_euclid(96) * 96 + 9;
            at(if hours < begins {
                begins
            } else if hours < begins + 8 {
                hours
            } else {
                begins + 96
            })
        };
        let told = all(96 * 3 + 10, 96 * 2, opens);
        assert_eq!(told, [(96 * 2 + 9, 7 * 24), (96 * 3 + 9, 12)], "of those that wait, the last");
    }
}
