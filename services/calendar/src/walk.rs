//! A bounded walk through the days of a calendar: no search goes on for ever.

use chrono::{DateTime, TimeDelta, Utc};

use crate::span::Pauses;
use crate::stretch::{Stretch, Stretches};
use crate::{Calendar, DayHours, Error};

/// A calendar closed for longer than this has no next opening.
pub(crate) const LONGEST_CLOSURE_DAYS: i64 = 400;
/// No answer is farther away than this: a hundred years.
pub(crate) const REACH_DAYS: i64 = 36_525;

/// Stretches with their hours, from an instant on, leaving out those that are paused from end to end.
pub(crate) struct Walk<'a> {
    calendar: &'a Calendar,
    pauses: &'a Pauses,
    stretches: Stretches,
    start: DateTime<Utc>,
    closed_since: DateTime<Utc>,
}

impl<'a> Walk<'a> {
    pub(crate) const fn new(calendar: &'a Calendar, start: DateTime<Utc>, pauses: &'a Pauses) -> Self {
        let stretches = Stretches::starting(calendar.zone(), start);
        Self { calendar, pauses, stretches, start, closed_since: start }
    }

    pub(crate) fn step(&mut self) -> Result<(Stretch, &'a DayHours), Error> {
        let stretch = self.next_unpaused()?;
        if stretch.span.from - self.closed_since > TimeDelta::days(LONGEST_CLOSURE_DAYS) {
            return Err(Error::NoOpening { calendar: self.calendar.key().to_owned(), after: self.start });
        }
        let hours = self.calendar.day_hours(stretch.date)?;
        if !hours.is_closed() {
            self.closed_since = stretch.span.to;
        }
        Ok((stretch, hours))
    }

    /// Jumps over long pauses, so that one without a foreseeable end costs nothing.
    fn next_unpaused(&mut self) -> Result<Stretch, Error> {
        loop {
            let within_reach =
                |stretch: &Stretch| stretch.span.from - self.start <= TimeDelta::days(REACH_DAYS);
            let stretch = self.stretches.next().filter(within_reach);
            let stretch = stretch.ok_or_else(|| self.calendar.out_of_reach())?;
            let Some(pause) = self.pauses.covering(&stretch.span) else {
                return Ok(stretch);
            };
            self.stretches.seek(pause.to);
            self.closed_since = pause.to;
        }
    }
}
