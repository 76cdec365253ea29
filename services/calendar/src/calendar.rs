//! A calendar and what it says of a date.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use crate::{CalendarSpec, DayHours, Error, ExceptionSpec, HolidayRegions, Holidays, HoursSpec, SpecialDay};

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
#[derive(Debug, Clone)]
pub struct Calendar {
    key: String,
    name: String,
    zone: Tz,
    weekly: [DayHours; 7],
    working: [bool; 7],
    /// Weekdays with the same hours whether holiday, make-up day or neither: these need no year file to be told.
    fixed: [bool; 7],
    make_up: DayHours,
    holiday: DayHours,
    exceptions: BTreeMap<NaiveDate, Exception>,
    holidays: Option<Arc<Holidays>>,
}

#[derive(Debug, Clone)]
struct Exception {
    name: String,
    hours: DayHours,
    working: bool,
}

impl Calendar {
    /// Returns the calendar that the spec describes.
    ///
    /// # Errors
    /// [`Error::UnknownZone`], [`Error::UnknownRegion`], [`Error::NeverOpen`], [`Error::MakeUpHoursMissing`] or
    /// [`Error::DuplicateException`].
    pub fn new(spec: CalendarSpec, regions: &HolidayRegions) -> Result<Self, Error> {
        let CalendarSpec { key, name, zone, holidays, working_days, hours, exceptions } = spec;
        let holidays = holidays.map(|region| regions.of_calendar(&key, region)).transpose()?;
        let zone = zone.parse().map_err(|_| Error::UnknownZone { calendar: key.clone(), zone })?;
        let HoursSpec { mon, tue, wed, thu, fri, sat, sun, make_up, holiday } = hours;
        let weekly = [mon, tue, wed, thu, fri, sat, sun];
        if weekly.iter().all(DayHours::is_closed) {
            return Err(Error::NeverOpen { calendar: key });
        }
        let make_up = match make_up {
            None if holidays.is_some() => return Err(Error::MakeUpHoursMissing { calendar: key }),
            hours => hours.unwrap_or_default(),
        };
        let fixed = std::array::from_fn(|day| {
            holidays.is_none() || (weekly[day] == make_up && weekly[day] == holiday)
        });
        let working = std::array::from_fn(|day| working_days.iter().any(|weekday| index(*weekday) == day));
        let exceptions = by_date(&key, exceptions)?;
        Ok(Self { key, name, zone, weekly, working, fixed, make_up, holiday, exceptions, holidays })
    }

    /// Returns a calendar that never closes and needs no year data: key `always`, every day a working day.
    #[must_use]
    pub fn always_open(zone: Tz) -> Self {
        Self {
            key: "always".to_owned(),
            name: "全天候".to_owned(),
            zone,
            weekly: std::array::from_fn(|_| DayHours::all_day()),
            working: [true; 7],
            fixed: [true; 7],
            make_up: DayHours::all_day(),
            holiday: DayHours::all_day(),
            exceptions: BTreeMap::new(),
            holidays: None,
        }
    }

    /// Returns the name other settings use.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
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

    /// Returns its holidays, none when it has none and needs no year data.
    #[must_use]
    pub fn holidays(&self) -> Option<&Holidays> {
        self.holidays.as_deref()
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
        if let Some(Exception { name, working, .. }) = self.exceptions.get(&date) {
            return Ok(DayKind::Exception { name: name.clone(), working: *working });
        }
        Ok(match self.special_day(date)? {
            Some(SpecialDay { name, off: true, .. }) => DayKind::Holiday { name: name.clone() },
            Some(SpecialDay { name, off: false, .. }) => DayKind::MakeUp { name: name.clone() },
            None => self.weekday_kind(date),
        })
    }

    /// Returns whether the date is a working day; make-up days are, days off are not.
    ///
    /// # Errors
    /// [`Error::YearMissing`] as for [`Self::day_kind`].
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, Error> {
        if let Some(exception) = self.exceptions.get(&date) {
            return Ok(exception.working);
        }
        let special = self.special_day(date)?;
        Ok(special.map_or_else(|| self.working[index(date.weekday())], |day| !day.off))
    }

    /// Returns the opening hours of the date in wall time.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when the hours depend on the holidays of a year that is not known.
    pub fn day_hours(&self, date: NaiveDate) -> Result<&DayHours, Error> {
        if let Some(exception) = self.exceptions.get(&date) {
            return Ok(&exception.hours);
        }
        let weekday = index(date.weekday());
        if self.fixed[weekday] {
            return Ok(&self.weekly[weekday]);
        }
        Ok(match self.special_day(date)? {
            None => &self.weekly[weekday],
            Some(day) if day.off => &self.holiday,
            Some(_) => &self.make_up,
        })
    }

    /// Returns what the date is, as far as it is known.
    pub(crate) fn best_known_kind(&self, date: NaiveDate) -> DayKind {
        self.day_kind(date).unwrap_or_else(|_| self.weekday_kind(date))
    }

    fn weekday_kind(&self, date: NaiveDate) -> DayKind {
        if self.working[index(date.weekday())] { DayKind::Working } else { DayKind::Weekend }
    }

    fn special_day(&self, date: NaiveDate) -> Result<Option<&SpecialDay>, Error> {
        let Some(holidays) = &self.holidays else {
            return Ok(None);
        };
        match holidays.special_day(date) {
            None if !holidays.covers(date.year()) => Err(Error::YearMissing {
                calendar: self.key.clone(),
                region: holidays.region().to_owned(),
                year: date.year(),
            }),
            day => Ok(day),
        }
    }
}

const fn index(weekday: Weekday) -> usize {
    weekday.num_days_from_monday() as usize
}

fn by_date(calendar: &str, specs: Vec<ExceptionSpec>) -> Result<BTreeMap<NaiveDate, Exception>, Error> {
    let mut by_date = BTreeMap::new();
    for ExceptionSpec { name, dates, hours, working } in specs {
        let working = working.unwrap_or(!hours.is_closed());
        for date in dates.iter() {
            let exception = Exception { name: name.clone(), hours: hours.clone(), working };
            if by_date.insert(date, exception).is_some() {
                return Err(Error::DuplicateException { calendar: calendar.to_owned(), date });
            }
        }
    }
    Ok(by_date)
}
