//! A calendar as it is written down in a file.

use chrono::Weekday;
use serde::{Deserialize, Serialize};

use crate::dates::Dates;
use crate::{DayHours, Error};

/// What a calendar is made from; `data/calendars.toml` explains each key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// The name other settings use.
    pub key: String,
    /// The label people see.
    pub name: String,
    /// IANA time zone of all hours.
    pub zone: String,
    /// Region of the year files; none = no holidays and no year data needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<String>,
    /// Weekdays that are working days. Default Monday to Friday.
    #[serde(default = "monday_to_friday")]
    pub working_days: Vec<Weekday>,
    /// Opening hours.
    pub hours: HoursSpec,
    /// Dates that break the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<ExceptionSpec>,
}

/// Opening hours by kind of day. What is left out is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoursSpec {
    /// Mondays.
    pub mon: DayHours,
    /// Tuesdays.
    pub tue: DayHours,
    /// Wednesdays.
    pub wed: DayHours,
    /// Thursdays.
    pub thu: DayHours,
    /// Fridays.
    pub fri: DayHours,
    /// Saturdays.
    pub sat: DayHours,
    /// Sundays.
    pub sun: DayHours,
    /// Make-up working days (调休); required when the calendar has holidays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make_up: Option<DayHours>,
    /// Days off.
    pub holiday: DayHours,
}

impl HoursSpec {
    /// Returns the same hours on every kind of day.
    #[must_use]
    pub fn every_day(hours: &DayHours) -> Self {
        let [mon, tue, wed, thu, fri, sat, sun] = std::array::from_fn(|_| hours.clone());
        Self { mon, tue, wed, thu, fri, sat, sun, make_up: Some(hours.clone()), holiday: hours.clone() }
    }
}

/// Dates on which a calendar does not follow its rule; they outrank holidays and weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionSpec {
    /// Why, such as the name of the event.
    pub name: String,
    pub(crate) dates: Dates,
    /// Opening hours on each of the dates; none = closed.
    #[serde(default)]
    pub hours: DayHours,
    /// Whether each of the dates is a working day. Default: when it has hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<bool>,
}

impl ExceptionSpec {
    /// Returns an exception on `dates`, one date or `"<first> to <last>"`.
    ///
    /// # Errors
    /// [`Error::InvalidDates`] when the text is neither.
    pub fn new(name: impl Into<String>, dates: &str, hours: DayHours) -> Result<Self, Error> {
        Ok(Self { name: name.into(), dates: dates.parse()?, hours, working: None })
    }
}

fn monday_to_friday() -> Vec<Weekday> {
    vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri]
}
