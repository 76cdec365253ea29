//! What can go wrong in a calendar.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use thiserror::Error as ThisError;

use crate::Interval;

/// A failed calculation, or data that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The calculation touches a year whose holidays are not known (requirement T11).
    #[error(
        "calendar `{calendar}` has no holidays of {year}: add the year file `{region}/{year}` once the year is announced, \
         with `PUT /v1/holidays/{region}/{year}` or `hotline calendars year {region} {year} <file>`"
    )]
    YearMissing {
        /// Key of the calendar that was asked.
        calendar: String,
        /// Region whose year file is missing.
        region: String,
        /// The missing year.
        year: i32,
    },
    /// The calendar does not open within 400 days of this instant.
    #[error(
        "calendar `{calendar}` has no opening within 400 days of {after}: give it hours or take exceptions away, \
         with `PUT /v1/calendars/{calendar}` or `hotline calendars`"
    )]
    NoOpening {
        /// Key of the calendar that was asked.
        calendar: String,
        /// Where the search began.
        after: DateTime<Utc>,
    },
    /// The answer is more than a hundred years away.
    #[error(
        "calendar `{calendar}` was asked for a time more than a hundred years away: it has too few hours for the time \
         that is promised by it"
    )]
    OutOfReach {
        /// Key of the calendar that was asked.
        calendar: String,
    },
    /// Working time was to be added, but the amount is below zero.
    #[error("calendar `{calendar}` cannot add {seconds} s: an amount of working time is never negative")]
    NegativeAmount {
        /// Key of the calendar that was asked.
        calendar: String,
        /// The amount asked for, in seconds.
        seconds: i64,
    },
    /// No calendar has this key.
    #[error("calendar `{key}` is not known: there are {}", known.join(", "))]
    UnknownCalendar {
        /// The key asked for.
        key: String,
        /// Every key there is.
        known: Vec<String>,
    },
    /// Two calendars have one key.
    #[error("calendar `{key}` is defined twice")]
    DuplicateCalendar {
        /// The repeated key.
        key: String,
    },
    /// The calendar names a region without year files.
    #[error("calendar `{calendar}` uses holidays `{region}`, which are not known: there are {}", known.join(", "))]
    UnknownRegion {
        /// Key of the calendar.
        calendar: String,
        /// The region it names.
        region: String,
        /// Every region there is.
        known: Vec<String>,
    },
    /// The calendar names a time zone that does not exist.
    #[error("calendar `{calendar}` uses time zone `{zone}`, which is not in the IANA database")]
    UnknownZone {
        /// Key of the calendar.
        calendar: String,
        /// The zone it names.
        zone: String,
    },
    /// The calendar has holidays but does not say when a make-up working day is open.
    #[error("calendar `{calendar}` has holidays but no hours for make-up working days: set `hours.make_up`")]
    MakeUpHoursMissing {
        /// Key of the calendar.
        calendar: String,
    },
    /// The calendar is closed on every weekday.
    #[error("calendar `{calendar}` is closed on every day of the week")]
    NeverOpen {
        /// Key of the calendar.
        calendar: String,
    },
    /// A calendar was to be made of no edition at all.
    #[error("a calendar needs at least one edition")]
    NoEdition,
    /// The editions of one calendar have different keys.
    #[error(
        "an edition of calendar `{calendar}` has the key `{other}`: the editions of a calendar share one key"
    )]
    KeyChanged {
        /// Key of the first edition.
        calendar: String,
        /// Key of the edition that differs.
        other: String,
    },
    /// The editions of one calendar have different time zones: its dates would not follow each other.
    #[error(
        "calendar `{calendar}` is in time zone `{zone}` and an edition of it in `{other}`: \
         make a new calendar for another time zone"
    )]
    ZoneChanged {
        /// Key of the calendar.
        calendar: String,
        /// Time zone of the first edition.
        zone: Tz,
        /// Time zone of the edition that differs.
        other: Tz,
    },
    /// Two exceptions of the calendar fall on one date.
    #[error("calendar `{calendar}` has two exceptions on {date}")]
    DuplicateException {
        /// Key of the calendar.
        calendar: String,
        /// The date they share.
        date: NaiveDate,
    },
    /// The text is not an interval of a day.
    #[error("`{text}` is not an interval like 09:00-18:00 within one day")]
    InvalidInterval {
        /// The text as given.
        text: String,
    },
    /// Two intervals of one day share time.
    #[error("hours {first} and {second} of one day overlap")]
    OverlappingHours {
        /// The earlier interval.
        first: Interval,
        /// The later one.
        second: Interval,
    },
    /// The text is not a date or a run of dates.
    #[error(
        "`{text}` is not a date like 2026-02-15 or a run like 2026-02-15 to 2026-02-23 of at most 400 days"
    )]
    InvalidDates {
        /// The text as given.
        text: String,
    },
    /// A data file cannot be read.
    #[error("{file} is not valid: {reason}")]
    InvalidFile {
        /// Which file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}
