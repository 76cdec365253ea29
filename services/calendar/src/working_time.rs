//! Working time: open hours counted to the clock's own precision.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::span::{Pauses, joined};
use crate::stretch::Stretches;
use crate::walk::{REACH_DAYS, Walk};
use crate::{Calendar, Error, Span};

impl Calendar {
    /// Returns when `amount` of open, unpaused time has passed since `start`: the earliest such instant (requirement T10).
    ///
    /// The result is never earlier for an added or a longer pause. A pause that is still running is given up to now; the
    /// result then is the deadline if work went on at once.
    ///
    /// # Errors
    /// [`Error::NegativeAmount`]; [`Error::YearMissing`] when the way there crosses a year that is needed and not known;
    /// [`Error::NoOpening`] when the calendar stays closed for over 400 days; [`Error::OutOfReach`] past a hundred years.
    pub fn add_working(
        &self,
        start: DateTime<Utc>,
        amount: TimeDelta,
        pauses: &[Span],
    ) -> Result<DateTime<Utc>, Error> {
        if amount < TimeDelta::zero() {
            let calendar = self.key().to_owned();
            return Err(Error::NegativeAmount { calendar, seconds: amount.num_seconds() });
        }
        if amount.is_zero() {
            return Ok(start);
        }
        let pauses = Pauses::new(pauses);
        let mut walk = Walk::new(self, start, &pauses);
        let mut left = amount;
        loop {
            let (stretch, hours) = walk.step()?;
            for free in stretch.openings(hours).flat_map(|opening| pauses.free(opening)) {
                if free.duration() >= left {
                    return Ok(free.from + left);
                }
                left -= free.duration();
            }
        }
    }

    /// Returns the open time between two instants, below zero when `to` is before `from`.
    ///
    /// # Errors
    /// As for [`Self::elapsed`].
    pub fn working_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<TimeDelta, Error> {
        self.elapsed(from, to, &[])
    }

    /// Returns the open, unpaused time between two instants, below zero when `to` is before `from`.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when a day between them needs a year that is not known, unless it is paused from end to end;
    /// [`Error::OutOfReach`] when they are over a hundred years apart.
    pub fn elapsed(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &[Span],
    ) -> Result<TimeDelta, Error> {
        if to < from {
            return Ok(-self.elapsed(to, from, pauses)?);
        }
        let span = self.within_reach(from, to)?;
        let pauses = Pauses::new(pauses);
        let mut total = TimeDelta::zero();
        for stretch in Stretches::within(self.zone(), span) {
            if pauses.covering(&stretch.span).is_none() {
                let openings = stretch.openings(self.day_hours(stretch.date)?);
                let free = openings.flat_map(|opening| pauses.free(opening));
                total = free.fold(total, |total, free| total + free.duration());
            }
        }
        Ok(total)
    }

    /// Returns whether the calendar is open at the instant.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when that day needs a year that is not known.
    pub fn is_open(&self, at: DateTime<Utc>) -> Result<bool, Error> {
        let stretch = Stretches::starting(self.zone(), at).next().ok_or_else(|| self.out_of_reach())?;
        let mut openings = stretch.openings(self.day_hours(stretch.date)?);
        Ok(openings.next().is_some_and(|opening| opening.from <= at))
    }

    /// Returns whether the calendar is open at the instant, as far as is known: in a year that is not announced yet a date
    /// has the hours of its weekday. For what must be decided now and promises nothing.
    #[must_use]
    pub fn is_likely_open(&self, at: DateTime<Utc>) -> bool {
        let Some(stretch) = Stretches::starting(self.zone(), at).next() else { return false };
        let mut openings = stretch.openings(self.best_known_hours(stretch.date));
        openings.next().is_some_and(|opening| opening.from <= at)
    }

    /// Returns the first instant from `at` on at which the calendar is open: `at` itself when it is open then.
    ///
    /// # Errors
    /// [`Error::NoOpening`] when there is none within 400 days; [`Error::YearMissing`] when a year on the way is not known.
    pub fn next_open(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        let no_pauses = Pauses::new(&[]);
        let mut walk = Walk::new(self, at, &no_pauses);
        loop {
            let (stretch, hours) = walk.step()?;
            if let Some(opening) = stretch.openings(hours).next() {
                return Ok(opening.from);
            }
        }
    }

    /// Returns the opening hours of the date as instants, in order; where clocks change they are longer, shorter or split.
    ///
    /// # Errors
    /// [`Error::YearMissing`] as for [`Self::day_hours`].
    pub fn open_spans(&self, date: NaiveDate) -> Result<Vec<Span>, Error> {
        let hours = self.day_hours(date)?;
        Ok(joined(Stretches::of_date(self.zone(), date).flat_map(|stretch| stretch.openings(hours))))
    }

    pub(crate) fn within_reach(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Span, Error> {
        if to - from > TimeDelta::days(REACH_DAYS) {
            Err(self.out_of_reach())
        } else {
            Ok(Span::new(from, to))
        }
    }

    pub(crate) fn out_of_reach(&self) -> Error {
        Error::OutOfReach { calendar: self.key().to_owned() }
    }
}
