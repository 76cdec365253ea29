//! How long something may take, and when it is due (T8–T10).

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Calendars, EndOf, Span};
use serde::{Deserialize, Serialize};

use crate::domain::extension::Extension;

/// The time of plain hours: it never closes.
static WALL: LazyLock<Arc<Calendar>> = LazyLock::new(|| Arc::new(Calendar::always_open(Tz::UTC)));

/// How long something may take, in the time of a named calendar or by the clock on the wall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Target {
    /// How long.
    pub amount: Amount,
    /// Key of the calendar; empty for hours.
    pub calendar: String,
    /// For whom or what waiting makes the clock stand still: `CUSTOMER`, `THIRD_PARTY`, `APPROVAL`; none is as usual for
    /// what the clock measures, an empty set is never.
    pub pauses: Option<BTreeSet<String>>,
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Open minutes of the calendar, at least 1.
    Minutes(u32),
    /// Hours by the clock on the wall, at least 1.
    Hours(u32),
    /// Working days of the calendar, 1 = the next one.
    WorkingDays(u32, EndOf),
}

/// A target as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_days: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    same_time: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    calendar: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pauses: Option<BTreeSet<String>>,
}

impl TryFrom<Written> for Target {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { minutes, hours, working_days, same_time, calendar, pauses } = written;
        let end_of = if same_time { EndOf::SameTime } else { EndOf::Day };
        let amount = match (minutes, hours, working_days) {
            (Some(minutes), None, None) if !same_time && !calendar.is_empty() => Amount::Minutes(minutes),
            (None, Some(hours), None) if !same_time && calendar.is_empty() => Amount::Hours(hours),
            (None, None, Some(days)) if !calendar.is_empty() => Amount::WorkingDays(days, end_of),
            _ => {
                return Err(
                    "a target is { minutes = <number>, calendar = <key> }, { hours = <number> } or { working_days = \
                     <number>, calendar = <key> }, the last with same_time = true where it is not to end when the \
                     calendar closes",
                );
            }
        };
        Ok(Self { amount, calendar, pauses })
    }
}

impl From<Target> for Written {
    fn from(target: Target) -> Self {
        let Target { amount, calendar, pauses } = target;
        let (minutes, hours, working_days, same_time) = match amount {
            Amount::Minutes(minutes) => (Some(minutes), None, None, false),
            Amount::Hours(hours) => (None, Some(hours), None, false),
            Amount::WorkingDays(days, end_of) => (None, None, Some(days), end_of == EndOf::SameTime),
        };
        Self { minutes, hours, working_days, same_time, calendar, pauses }
    }
}

/// When a target warns and when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// The warning's share of the working time is used up; never after `due`.
    pub(crate) warn: DateTime<Utc>,
    /// All of it is used up.
    pub(crate) due: DateTime<Utc>,
}

impl Target {
    /// Returns a target in open minutes of a calendar, with the usual pauses.
    pub(crate) fn minutes(minutes: u32, calendar: &str) -> Self {
        Self { amount: Amount::Minutes(minutes), calendar: calendar.to_owned(), pauses: None }
    }

    /// Returns a target in working days of a calendar that ends when that closes, with the usual pauses.
    pub(crate) fn working_days(days: u32, calendar: &str) -> Self {
        let amount = Amount::WorkingDays(days, EndOf::Day);
        Self { amount, calendar: calendar.to_owned(), pauses: None }
    }

    /// Returns the calendar in which it counts.
    ///
    /// # Errors
    /// [`hotline_calendar::Error::UnknownCalendar`].
    pub(crate) fn calendar<'a>(
        &self,
        calendars: &'a Calendars,
    ) -> Result<&'a Arc<Calendar>, hotline_calendar::Error> {
        match self.amount {
            Amount::Hours(_) => Ok(&WALL),
            Amount::Minutes(_) | Amount::WorkingDays(..) => calendars.get(&self.calendar),
        }
    }

    /// Returns when a clock that started at `start` warns and is due, pauses left out.
    ///
    /// The warning comes when `warn_percent` of the working time that lies between the start and the due time without
    /// any pause has been worked; where pauses eat up the rest of a target in days, or it had no working time at all,
    /// it comes with the due time. A pause more never makes either earlier.
    ///
    /// # Errors
    /// What the calendar can't tell, such as a year whose holidays are not known.
    pub(crate) fn times(
        &self,
        calendars: &Calendars,
        start: DateTime<Utc>,
        pauses: &[Span],
        extension: Option<&Extension>,
        warn_percent: u8,
    ) -> Result<Times, hotline_calendar::Error> {
        let calendar = self.calendar(calendars)?;
        let due = self.due(calendars, start, pauses, extension)?;
        let unpaused = if pauses.is_empty() { due } else { self.due(calendars, start, &[], extension)? };
        let budget = calendar.elapsed(start, unpaused, &[])?;
        let share = budget * i32::from(warn_percent) / 100;
        let warn = if share.is_zero() || calendar.elapsed(start, due, pauses)? <= share {
            due
        } else {
            calendar.add_working(start, share, pauses)?
        };
        Ok(Times { warn, due })
    }

    /// Returns when a clock that started at `start` is due, pauses left out; an extension makes that never earlier.
    ///
    /// # Errors
    /// As for [`Self::times`].
    pub(crate) fn due(
        &self,
        calendars: &Calendars,
        start: DateTime<Utc>,
        pauses: &[Span],
        extension: Option<&Extension>,
    ) -> Result<DateTime<Utc>, hotline_calendar::Error> {
        let calendar = self.calendar(calendars)?;
        let due = match self.amount {
            Amount::Minutes(minutes) => {
                calendar.add_working(start, TimeDelta::minutes(minutes.into()), pauses)?
            }
            Amount::Hours(hours) => calendar.add_working(start, TimeDelta::hours(hours.into()), pauses)?,
            Amount::WorkingDays(days, end_of) => working_days_after(calendar, start, days, end_of, pauses)?,
        };
        extension.map_or(Ok(due), |extension| Ok(due.max(extension.due(calendar, pauses)?)))
    }
}

/// Counts working days to the first at whose end work does not stand still: nobody can keep a promise while waiting for
/// the one it was made to.
fn working_days_after(
    calendar: &Calendar,
    start: DateTime<Utc>,
    mut days: u32,
    end_of: EndOf,
    pauses: &[Span],
) -> Result<DateTime<Utc>, hotline_calendar::Error> {
    loop {
        let due = calendar.add_working_days(start, days, end_of, pauses)?;
        if !pauses.iter().any(|pause| pause.from < due && due <= pause.to) {
            return Ok(due);
        }
        days += 1;
    }
}

#[cfg(test)]
mod tests;
