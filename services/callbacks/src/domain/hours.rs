//! When customers may be called: allowed hours, half-days, working days.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use hotline_calendar::{Calendar, EndOf, Error};

/// When customers may be called.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    /// Allowed hours.
    pub(super) allowed: Arc<Calendar>,
    /// Working days.
    pub(super) office: Arc<Calendar>,
    /// When the second half of a day begins.
    pub(super) noon: NaiveTime,
}

/// A date and whether it is its second half.
pub(super) type HalfDay = (NaiveDate, bool);

impl Hours {
    /// Returns the end of the `days`th working day after `start`. In a year that is not announced yet every date
    /// counts: a promise must be made today, and this is the earliest it can mean.
    pub(super) fn end_of_working_day(&self, start: DateTime<Utc>, days: u32) -> Result<DateTime<Utc>, Error> {
        match self.office.add_working_days(start, days, EndOf::Day, &[]) {
            Err(Error::YearMissing { .. }) => {
                let last = start + TimeDelta::days(days.into());
                let closing = self.allowed.open_spans(self.allowed.local_date(last))?;
                Ok(closing.last().map_or(last, |span| span.to))
            }
            end => end,
        }
    }

    /// Returns how many working days the time between two instants touches, the first's own included; in a year that
    /// is not announced yet, how many dates.
    pub(super) fn working_days_touched(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<u32, Error> {
        let (first, last) = (self.office.local_date(from), self.office.local_date(to));
        let own = self.office.is_working_day(first).map(u32::from);
        match own.and_then(|own| Ok(own + self.office.working_days_between(first, last)?)) {
            Err(Error::YearMissing { .. }) => {
                Ok(u32::try_from((last - first).num_days() + 1).unwrap_or_default())
            }
            touched => touched,
        }
    }

    /// Returns the half-day an instant is in.
    pub(super) fn half_day(&self, at: DateTime<Utc>) -> HalfDay {
        let local = at.with_timezone(&self.allowed.zone());
        (local.date_naive(), local.time() >= self.noon)
    }

    /// Returns when the half-day after the one of `at` begins.
    pub(super) fn next_half_day(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let (date, second) = self.half_day(at);
        let next = if second {
            date.succ_opt().unwrap_or(date).and_time(NaiveTime::MIN)
        } else {
            date.and_time(self.noon)
        };
        let shown = self.allowed.zone().from_local_datetime(&next).earliest();
        // A wall time that a clock change leaves out: an hour on, the clock is past it.
        shown.map_or(at + TimeDelta::hours(1), |next| next.to_utc()).max(at + TimeDelta::seconds(1))
    }
}
