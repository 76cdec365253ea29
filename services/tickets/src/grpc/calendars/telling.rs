//! What replies say of calendars.

use chrono::{NaiveDate, Weekday};
use hotline_calendar::{
    Calendar, CalendarSpec, DayHours, DayKind, ExceptionSpec, Holidays, HoursSpec, Urgency,
};
use hotline_core::etag;
use hotline_core::time::to_proto_optional;
use hotline_proto::tickets::v1::{
    Calendar as Message, CalendarDay, CalendarDayKind, CalendarException, CalendarHours, MissingYear,
    SpecialDay, YearFile,
};

use crate::domain::calendar_book::{CalendarBook, CalendarVersion};
use crate::domain::rule_version::{Record, RuleKind};
use crate::domain::rules::Rules;
use crate::error::Error;

/// Returns a version of a calendar.
pub(super) fn calendar(version: &CalendarVersion, book: &CalendarBook) -> Message {
    let CalendarVersion { edition, removed, record } = version;
    Message {
        effective_from: edition.effective_from.map(|date| date.to_string()).unwrap_or_default(),
        version: record.version,
        recorded_by: record.by.clone(),
        recorded_at: to_proto_optional(record.at),
        note: record.note.clone(),
        etag: etag::of(book.latest(&edition.spec.key).into()),
        removed: *removed,
        ..written(&edition.spec)
    }
}

/// Returns a calendar as it is written down, of no version.
pub(crate) fn written(spec: &CalendarSpec) -> Message {
    let CalendarSpec { key, name, zone, holidays, working_days, hours, exceptions } = spec;
    Message {
        key: key.clone(),
        name: name.clone(),
        time_zone: zone.clone(),
        holidays: holidays.clone().unwrap_or_default(),
        working_days: working_days.iter().map(weekday).collect(),
        hours: Some(week(hours)),
        exceptions: exceptions.iter().map(exception).collect(),
        ..Message::default()
    }
}

/// Returns what a date is to a calendar.
///
/// # Errors
/// [`Error::Calendar`] for a year that is not known.
pub(super) fn day(calendar: &Calendar, date: NaiveDate) -> Result<CalendarDay, Error> {
    let kind = calendar.day_kind(date)?;
    let working = kind.is_working();
    let (kind, name) = match kind {
        DayKind::Working => (CalendarDayKind::Working, String::new()),
        DayKind::Weekend => (CalendarDayKind::Weekend, String::new()),
        DayKind::Holiday { name } => (CalendarDayKind::Holiday, name),
        DayKind::MakeUp { name } => (CalendarDayKind::MakeUp, name),
        DayKind::Exception { name, .. } => (CalendarDayKind::Exception, name),
    };
    let hours = intervals(calendar.day_hours(date)?);
    Ok(CalendarDay { date: date.to_string(), working, hours, kind: kind as i32, name })
}

/// Returns a year that is missing.
pub(super) fn missing_year(missing: &hotline_calendar::MissingYear) -> MissingYear {
    MissingYear {
        region: missing.region.clone(),
        year: missing.year,
        calendars: missing.calendars.clone(),
        urgent: missing.urgency == Urgency::Needed,
        message: missing.to_string(),
        message_zh: missing.zh(),
    }
}

/// Returns a year file of a region.
pub(super) fn year_file(holidays: &Holidays, year: i32, rules: &Rules) -> YearFile {
    let key = (holidays.region(), year);
    let versions = rules.versions.iter().filter(|version| version.kind == RuleKind::YearFile);
    let last = versions.rev().find(|version| version.region_and_year() == Some(key));
    let Record { version, by, at, note } = last.map(|last| last.record.clone()).unwrap_or_default();
    let days = holidays.days_of(year).iter().map(|day| SpecialDay {
        date: day.date.to_string(),
        name: day.name.clone(),
        off: day.off,
    });
    YearFile {
        region: holidays.region().to_owned(),
        year,
        version,
        days: days.collect(),
        recorded_by: by,
        recorded_at: to_proto_optional(at),
        note,
    }
}

fn week(hours: &HoursSpec) -> CalendarHours {
    CalendarHours {
        mon: intervals(&hours.mon),
        tue: intervals(&hours.tue),
        wed: intervals(&hours.wed),
        thu: intervals(&hours.thu),
        fri: intervals(&hours.fri),
        sat: intervals(&hours.sat),
        sun: intervals(&hours.sun),
        make_up: hours.make_up.as_ref().map(intervals).unwrap_or_default(),
        holiday: intervals(&hours.holiday),
    }
}

fn exception(exception: &ExceptionSpec) -> CalendarException {
    CalendarException {
        name: exception.name.clone(),
        dates: exception.dates().to_string(),
        hours: intervals(&exception.hours),
        working: exception.working,
    }
}

fn intervals(hours: &DayHours) -> Vec<String> {
    hours.intervals().iter().map(ToString::to_string).collect()
}

fn weekday(day: &Weekday) -> String {
    day.to_string().to_lowercase()
}
