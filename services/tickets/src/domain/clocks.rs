//! The clocks of a ticket: set, run out, stopped (T10).

use chrono::{DateTime, Utc};
use hotline_calendar::Calendar;

use crate::domain::draft::{Draft, Stopped, What};
use crate::domain::lifecycle::is_open;
use crate::domain::policy::Target;
use crate::domain::ticket::{Alarm, Clock, Ticket, Which};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// Who writes down what happens by itself.
const ITSELF: &str = "service:tickets";

impl Draft<'_> {
    /// Makes everything happen that was due until now, in the order it was due. Every command begins with it, so that a
    /// late sweep can't change what a command finds.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn catch_up(&mut self) -> Result<(), Error> {
        while let Some((alarm, due)) = earliest(&self.ticket).filter(|(_, due)| *due <= self.at) {
            match alarm {
                Alarm::Resume => self.resume_by_itself(due)?,
                Alarm::Warn(which) => self.warn(which, due),
                Alarm::Breach(which) => self.breach(which, due),
            }
        }
        Ok(())
    }

    /// Sets the clocks that still count by the policy that applies now; one that runs keeps its start and its pauses. With `new_round` the resolution clock starts now: each reopening is a promise of its own,
    /// while the first response is given once.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn promise(&mut self, new_round: bool) -> Result<(), Error> {
        self.promise_since(new_round.then_some(self.at))
    }

    /// As [`Self::promise`], with a new round that started at the time given, if any.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn promise_since(&mut self, new_round: Option<DateTime<Utc>>) -> Result<(), Error> {
        if !is_open(self.ticket.state) {
            return Ok(());
        }
        let policy = self.rules.policy(&self.ticket).cloned();
        let before = self.ticket.clone();
        if new_round.is_some() {
            self.ticket.resolution_clock = None;
            self.ticket.answer_clock = None;
        }
        let start = new_round.unwrap_or(self.ticket.created_at);
        let (response, resolution) = policy
            .as_ref()
            .map_or((None, None), |policy| (policy.response.as_ref(), policy.resolution.as_ref()));
        if self.ticket.responded_at.is_none() {
            self.set_clock(Which::Response, response, self.ticket.created_at)?;
        }
        self.set_clock(Which::Resolution, resolution, start)?;
        self.ticket.policy = policy.map(|policy| policy.key).unwrap_or_default();
        let details = self.changed_promises(&before);
        if !details.is_empty() {
            self.log(Kind::SlaSet, "", details.with("policy", self.ticket.policy.clone()));
        }
        self.catch_up()
    }

    /// Computes the due times anew with the pauses there are, where work goes on after waiting.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn recompute(&mut self) -> Result<(), Error> {
        let rules = self.rules;
        for which in Which::ALL {
            let pauses = self.ticket.pauses(which, self.at);
            let clock = self.ticket.clock_mut(which).as_mut().filter(|clock| clock.met.is_none());
            if let Some(clock) = clock {
                let times = clock.times(&rules.calendars, &pauses, rules.warn_percent)?;
                (clock.warn_at, clock.due_at) = (times.warn, times.due);
            }
        }
        Ok(())
    }

    /// Stops a clock now: met where it is stopped before its due time and never ran out.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn stop(&mut self, which: Which) -> Result<(), Error> {
        let (at, pauses) = (self.at, self.ticket.pauses(which, self.at));
        let clock = self.ticket.clock_mut(which).as_mut().filter(|clock| clock.met.is_none());
        let Some(clock) = clock else { return Ok(()) };
        let met = at < clock.due_at && !clock.breached;
        clock.met = Some(met);
        let (started_at, due_at) = (clock.started_at, clock.due_at);
        let unextended = clock.unextended_due(&self.rules.calendars, &pauses)?;
        let working_seconds = self.working_seconds(which, started_at)?;
        let kind = if met { Kind::SlaMet } else { Kind::SlaMissed };
        let details = Details::default().with("clock", which.name()).time(which.due_name(), Some(due_at));
        self.log(kind, "", details);
        self.tell(What::Fulfilled(Stopped {
            which,
            met,
            met_by_extension: met && at >= unextended,
            due_at,
            elapsed_seconds: (at - started_at).num_seconds(),
            working_seconds,
        }));
        Ok(())
    }

    /// Returns the working time since `from` without pauses, in the calendar of the clock's target.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn working_seconds(&self, which: Which, from: DateTime<Utc>) -> Result<i64, Error> {
        let calendar: &Calendar = match self.ticket.clock(which) {
            Some(clock) => self.rules.calendars.get(clock.target.calendar())?,
            None => self.rules.working_calendar()?,
        };
        Ok(calendar.elapsed(from, self.at, &self.ticket.pauses(which, self.at))?.num_seconds())
    }

    /// Returns the due times that differ from `before`.
    pub(crate) fn changed_promises(&self, before: &Ticket) -> Details {
        let mut details = Details::default();
        for which in Which::ALL {
            let due = |ticket: &Ticket| ticket.clock(which).map(|clock| clock.due_at);
            let (old, new) = (due(before), due(&self.ticket));
            if old != new {
                let from = match which {
                    Which::Response => "fromResponseDueAt",
                    Which::Resolution => "fromResolutionDueAt",
                    Which::Answer => "fromAnswerDueAt",
                };
                details = details.time(from, old).time(which.due_name(), new);
            }
        }
        details
    }

    fn set_clock(
        &mut self,
        which: Which,
        target: Option<&Target>,
        start: DateTime<Utc>,
    ) -> Result<(), Error> {
        let pauses = self.ticket.pauses(which, self.at);
        let old = self.ticket.clock_mut(which).take();
        let started_at = old.as_ref().map_or(start, |old| old.started_at);
        let Some(target) = target else { return Ok(()) };
        let extensions = old.as_ref().map(|old| old.extensions.clone()).unwrap_or_default();
        let (calendars, warn_percent) = (&self.rules.calendars, self.rules.warn_percent);
        let times = target.times(calendars, started_at, &pauses, extensions.last(), warn_percent)?;
        *self.ticket.clock_mut(which) = Some(Clock {
            target: target.clone(),
            started_at,
            extensions,
            warn_at: times.warn,
            due_at: times.due,
            warned: old.as_ref().is_some_and(|old| old.warned),
            breached: old.as_ref().is_some_and(|old| old.breached),
            met: None,
        });
        Ok(())
    }

    fn resume_by_itself(&mut self, due: DateTime<Utc>) -> Result<(), Error> {
        let (now, who) = (self.at, self.who.clone());
        (self.at, self.who.subject) = (due, ITSELF.to_owned());
        let resumed = self.resume("");
        (self.at, self.who) = (now, who);
        resumed
    }

    fn warn(&mut self, which: Which, at: DateTime<Utc>) {
        let Some(clock) = self.ticket.clock_mut(which) else { return };
        clock.warned = true;
        let due = clock.due_at;
        let details = Details::default().with("clock", which.name()).time(which.due_name(), Some(due));
        self.log_at(Kind::SlaWarned, at, ITSELF.to_owned(), "", details);
        self.tell_at(at, What::Warned(which, due));
    }

    fn breach(&mut self, which: Which, due: DateTime<Utc>) {
        let Some(clock) = self.ticket.clock_mut(which) else { return };
        clock.breached = true;
        let details = Details::default().with("clock", which.name()).time(which.due_name(), Some(due));
        self.log_at(Kind::SlaBreached, due, ITSELF.to_owned(), "", details);
        self.tell_at(due, What::Breached(which, due));
    }
}

fn earliest(ticket: &Ticket) -> Option<(Alarm, DateTime<Utc>)> {
    let due = Alarm::ALL.into_iter().filter_map(|alarm| Some((alarm, ticket.due(alarm)?)));
    due.min_by_key(|(_, due)| *due)
}
