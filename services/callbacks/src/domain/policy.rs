//! The policy: which tickets are called back, when, how often, and what follows from each try (V1–V4).

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Calendars;
use hotline_core::error::Error as CoreError;
use hotline_proto::callbacks::v1::{AttemptOutcome, CallbackKind, CallbackState};
use hotline_proto::common::v1::TicketType;

use super::attempt::{Attempt, Report, missed};
use super::hours::Hours;
use super::ticket::Ticket;
use crate::Error;
use crate::config::{Config, KindRule};

#[cfg(test)]
mod tests;

/// The policy of callbacks.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    hours: Hours,
    delay: TimeDelta,
    due_days: u32,
    outage_delay: TimeDelta,
    outage_due: TimeDelta,
    tries: usize,
    gap: TimeDelta,
    try_days: u32,
    kinds: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    kind: CallbackKind,
    ticket_type: Option<TicketType>,
    category: String,
    key_account: bool,
}

/// What follows from a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The customer is called again.
    Again(DateTime<Utc>),
    /// The callback ends.
    Done {
        /// How.
        state: CallbackState,
        /// Why without an answer; empty with one.
        reason: &'static str,
        /// What the ticket service is told.
        settlement: Settlement,
    },
}

/// What a ticket comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// Verified and closed.
    Satisfied,
    /// Reopened to the team that solved it.
    Unsatisfied,
    /// Closed without being verified.
    Unanswered,
}

impl Policy {
    /// Reads the policy.
    ///
    /// # Errors
    /// One sentence for a calendar, kind or type that there is none of.
    pub(crate) fn new(config: &Config, calendars: &Calendars) -> anyhow::Result<Self> {
        anyhow::ensure!(config.tries > 0, "`callbacks.tries` must be at least 1");
        Ok(Self {
            hours: Hours {
                allowed: calendars.get(&config.calendar)?.clone(),
                office: calendars.get(&config.office_calendar)?.clone(),
                noon: config.noon,
            },
            delay: TimeDelta::minutes(config.delay_minutes.into()),
            due_days: config.due_working_days,
            outage_delay: TimeDelta::minutes(config.outage_delay_minutes.into()),
            outage_due: TimeDelta::minutes(config.outage_due_minutes.into()),
            tries: config.tries as usize,
            gap: TimeDelta::minutes(config.try_gap_minutes.into()),
            try_days: config.try_working_days,
            kinds: config.kinds.iter().map(Rule::new).collect::<Result<_, _>>()?,
        })
    }

    /// Returns why the customer of a solved ticket is called back; `None` where nobody calls.
    pub(crate) fn kind(&self, ticket: &Ticket, key_account: bool) -> Option<CallbackKind> {
        self.kinds.iter().find(|rule| rule.fits(ticket, key_account)).map(|rule| rule.kind)
    }

    /// Returns when the customer of a ticket that was solved then may be called.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn opens_at(&self, resolved_at: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        self.next_allowed(resolved_at + self.delay)
    }

    /// Returns until when the customer is called, promised at `from`; never before the callback opens.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn due_at(
        &self,
        from: DateTime<Utc>,
        opens_at: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Error> {
        Ok(self.hours.end_of_working_day(from, self.due_days)?.max(opens_at))
    }

    /// Returns from when on and until when the customers of an outage that was over then are called.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn after_outage(
        &self,
        over_at: DateTime<Utc>,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), Error> {
        let opens_at = self.next_allowed(over_at + self.outage_delay)?;
        Ok((opens_at, opens_at + self.outage_due))
    }

    /// Returns the first instant from `at` on at which customers may be called.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn next_allowed(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        Ok(self.hours.allowed.next_open(at)?)
    }

    /// Says what follows from the try that `report` tells of, made after those `before`.
    ///
    /// # Errors
    /// For a report that lacks what it needs, or [`Error::Calendar`].
    pub(crate) fn judge(
        &self,
        before: &[Attempt],
        report: &Report,
        attempt: &Attempt,
    ) -> Result<Verdict, Error> {
        report.check()?;
        let done = |state, reason, settlement| Ok(Verdict::Done { state, reason, settlement });
        match report.outcome {
            AttemptOutcome::Reached if report.answer.satisfied == Some(true) => {
                done(CallbackState::Completed, "", Settlement::Satisfied)
            }
            AttemptOutcome::Reached => done(CallbackState::Completed, "", Settlement::Unsatisfied),
            // Reached, and that is all the answer there will be.
            AttemptOutcome::Refused => done(CallbackState::Completed, "REFUSED", Settlement::Unanswered),
            // Another try would ring at the same stranger's.
            AttemptOutcome::WrongNumber => {
                done(CallbackState::Unreachable, "WRONG_NUMBER", Settlement::Unanswered)
            }
            AttemptOutcome::Postponed => Ok(Verdict::Again(self.postponed(report.next_at, attempt.at)?)),
            AttemptOutcome::NoAnswer | AttemptOutcome::Busy | AttemptOutcome::Unspecified => {
                let tries = [before, std::slice::from_ref(attempt)].concat();
                match self.next_try(&missed(&tries))? {
                    Some(at) => Ok(Verdict::Again(at)),
                    None => done(CallbackState::Unreachable, "UNREACHABLE", Settlement::Unanswered),
                }
            }
        }
    }

    /// Returns when a customer who was missed at these times is tried again; `None` after the last try.
    fn next_try(&self, missed: &[DateTime<Utc>]) -> Result<Option<DateTime<Utc>>, Error> {
        let (Some(first), Some(last)) = (missed.first(), missed.last()) else {
            return Ok(None);
        };
        if missed.len() >= self.tries {
            return Ok(None);
        }
        let tried: Vec<_> = missed.iter().map(|at| self.hours.half_day(*at)).collect();
        let mut at = self.next_allowed(*last + self.gap)?;
        while tried.contains(&self.hours.half_day(at)) {
            at = self.next_allowed(self.hours.next_half_day(at))?;
        }
        let touched = self.hours.working_days_touched(*first, at)?;
        Ok((touched <= self.try_days).then_some(at))
    }

    /// Returns when a customer who asked for another time is called: then, or as soon after as is allowed.
    fn postponed(&self, wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        let refuse = |en, zh| Err(CoreError::Field { field: "nextAt", en, zh }.into());
        let Some(wanted) = wanted.filter(|wanted| *wanted > now) else {
            return refuse("must lie ahead", "必须晚于当前时间");
        };
        let at = self.next_allowed(wanted)?;
        if self.hours.working_days_touched(now, at)? > self.try_days {
            return refuse("is later than a callback may be put off", "超出回访可延后的工作日");
        }
        Ok(at)
    }
}

impl Rule {
    fn new(rule: &KindRule) -> anyhow::Result<Self> {
        let KindRule { kind, ticket_type, category, key_account } = rule.clone();
        let ticket_type = match ticket_type.as_str() {
            "" => None,
            name => Some(
                TicketType::from_str_name(name)
                    .with_context(|| format!("`{name}` in `callbacks.kinds` is no type of ticket"))?,
            ),
        };
        let kind = CallbackKind::from_str_name(&kind)
            .with_context(|| format!("`{kind}` in `callbacks.kinds` is no kind of callback"))?;
        Ok(Self { kind, ticket_type, category, key_account })
    }

    fn fits(&self, ticket: &Ticket, key_account: bool) -> bool {
        let rest = ticket.category_code.strip_prefix(&self.category);
        let within = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.ticket_type.is_none_or(|wanted| wanted == ticket.ticket_type)
            && (self.category.is_empty() || within)
            && (!self.key_account || key_account)
    }
}
