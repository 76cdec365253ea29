//! Promises of time: which targets apply to a ticket, and when they are due (T9, T10).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::{Calendar, Calendars, EndOf, Span};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use serde::{Deserialize, Serialize};

use crate::domain::extension::Extension;
use crate::error::Error;

/// The shipped policies.
const SHIPPED: &str = include_str!("../../data/sla.toml");

/// Targets of first response and resolution, and the tickets they are for. `data/sla.toml` explains each key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name that tickets and categories show.
    pub key: String,
    /// Ticket types it is for, such as `FAULT`; none = any.
    #[serde(default)]
    pub types: Vec<String>,
    /// Priorities it is for, such as `HIGH`; none = any.
    #[serde(default)]
    pub priorities: Vec<String>,
    /// Channels it is for, such as `PHONE`; none = any.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Until the first response; none = no promise.
    #[serde(default)]
    pub response: Option<Target>,
    /// Until the solution; none = no promise.
    #[serde(default)]
    pub resolution: Option<Target>,
}

/// How long something may take, in the time of a named calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a target is { minutes = <number>, calendar = <key> } or { working_days = <number>, calendar = <key> }"
)]
pub enum Target {
    /// Open minutes of the calendar.
    Minutes {
        /// How many, at least 1.
        minutes: u32,
        /// Key of the calendar.
        calendar: String,
    },
    /// Working days of the calendar: due when it closes on that day, 1 = the next working day.
    WorkingDays {
        /// How many.
        working_days: u32,
        /// Key of the calendar.
        calendar: String,
    },
}

/// When a target warns and when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// The warning's share of the working time is used up; never after `due`.
    pub(crate) warn: DateTime<Utc>,
    /// All of it is used up.
    pub(crate) due: DateTime<Utc>,
}

impl Policy {
    /// Tells whether the policy is for such a ticket.
    pub(crate) fn covers(&self, kind: TicketType, priority: Priority, channel: Channel) -> bool {
        let named = |names: &[String], prefix: &str, value: &'static str| {
            names.is_empty() || names.iter().any(|name| value.strip_prefix(prefix) == Some(name))
        };
        named(&self.types, "TICKET_TYPE_", kind.as_str_name())
            && named(&self.priorities, "PRIORITY_", priority.as_str_name())
            && named(&self.channels, "CHANNEL_", channel.as_str_name())
    }

    /// Checks that every name in it means something.
    fn check(&self, calendars: &Calendars) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::Settings(format!("policy `{}` names {what}", self.key)));
        for name in &self.types {
            if TicketType::from_str_name(&format!("TICKET_TYPE_{name}")).is_none() {
                return wrong(&format!("the unknown type `{name}`"));
            }
        }
        for name in &self.priorities {
            if Priority::from_str_name(&format!("PRIORITY_{name}")).is_none() {
                return wrong(&format!("the unknown priority `{name}`"));
            }
        }
        for name in &self.channels {
            if Channel::from_str_name(&format!("CHANNEL_{name}")).is_none() {
                return wrong(&format!("the unknown channel `{name}`"));
            }
        }
        for target in [&self.response, &self.resolution].into_iter().flatten() {
            if let Err(error) = calendars.get(target.calendar()) {
                return wrong(&format!("a calendar that can't be used: {error}"));
            }
            if matches!(target, Target::Minutes { minutes: 0, .. }) {
                return wrong("a target of no minutes");
            }
        }
        Ok(())
    }
}

/// Returns the policies to use: the configured ones, or the shipped ones where none are configured.
///
/// # Errors
/// [`Error::Settings`] for one that names what does not exist.
pub(crate) fn policies(configured: Vec<Policy>, calendars: &Calendars) -> Result<Vec<Policy>, Error> {
    #[derive(Deserialize)]
    struct File {
        policy: Vec<Policy>,
    }
    let policies = if configured.is_empty() {
        toml::from_str::<File>(SHIPPED).map_err(|error| Error::Settings(error.to_string()))?.policy
    } else {
        configured
    };
    policies.iter().try_for_each(|policy| policy.check(calendars))?;
    Ok(policies)
}

impl Target {
    /// Returns the key of its calendar.
    pub(crate) fn calendar(&self) -> &str {
        match self {
            Self::Minutes { calendar, .. } | Self::WorkingDays { calendar, .. } => calendar,
        }
    }

    /// Returns when a clock that started at `start` warns and is due, pauses left out.
    ///
    /// The warning comes when `warn_percent` of the working time that lies between the start and the due time without
    /// any pause has been worked; where pauses eat up the rest of a target in days, it comes with the due time. A pause
    /// more never makes either earlier.
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
        let calendar = calendars.get(self.calendar())?;
        let due = self.due(calendars, start, pauses, extension)?;
        let budget = calendar.elapsed(start, self.due(calendars, start, &[], extension)?, &[])?;
        let share = budget * i32::from(warn_percent) / 100;
        let warn = if calendar.elapsed(start, due, pauses)? <= share {
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
        let calendar = calendars.get(self.calendar())?;
        let due = match self {
            Self::Minutes { minutes, .. } => {
                calendar.add_working(start, TimeDelta::minutes(i64::from(*minutes)), pauses)?
            }
            Self::WorkingDays { working_days, .. } => {
                let due = calendar.add_working_days(start, *working_days, EndOf::Day, pauses)?;
                after_pauses(calendar, due, pauses)?
            }
        };
        extension.map_or(Ok(due), |extension| Ok(due.max(extension.due(calendar, pauses)?)))
    }
}

/// Moves a due time at which work stood still to the end of the working day on which it went on: nobody can keep a
/// promise while waiting for the one it was made to.
fn after_pauses(
    calendar: &Calendar,
    mut due: DateTime<Utc>,
    pauses: &[Span],
) -> Result<DateTime<Utc>, hotline_calendar::Error> {
    while let Some(pause) = pauses.iter().find(|pause| pause.from < due && due <= pause.to) {
        let resumed = pause.to + TimeDelta::microseconds(1);
        due = calendar.add_working_days(resumed, 0, EndOf::Day, pauses)?;
    }
    Ok(due)
}

#[cfg(test)]
mod tests;
