//! What the rules stand on: zone, calendars, policies.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Calendars};

use crate::config::{Answers, Config};
use crate::domain::policy::{self, Policy};
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// Zone, calendars and policies of an installation.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The zone of registration dates and of times that are read out.
    pub(crate) zone: Tz,
    /// The calendars.
    pub(crate) calendars: Calendars,
    /// Share of a clock's working time after which it warns, in percent.
    pub(crate) warn_percent: u8,
    /// In which calendars promised answers count.
    pub(crate) answers: Answers,
    policies: Vec<Policy>,
    calendar: String,
}

impl Rules {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub(crate) fn new(config: Config, calendars: Calendars) -> Result<Self, Error> {
        let settings = |error: &dyn std::fmt::Display| Error::Settings(error.to_string());
        let zone = config
            .time_zone
            .parse()
            .map_err(|_| settings(&format!("`{}` is no time zone", config.time_zone)))?;
        calendars.get(&config.calendar).map_err(|error| settings(&error))?;
        for key in [&config.answers.minutes_calendar, &config.answers.days_calendar] {
            calendars.get(key).map_err(|error| settings(&error))?;
        }
        if !(1..=99).contains(&config.warn_percent) {
            return Err(settings(&"warn_percent is a number from 1 to 99"));
        }
        Ok(Self {
            zone,
            policies: policy::policies(config.policies, &calendars)?,
            calendars,
            answers: config.answers,
            warn_percent: config.warn_percent,
            calendar: config.calendar,
        })
    }

    /// Returns the policy for a ticket: the one its category names, else the first that covers it.
    pub(crate) fn policy(&self, ticket: &Ticket) -> Option<&Policy> {
        let by_category = self.policies.iter().find(|policy| policy.key == ticket.category_policy);
        by_category.or_else(|| {
            let covers = |policy: &&Policy| policy.covers(ticket.kind, ticket.priority, ticket.channel);
            self.policies.iter().find(covers)
        })
    }

    /// Returns the calendar in which working time is told where no promise names one.
    ///
    /// # Errors
    /// Never, once the settings have been checked.
    pub(crate) fn working_calendar(&self) -> Result<&Calendar, Error> {
        Ok(self.calendars.get(&self.calendar)?)
    }

    /// Returns the date that the installation's clock on the wall shows.
    pub(crate) fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}
