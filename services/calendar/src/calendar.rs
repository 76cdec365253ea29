//! A calendar and what it says of a date.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::rules::Rules;
use crate::{CalendarSpec, DayHours, Edition, Error, HolidayRegions, Holidays};

/// What a date is to a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayKind {
    /// A working day by its weekday.
    Working,
    /// A weekday that is no working day.
    Weekend,
    /// A day off from the year file.
    Holiday {
        /// Name of the holiday.
        name: String,
    },
    /// A make-up working day (调休) from the year file.
    MakeUp {
        /// Name of the holiday it makes up for.
        name: String,
    },
    /// A date on which this calendar breaks its rule.
    Exception {
        /// Name of the exception.
        name: String,
        /// Whether it counts as a working day.
        working: bool,
    },
}

impl DayKind {
    /// Returns whether the date counts as a working day.
    #[must_use]
    pub const fn is_working(&self) -> bool {
        matches!(self, Self::Working | Self::MakeUp { .. } | Self::Exception { working: true, .. })
    }
}

/// A named calendar: weekly hours in a time zone, holidays, make-up days, exceptions (requirement T11).
///
/// Its rules may change from a date on: every date is answered by the edition in force on it, so what was promised under
/// the old hours is still counted by them.
#[derive(Debug, Clone)]
pub struct Calendar {
    name: String,
    zone: Tz,
    first: Rules,
    /// What holds from a date on, in order of dates.
    later: Vec<(NaiveDate, Rules)>,
}

impl Calendar {
    /// Returns the calendar that the spec describes.
    ///
    /// # Errors
    /// [`Error::UnknownZone`], [`Error::UnknownRegion`], [`Error::NeverOpen`], [`Error::MakeUpHoursMissing`] or
    /// [`Error::DuplicateException`].
    pub fn new(spec: CalendarSpec, regions: &HolidayRegions) -> Result<Self, Error> {
        let zone = zone_of(&spec)?;
        let name = spec.name.clone();
        Ok(Self { name, zone, first: Rules::new(spec, regions)?, later: Vec::new() })
    }

    /// Returns the calendar of which each edition holds from its date until the next one's, in whatever order they are
    /// given; of two with one date the later in the list holds, as a correction in place of the other.
    ///
    /// The first edition also holds before its date: a calendar has an answer for every date. The name is that of the
    /// last edition.
    ///
    /// # Errors
    /// [`Error::NoEdition`], [`Error::KeyChanged`] or [`Error::ZoneChanged`], or what [`Self::new`] refuses in any edition.
    pub fn of_editions(editions: Vec<Edition>, regions: &HolidayRegions) -> Result<Self, Error> {
        let by_date: BTreeMap<_, _> =
            editions.into_iter().map(|edition| (edition.effective_from, edition.spec)).collect();
        let mut by_date = by_date.into_iter();
        let (_, first) = by_date.next().ok_or(Error::NoEdition)?;
        let mut calendar = Self::new(first, regions)?;
        // Only the first can be without a date.
        for (from, spec) in by_date.filter_map(|(from, spec)| Some((from?, spec))) {
            calendar.check_is_of_this(&spec)?;
            calendar.name.clone_from(&spec.name);
            calendar.later.push((from, Rules::new(spec, regions)?));
        }
        Ok(calendar)
    }

    /// Returns a calendar that never closes and needs no year data: key `always`, every day a working day.
    #[must_use]
    pub fn always_open(zone: Tz) -> Self {
        Self { name: "全天候".to_owned(), zone, first: Rules::always_open("always"), later: Vec::new() }
    }

    /// Returns the name other settings use.
    #[must_use]
    pub fn key(&self) -> &str {
        self.first.calendar()
    }

    /// Returns the label people see.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the time zone of its hours.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the holidays of its last edition, none when that has none and needs no year data.
    #[must_use]
    pub fn holidays(&self) -> Option<&Holidays> {
        self.later.last().map_or(&self.first, |(_, rules)| rules).holidays()
    }

    /// Returns the date that a clock on the calendar's wall shows.
    #[must_use]
    pub fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// Returns what the date is to this calendar.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when the calendar has holidays and the date's year is not known.
    pub fn day_kind(&self, date: NaiveDate) -> Result<DayKind, Error> {
        self.rules(date).day_kind(date)
    }

    /// Returns whether the date is a working day; make-up days are, days off are not.
    ///
    /// # Errors
    /// [`Error::YearMissing`] as for [`Self::day_kind`].
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, Error> {
        self.rules(date).is_working_day(date)
    }

    /// Returns the opening hours of the date in wall time.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when the hours depend on the holidays of a year that is not known.
    pub fn day_hours(&self, date: NaiveDate) -> Result<&DayHours, Error> {
        self.rules(date).day_hours(date)
    }

    /// Returns what the date is, as far as it is known.
    pub(crate) fn best_known_kind(&self, date: NaiveDate) -> DayKind {
        self.rules(date).best_known_kind(date)
    }

    /// Returns the opening hours of the date, as far as they are known.
    pub(crate) fn best_known_hours(&self, date: NaiveDate) -> &DayHours {
        self.rules(date).best_known_hours(date)
    }

    /// Returns the holidays that a date of the year may need, by whichever edition is in force on it.
    pub(crate) fn holidays_in(&self, year: i32) -> impl Iterator<Item = &Holidays> {
        let new_year = NaiveDate::from_yo_opt(year, 1).unwrap_or(NaiveDate::MAX);
        let begun = self.later.iter().filter(move |(from, _)| *from > new_year && from.year() == year);
        std::iter::once(self.rules(new_year)).chain(begun.map(|(_, rules)| rules)).filter_map(Rules::holidays)
    }

    /// Returns the rules in force on the date.
    fn rules(&self, date: NaiveDate) -> &Rules {
        let begun = self.later.partition_point(|(from, _)| *from <= date);
        self.later[..begun].last().map_or(&self.first, |(_, rules)| rules)
    }

    fn check_is_of_this(&self, spec: &CalendarSpec) -> Result<(), Error> {
        if spec.key != self.key() {
            return Err(Error::KeyChanged { calendar: self.key().to_owned(), other: spec.key.clone() });
        }
        let other = zone_of(spec)?;
        if other == self.zone {
            Ok(())
        } else {
            Err(Error::ZoneChanged { calendar: spec.key.clone(), zone: self.zone, other })
        }
    }
}

fn zone_of(spec: &CalendarSpec) -> Result<Tz, Error> {
    let unknown = |_| Error::UnknownZone { calendar: spec.key.clone(), zone: spec.zone.clone() };
    spec.zone.parse().map_err(unknown)
}
