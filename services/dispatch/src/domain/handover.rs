//! From whom to whom duty goes, and when (D9).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_roster::Shift;

/// A change of who is on duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn<'a> {
    /// The last shift of who goes off duty; none where nobody has been on duty.
    pub(crate) last: Option<&'a Shift>,
    /// The first shift of who comes.
    pub(crate) relief: &'a Shift,
}

impl<'a> Turn<'a> {
    /// Returns the next change after `at` by shifts in order; none where nobody else is on duty after that. Somebody whose
    /// shifts follow each other, day by day of a week, hands nothing over to themselves.
    pub(crate) fn after(shifts: &'a [Shift], at: DateTime<Utc>) -> Option<Self> {
        let now = shifts.iter().rfind(|shift| shift.span.from <= at);
        let others = |shift: &&Shift| now.is_none_or(|now| now.person != shift.person);
        let relief = shifts.iter().filter(|shift| shift.span.from > at).find(others)?;
        let last = shifts.iter().rfind(|shift| shift.span.from < relief.span.from);
        Some(Self { last, relief })
    }

    /// Returns who goes off duty; empty where nobody has been on it.
    pub(crate) fn leaves(&self) -> &str {
        self.last.map_or("", |shift| &shift.person)
    }

    /// Returns when what nobody wrote is made by itself: some time after who goes has gone, and once who comes has come at
    /// the latest; for what comes up in between, then.
    pub(crate) fn made_at(&self, patience: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
        let begins = self.relief.span.from;
        let after_end = self.last.map(|shift| shift.span.to + patience);
        after_end.filter(|at| *at > now && *at < begins).unwrap_or(begins)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hotline_calendar::Span;
    use hotline_roster::{Shift, Source};
    use uuid::Uuid;

    use super::Turn;

    /// From 8 to 21 o'clock on day `day`.
    fn shift(person: &str, day: i64) -> Shift {
        Shift {
            team: "desk".into(),
            roster: Uuid::nil(),
            date: hour(day, 0).date_naive(),
            span: Span::new(hour(day, 8), hour(day, 21)),
            zone: chrono_tz::Tz::UTC,
            person: person.into(),
            source: Source::Rotation,
        }
    }

    fn hour(day: i64, hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day) + TimeDelta::hours(hour)
    }

    #[test]
    fn who_is_on_duty_day_by_day_hands_over_at_the_end_of_the_last() {
        let shifts = [shift("ann", 0), shift("ann", 1), shift("bob", 2), shift("cyd", 3)];
        for at in [hour(0, 9), hour(0, 23), hour(1, 12), hour(1, 22)] {
            let turn = Turn::after(&shifts, at).expect("bob comes");
            assert_eq!((turn.leaves(), &*turn.relief.person), ("ann", "bob"), "{at}");
            let made = turn.made_at(TimeDelta::minutes(15), at);
            let expected = if at < hour(1, 22) { hour(1, 21) + TimeDelta::minutes(15) } else { hour(2, 8) };
            assert_eq!(made, expected, "{at}");
        }
        let next = Turn::after(&shifts, hour(2, 8)).expect("cyd comes");
        assert_eq!((next.leaves(), &*next.relief.person), ("bob", "cyd"));
    }

    #[test]
    fn nobody_comes_after_the_last() {
        let shifts = [shift("ann", 0)];
        assert_eq!(Turn::after(&shifts, hour(0, 9)), None);
        let first = Turn::after(&shifts, hour(-1, 0)).expect("ann comes");
        assert_eq!((first.leaves(), first.made_at(TimeDelta::minutes(15), hour(-1, 0))), ("", hour(0, 8)));
    }
}
