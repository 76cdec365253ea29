//! Working days: dates counted, not hours.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::span::Pauses;
use crate::stretch::Stretches;
use crate::walk::{LONGEST_CLOSURE_DAYS, REACH_DAYS};
use crate::{Calendar, Error, Span, Standing};

/// At what time of its date a target in working days ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndOf {
    /// At the wall time of the start. A time that the clock change leaves out moves on by the length of the change, one
    /// that comes twice is the first.
    SameTime,
    /// When the calendar closes on that date; at the end of the date when it does not open on it.
    Day,
}

impl Calendar {
    /// Returns the deadline `days` working days after `start`: the date itself is not counted, so 1 is the next working day.
    ///
    /// With 0 it is the start's own date, or the next working day when that is none or (with [`EndOf::Day`]) has closed.
    /// A working day whose opening hours are paused from end to end is not counted and moves the deadline by one; shorter
    /// pauses do not (requirements T8, T9).
    ///
    /// # Errors
    /// [`Error::YearMissing`] when a date on the way is of a year that is not known; [`Error::NoOpening`] when there is no
    /// working day for over 400 days; [`Error::OutOfReach`] past a hundred years.
    pub fn add_working_days(
        &self,
        start: DateTime<Utc>,
        days: u32,
        end_of: EndOf,
        pauses: &[Span],
    ) -> Result<DateTime<Utc>, Error> {
        let date = self.count_days(start, days, end_of, pauses, |_, _| ())?;
        self.day_deadline(start, date, end_of)
    }

    /// Walks from the start's own date to the one on which the deadline lies, which it returns; tells of each date what
    /// it is to the target.
    pub(crate) fn count_days(
        &self,
        start: DateTime<Utc>,
        days: u32,
        end_of: EndOf,
        pauses: &[Span],
        mut tell: impl FnMut(NaiveDate, Standing),
    ) -> Result<NaiveDate, Error> {
        let pauses = Pauses::new(pauses);
        let today = self.local_date(start);
        let (mut counted, mut idle) = (0, 0);
        for date in today.iter_days() {
            let standing = if date == today && days > 0 {
                Standing::Start
            } else if !self.is_working_day(date)? {
                Standing::Off
            } else if self.is_without_opening(date, &pauses)? {
                Standing::Paused
            } else if days == 0 && self.day_deadline(start, date, end_of)? < start {
                Standing::Over
            } else {
                counted += 1;
                Standing::Counts(counted)
            };
            tell(date, standing);
            match standing {
                Standing::Counts(number) if number >= days => return Ok(date),
                Standing::Counts(_) => idle = 0,
                Standing::Start => {}
                Standing::Off | Standing::Paused | Standing::Over => idle += 1,
            }
            self.check_walk(start, (date - today).num_days(), idle)?;
        }
        Err(self.out_of_reach())
    }

    /// Returns whether the opening hours of the date are paused from end to end: such a working day is not counted. Of a
    /// date on which the calendar does not open, whether all of it is paused.
    ///
    /// # Errors
    /// [`Error::YearMissing`] as for [`Self::day_hours`].
    pub fn is_paused_all_day(&self, date: NaiveDate, pauses: &[Span]) -> Result<bool, Error> {
        self.is_without_opening(date, &Pauses::new(pauses))
    }

    /// Returns the number of working dates d with `asked` < d ≤ `replied`, make-up days counted; 0 when there is none.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when one of these dates is of a year that is not known; [`Error::OutOfReach`] when they are
    /// over a hundred years apart.
    pub fn working_days_between(&self, asked: NaiveDate, replied: NaiveDate) -> Result<u32, Error> {
        if (replied - asked).num_days() > REACH_DAYS {
            return Err(self.out_of_reach());
        }
        let dates = asked.iter_days().skip(1).take_while(|date| *date <= replied);
        dates.map(|date| self.is_working_day(date).map(u32::from)).sum()
    }

    fn check_walk(&self, start: DateTime<Utc>, days: i64, idle_days: i64) -> Result<(), Error> {
        if idle_days > LONGEST_CLOSURE_DAYS {
            Err(Error::NoOpening { calendar: self.key().to_owned(), after: start })
        } else if days > REACH_DAYS {
            Err(self.out_of_reach())
        } else {
            Ok(())
        }
    }

    fn is_without_opening(&self, date: NaiveDate, pauses: &Pauses) -> Result<bool, Error> {
        let hours = self.day_hours(date)?;
        let mut day = Stretches::of_date(self.zone(), date);
        Ok(day.all(|stretch| {
            if hours.is_closed() {
                pauses.covering(&stretch.span).is_some()
            } else {
                stretch.openings(hours).flat_map(|opening| pauses.free(opening)).next().is_none()
            }
        }))
    }

    fn day_deadline(
        &self,
        start: DateTime<Utc>,
        date: NaiveDate,
        end_of: EndOf,
    ) -> Result<DateTime<Utc>, Error> {
        let deadline = match end_of {
            EndOf::SameTime => self.instant(date, start.with_timezone(&self.zone()).time()),
            EndOf::Day => self.closing(date)?,
        };
        deadline.ok_or_else(|| self.out_of_reach())
    }

    fn closing(&self, date: NaiveDate) -> Result<Option<DateTime<Utc>>, Error> {
        let closing = self.open_spans(date)?.last().map(|opening| opening.to);
        let end_of_date = || Stretches::of_date(self.zone(), date).last().map(|stretch| stretch.span.to);
        Ok(closing.or_else(end_of_date))
    }

    /// Reads a wall time as RFC 5545 does: the first of two, and one left out with the offset from before the change.
    fn instant(&self, date: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
        let local = date.and_time(time);
        let shown = self.zone().from_local_datetime(&local).earliest();
        shown.map(|at| at.to_utc()).or_else(|| {
            let day_before = local.checked_sub_signed(TimeDelta::days(1))?;
            let offset = chrono::Offset::fix(&self.zone().offset_from_utc_datetime(&day_before));
            Some(local.checked_sub_offset(offset)?.and_utc())
        })
    }
}
