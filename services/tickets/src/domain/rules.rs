//! What the rules stand on: zone, calendars, policies, by which hours teams work.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Almanac, Calendar, Calendars};
use hotline_phones::NumberPlan;

use crate::config::{self, Answers, Config};
use crate::domain::clock::Which;
use crate::domain::policy::{self, Policy};
use crate::domain::policy_book::PolicyBook;
use crate::domain::rule_version::{self, RuleVersion};
use crate::domain::target::Times;
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// A team that was closed for so long before a warning is not warned before it closed.
const LOOK_BACK: TimeDelta = TimeDelta::days(7);

/// How long before a team goes home it is warned of what falls due while it is away.
const BEFORE_CLOSING: TimeDelta = TimeDelta::minutes(1);

/// Zone, calendars and policies of an installation, as they are known at one time.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The zone of registration dates and of times that are read out.
    pub(crate) zone: Tz,
    /// The calendars.
    pub(crate) calendars: Calendars,
    /// What they are made from.
    pub(crate) almanac: Almanac,
    /// Every version of a rule that was made at run time, the later last.
    pub(crate) versions: Vec<RuleVersion>,
    /// Share of a clock's working time after which it warns, in percent.
    pub(crate) warn_percent: u8,
    /// How many days after it was closed agents may open a ticket again.
    pub(crate) reopen_days: u16,
    /// For how many days a complaint counts as one about the same matter.
    pub(crate) same_matter_days: u16,
    /// In which calendars promised answers count.
    pub(crate) answers: Answers,
    /// Every version of every policy.
    pub(crate) policies: PolicyBook,
    /// Grows with every change of a rule.
    pub(crate) revision: i64,
    /// How telephone numbers of forms are read.
    pub(crate) numbers: Arc<NumberPlan>,
    teams: BTreeMap<String, Arc<Calendar>>,
    calendar: String,
}

/// The rules as shipped or configured, over which those lie that were made at run time.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    config: Config,
    almanac: Almanac,
    numbers: Arc<NumberPlan>,
}

impl Base {
    /// Checks the settings. The first time, it unpacks what is known of the world's telephone numbers.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub(crate) fn new(config: Config, almanac: Almanac) -> Result<Self, Error> {
        let numbers = NumberPlan::new(&config.numbers.region, &config.numbers.area_code)
            .map_err(|error| Error::Settings(error.to_string()))?;
        let base = Self { config, almanac, numbers: Arc::new(numbers) };
        let calendars = base.almanac.build().map_err(|error| Error::Settings(error.to_string()))?;
        for key in base.calendars_needed() {
            calendars.get(key).map_err(|error| Error::Settings(error.to_string()))?;
        }
        if !(1..=99).contains(&base.config.warn_percent) {
            return Err(Error::Settings("warn_percent is a number from 1 to 99".to_owned()));
        }
        base.config.outages.check()?;
        base.rules(0, Vec::new())?;
        Ok(base)
    }

    /// Returns the settings of outages.
    pub(crate) fn outages(&self) -> &config::Outages {
        &self.config.outages
    }

    /// Returns the calendars that the settings name.
    pub(crate) fn calendars_needed(&self) -> [&str; 3] {
        let answers = &self.config.answers;
        [&self.config.calendar, &answers.minutes_calendar, &answers.days_calendar]
    }

    /// Returns what the calendars are made from as shipped or configured.
    pub(crate) fn almanac(&self) -> &Almanac {
        &self.almanac
    }

    /// Returns the rules with versions made at run time, the later last.
    ///
    /// # Errors
    /// [`Error::Calendar`] or [`Error::Settings`] for versions that make no sense together.
    pub(crate) fn rules(&self, revision: i64, versions: Vec<RuleVersion>) -> Result<Rules, Error> {
        let Config {
            time_zone,
            calendar,
            warn_percent,
            reopen_days,
            same_matter_days,
            answers,
            policies,
            ..
        } = self.config.clone();
        let zone =
            time_zone.parse().map_err(|_| Error::Settings(format!("`{time_zone}` is no time zone")))?;
        let almanac = rule_version::laid_over(&self.almanac, &versions)?;
        let shipped = policy::policies(policies, &self.almanac.build()?)?;
        let mut policies = PolicyBook::of(shipped);
        for version in &versions {
            policies.extend(version.policy()?);
        }
        Ok(Rules {
            zone,
            warn_percent,
            reopen_days,
            same_matter_days,
            answers,
            calendars: almanac.build()?,
            almanac,
            policies,
            versions,
            revision,
            numbers: self.numbers.clone(),
            teams: BTreeMap::new(),
            calendar,
        })
    }
}

impl Rules {
    /// Returns the rules as shipped or configured.
    ///
    /// # Errors
    /// [`Error::Settings`].
    #[cfg(test)]
    pub(crate) fn new(config: Config, almanac: Almanac) -> Result<Self, Error> {
        Base::new(config, almanac)?.rules(0, Vec::new())
    }

    /// Returns the rules with calendars made from something else.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn with_almanac(&self, almanac: Almanac) -> Result<Self, Error> {
        let teams = self.teams.iter().map(|(team, calendar)| (team.clone(), calendar.key().to_owned()));
        let mut rules = Self { calendars: almanac.build()?, almanac, ..self.clone() };
        rules.set_teams(teams);
        Ok(rules)
    }

    /// Returns the policy for a ticket at an instant: the one its category names, else the first in force that covers it.
    pub(crate) fn policy(&self, ticket: &Ticket, at: DateTime<Utc>) -> Option<&Policy> {
        self.policies.policy(&ticket.category_policy, &ticket.traits(), at)
    }

    /// Takes over by which calendars teams work; a calendar that is not known leaves its team without one.
    pub(crate) fn set_teams(&mut self, calendars_of: impl IntoIterator<Item = (String, String)>) {
        let known = |(team, key): (String, String)| Some((team, self.calendars.get(&key).ok()?.clone()));
        self.teams = calendars_of.into_iter().filter_map(known).collect();
    }

    /// Returns the teams that work by a calendar, by key.
    pub(crate) fn teams_by(&self, calendar: &str) -> impl Iterator<Item = &str> {
        self.teams
            .iter()
            .filter(move |(_, works_by)| works_by.key() == calendar)
            .map(|(team, _)| team.as_str())
    }

    /// Takes over by which calendar one team works; by none where that is not known.
    pub(crate) fn set_team(&mut self, team_key: &str, calendar: &str) {
        match self.calendars.get(calendar) {
            Ok(calendar) => self.teams.insert(team_key.to_owned(), calendar.clone()),
            Err(_) => self.teams.remove(team_key),
        };
    }

    /// Returns when a team is warned: when the share is used up if it is there then, else when it comes back before the
    /// time is due, else before it goes home; `since` is the earliest. Nobody is warned at night of a team that works by
    /// day (T10). Where the team's calendar can't tell, it is warned as if it were always there.
    pub(crate) fn warn_at(&self, team_key: &str, times: Times, since: DateTime<Utc>) -> DateTime<Utc> {
        let Some(calendar) = self.teams.get(team_key) else { return times.warn };
        let Ok(back) = calendar.next_open(times.warn) else { return times.warn };
        if back < times.due {
            return back;
        }
        let since = since.max(times.warn - LOOK_BACK);
        let open = if since < times.warn { calendar.explain(since, times.warn, &[]) } else { Ok(Vec::new()) };
        let last = open.unwrap_or_default().into_iter().rev().find(|line| line.reason.counts());
        last.map_or(back, |line| (line.to - BEFORE_CLOSING).max(line.from))
    }

    /// Returns the calendar in which the time of a ticket is told: that of its solution's clock, else the usual one.
    ///
    /// # Errors
    /// [`Error::Calendar`] for one that is there no more.
    pub(crate) fn calendar_of(&self, ticket: &Ticket) -> Result<&Calendar, Error> {
        match ticket.clock(Which::Resolution) {
            Some(clock) => Ok(clock.target.calendar(&self.calendars)?),
            None => self.working_calendar(),
        }
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
