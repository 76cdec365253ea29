//! What requests say of calendars, read with every field that is wrong.

use chrono::{NaiveDate, Weekday};
use hotline_calendar::{
    CalendarSpec, Dates, DayHours, Edition, Error as Time, ExceptionSpec, HoursSpec, Interval,
};
use hotline_core::error::Field;
use hotline_proto::tickets::v1::{
    Calendar as Message, CalendarException, CalendarHours, ExceptCalendarRequest,
};

use super::wrong;
use crate::domain::calendar_admin::Excepting;
use crate::error::Error;

/// Reads a calendar.
///
/// # Errors
/// [`Error::Fields`], each that is wrong.
pub(in crate::grpc) fn edition(given: &Message) -> Result<Edition, Error> {
    let mut reader = Reader::default();
    let edition = Edition {
        effective_from: reader.take(date(&given.effective_from, "calendar.effectiveFrom")).flatten(),
        spec: CalendarSpec {
            key: reader.required("calendar.key", &given.key),
            name: reader.required("calendar.name", &given.name),
            zone: given.time_zone.clone(),
            holidays: Some(given.holidays.clone()).filter(|region| !region.is_empty()),
            working_days: reader.weekdays(&given.working_days),
            hours: reader.week(given.hours.as_ref().unwrap_or(&CalendarHours::default())),
            exceptions: reader.exceptions(&given.exceptions),
        },
    };
    reader.finish(edition)
}

/// Reads what is changed of a calendar's exceptions.
///
/// # Errors
/// [`Error::Fields`], each that is wrong.
pub(super) fn excepting(given: &ExceptCalendarRequest) -> Result<Excepting, Error> {
    let mut reader = Reader::default();
    let exception = given.exception.clone().unwrap_or_default();
    let read = if given.undo {
        reader.dates("exception.dates", &exception.dates).map(Excepting::Undo)
    } else {
        reader.exception("exception", &exception).map(Excepting::Put)
    };
    match read {
        Some(read) if reader.0.is_empty() => Ok(read),
        _ => Err(Error::Fields(reader.0)),
    }
}

/// Reads a date; none for an empty text.
///
/// # Errors
/// [`Error::Fields`].
pub(super) fn date(text: &str, path: &str) -> Result<Option<NaiveDate>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let refuse =
        |_| Error::Fields(vec![wrong(path, "is no date like 2026-03-02", "不是如 2026-03-02 的日期")]);
    text.parse().map(Some).map_err(refuse)
}

/// Notes what is wrong and reads on.
#[derive(Default)]
struct Reader(Vec<Field>);

impl Reader {
    fn finish<T>(self, read: T) -> Result<T, Error> {
        if self.0.is_empty() { Ok(read) } else { Err(Error::Fields(self.0)) }
    }

    fn take<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        match read {
            Ok(read) => return Some(read),
            Err(Error::Fields(fields)) => self.0.extend(fields),
            Err(error) => self.0.push(wrong("", error.to_string(), error.to_string())),
        }
        None
    }

    fn required(&mut self, path: &str, text: &str) -> String {
        if text.trim().is_empty() {
            self.0.push(wrong(path, "is required", "必填"));
        }
        text.to_owned()
    }

    fn weekdays(&mut self, names: &[String]) -> Vec<Weekday> {
        if names.is_empty() {
            return vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
        }
        let read = names.iter().map(|name| name.parse());
        read.collect::<Result<_, _>>().unwrap_or_else(|_| {
            let (en, zh) = ("names what is no weekday like `mon`", "含有不是星期的值，应如 `mon`");
            self.0.push(wrong("calendar.workingDays", en, zh));
            Vec::new()
        })
    }

    fn week(&mut self, given: &CalendarHours) -> HoursSpec {
        let mut hours = |day: &str, texts: &[String]| self.hours(&format!("calendar.hours.{day}"), texts);
        HoursSpec {
            mon: hours("mon", &given.mon),
            tue: hours("tue", &given.tue),
            wed: hours("wed", &given.wed),
            thu: hours("thu", &given.thu),
            fri: hours("fri", &given.fri),
            sat: hours("sat", &given.sat),
            sun: hours("sun", &given.sun),
            make_up: Some(hours("makeUp", &given.make_up)).filter(|_| !given.make_up.is_empty()),
            holiday: hours("holiday", &given.holiday),
        }
    }

    fn hours(&mut self, path: &str, texts: &[String]) -> DayHours {
        let intervals = texts.iter().map(|text| text.parse::<Interval>()).collect::<Result<_, _>>();
        intervals.and_then(DayHours::new).unwrap_or_else(|error| {
            self.0.push(match error {
                Time::OverlappingHours { first, second } => wrong(
                    path,
                    format!("has {first} and {second}, which overlap"),
                    format!("{first} 与 {second} 重叠"),
                ),
                Time::InvalidInterval { text } => wrong(
                    path,
                    format!("has `{text}`, which is no interval like 09:00-18:00 within one day"),
                    format!("`{text}` 不是一天之内的时段，应如 09:00-18:00"),
                ),
                error => wrong(path, error.to_string(), error.to_string()),
            });
            DayHours::default()
        })
    }

    fn exceptions(&mut self, given: &[CalendarException]) -> Vec<ExceptionSpec> {
        let numbered = given.iter().enumerate();
        let read = |(index, exception)| self.exception(&format!("calendar.exceptions[{index}]"), exception);
        numbered.filter_map(read).collect()
    }

    fn exception(&mut self, path: &str, given: &CalendarException) -> Option<ExceptionSpec> {
        let name = self.required(&format!("{path}.name"), &given.name);
        let hours = self.hours(&format!("{path}.hours"), &given.hours);
        let dates = self.dates(&format!("{path}.dates"), &given.dates)?;
        let exception = ExceptionSpec::on(name, dates, hours);
        Some(match given.working {
            Some(working) => exception.with_working(working),
            None => exception,
        })
    }

    fn dates(&mut self, path: &str, text: &str) -> Option<Dates> {
        let read = text.parse();
        if read.is_err() {
            self.0.push(wrong(
                path,
                "is no date like 2026-02-15, and no run like 2026-02-15 to 2026-02-23 of at most 400 days",
                "不是如 2026-02-15 的日期，也不是如 2026-02-15 to 2026-02-23 且不超过 400 天的日期段",
            ));
        }
        read.ok()
    }
}
