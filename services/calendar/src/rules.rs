//! What one edition of a calendar says of a date.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::{
    CalendarSpec, DayHours, DayKind, Error, ExceptionSpec, HolidayRegions, Holidays, HoursSpec, SpecialDay,
};

/// Weekly hours, holidays and exceptions that hold together.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    calendar: String,
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

impl Rules {
    pub(crate) fn new(spec: CalendarSpec, regions: &HolidayRegions) -> Result<Self, Error> {
        let CalendarSpec { key: calendar, name: _, zone: _, holidays, working_days, hours, exceptions } =
            spec;
        let holidays = holidays.map(|region| regions.of_calendar(&calendar, region)).transpose()?;
        let HoursSpec { mon, tue, wed, thu, fri, sat, sun, make_up, holiday } = hours;
        let weekly = [mon, tue, wed, thu, fri, sat, sun];
        if weekly.iter().all(DayHours::is_closed) {
            return Err(Error::NeverOpen { calendar });
        }
        let make_up = match make_up {
            None if holidays.is_some() => return Err(Error::MakeUpHoursMissing { calendar }),
            hours => hours.unwrap_or_default(),
        };
        let fixed = std::array::from_fn(|day| {
            holidays.is_none() || (weekly[day] == make_up && weekly[day] == holiday)
        });
        let working = std::array::from_fn(|day| working_days.iter().any(|weekday| index(*weekday) == day));
        let exceptions = by_date(&calendar, exceptions)?;
        Ok(Self { calendar, weekly, working, fixed, make_up, holiday, exceptions, holidays })
    }

    pub(crate) fn always_open(calendar: &str) -> Self {
        Self {
            calendar: calendar.to_owned(),
            weekly: std::array::from_fn(|_| DayHours::all_day()),
            working: [true; 7],
            fixed: [true; 7],
            make_up: DayHours::all_day(),
            holiday: DayHours::all_day(),
            exceptions: BTreeMap::new(),
            holidays: None,
        }
    }

    pub(crate) fn calendar(&self) -> &str {
        &self.calendar
    }

    pub(crate) fn holidays(&self) -> Option<&Holidays> {
        self.holidays.as_deref()
    }

    pub(crate) fn day_kind(&self, date: NaiveDate) -> Result<DayKind, Error> {
        if let Some(Exception { name, working, .. }) = self.exceptions.get(&date) {
            return Ok(DayKind::Exception { name: name.clone(), working: *working });
        }
        Ok(match self.special_day(date)? {
            Some(SpecialDay { name, off: true, .. }) => DayKind::Holiday { name: name.clone() },
            Some(SpecialDay { name, off: false, .. }) => DayKind::MakeUp { name: name.clone() },
            None => self.weekday_kind(date),
        })
    }

    pub(crate) fn best_known_kind(&self, date: NaiveDate) -> DayKind {
        self.day_kind(date).unwrap_or_else(|_| self.weekday_kind(date))
    }

    pub(crate) fn is_working_day(&self, date: NaiveDate) -> Result<bool, Error> {
        if let Some(exception) = self.exceptions.get(&date) {
            return Ok(exception.working);
        }
        let special = self.special_day(date)?;
        Ok(special.map_or_else(|| self.working[index(date.weekday())], |day| !day.off))
    }

    pub(crate) fn day_hours(&self, date: NaiveDate) -> Result<&DayHours, Error> {
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

    pub(crate) fn best_known_hours(&self, date: NaiveDate) -> &DayHours {
        self.day_hours(date).unwrap_or(&self.weekly[index(date.weekday())])
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
                calendar: self.calendar.clone(),
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
