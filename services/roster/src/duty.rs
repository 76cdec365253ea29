//! Who is on duty now, and who is next.

use chrono::{DateTime, Utc};

use crate::Shift;

/// Who is on duty at an instant and after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Duty<'a> {
    /// The shift that runs; none outside the hours of duty.
    pub current: Option<&'a Shift>,
    /// The shift that begins next, which may be of the same person.
    pub next: Option<&'a Shift>,
    /// The first shift of somebody else after that which runs: to whom notes are handed over. Where none runs, the next.
    pub relief: Option<&'a Shift>,
}

/// Returns who is on duty at `at` by shifts in order.
#[must_use]
pub fn on_duty(shifts: &[Shift], at: DateTime<Utc>) -> Duty<'_> {
    let current = shifts.iter().find(|shift| shift.span.from <= at && at < shift.span.to);
    let mut later = shifts.iter().filter(|shift| shift.span.from > at);
    let next = later.clone().next();
    let relief = later.find(|shift| current.is_none_or(|current| current.person != shift.person));
    Duty { current, next, relief }
}
