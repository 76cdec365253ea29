//! Who is on duty now, and who is next.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Span;

use crate::{Book, Refusal, Shift, faults};

/// How far back a shift may have begun that runs now.
const BACK: TimeDelta = TimeDelta::days(1);
/// How long somebody keeps the duty telephone after their shift, where no other begins.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Who is on duty at an instant and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Duty<'a> {
    /// The shift that runs; none outside the hours of duty.
    pub current: Option<&'a Shift>,
    /// The shift that begins next, which may be of the same person.
    pub next: Option<&'a Shift>,
    /// The first shift of somebody else after that which runs: to whom notes are handed over. Where none runs, the next.
    pub relief: Option<&'a Shift>,
    /// The shift that ended last, where none runs.
    pub last: Option<&'a Shift>,
}

impl<'a> Duty<'a> {
    /// Returns the shift whose person has the duty telephone at `at`: that which runs, else that which ended last, for a day
    /// at most.
    #[must_use]
    pub fn telephone(&self, at: DateTime<Utc>) -> Option<&'a Shift> {
        self.current.or(self.last.filter(|last| at - last.span.to < KEPT))
    }
}

/// Returns who is on duty at `at` by shifts in order.
#[must_use]
pub fn on_duty(shifts: &[Shift], at: DateTime<Utc>) -> Duty<'_> {
    let current = shifts.iter().find(|shift| shift.span.from <= at && at < shift.span.to);
    let mut later = shifts.iter().filter(|shift| shift.span.from > at);
    let next = later.clone().next();
    let relief = later.find(|shift| current.is_none_or(|current| current.person != shift.person));
    let ended = shifts.iter().filter(|shift| shift.span.to <= at && current.is_none());
    Duty { current, next, relief, last: ended.max_by_key(|shift| shift.span.to) }
}

/// Who keeps watch for a team at an instant, and until when that is so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// The shift that runs, if its person can do it: a member, who is not on leave.
    pub shift: Option<Shift>,
    /// When the next shift begins; none where none does in the time that was looked at.
    pub changes_at: Option<DateTime<Utc>>,
}

impl Book {
    /// Returns who keeps watch for a team at `at`, and who is next within `ahead`.
    ///
    /// # Errors
    /// As [`Book::shifts`].
    pub fn watch(&self, team: &str, at: DateTime<Utc>, ahead: TimeDelta) -> Result<Watch, Refusal> {
        let shifts = self.shifts(team, Span::new(at - BACK, at + ahead))?;
        let Duty { current, next, .. } = on_duty(&shifts, at);
        let is_gap = |shift: &Shift| {
            let gaps = faults::gaps(shift, &self.leaves, &self.staff);
            gaps.iter().any(|gap| gap.span.from <= at && at < gap.span.to)
        };
        Ok(Watch {
            shift: current.filter(|shift| !is_gap(shift)).cloned(),
            changes_at: next.map(|shift| shift.span.from),
        })
    }
}
