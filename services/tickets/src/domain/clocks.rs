//! The clocks of a ticket: set, run out, stopped (T10).

use chrono::{DateTime, Utc};
use hotline_calendar::Calendar;

use crate::domain::clock::{Alarm, Clock, Which};
use crate::domain::draft::{Draft, Stopped, What};
use crate::domain::lifecycle::is_open;
use crate::domain::target::{Target, Times};
use crate::domain::ticket::Ticket;
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
                Alarm::Warn(which) => self.warn_if_there(which, due),
                Alarm::Breach(which) => self.breach(which, due),
            }
        }
        Ok(())
    }

    /// Sets the clocks that still count by the policy that applies now; one that runs keeps its start and its pauses. With
    /// `new_round` the resolution clock starts now: each reopening is a promise of its own, while the first response is
    /// given once, and the total counts from registration.
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
        let policy = self.rules.policy(&self.ticket, self.at).cloned().unwrap_or_default();
        let before = self.ticket.clone();
        if new_round.is_some() {
            self.ticket.resolution_clock = None;
            self.ticket.answer_clock = None;
            if let Some(total) = &mut self.ticket.course.total {
                total.met = None;
            }
        }
        let (created_at, start) = (self.ticket.created_at, new_round.unwrap_or(self.round_started_at()));
        if self.ticket.responded_at.is_none() {
            self.set_clock(Which::Response, policy.response.as_ref(), created_at)?;
        }
        self.set_clock(Which::Resolution, policy.resolution.as_ref(), start)?;
        self.set_clock(Which::Total, policy.total_resolution.as_ref(), created_at)?;
        self.ticket.course.update_goal = policy.update;
        self.set_update_clock()?;
        self.ticket.policy = policy.key;
        let details = self.changed_promises(&before);
        if !details.is_empty() {
            self.log(Kind::SlaSet, "", details.with("policy", self.ticket.policy.clone()));
        }
        self.catch_up()
    }

    /// Returns when the round began that lasts, so that a promise attached late counts from there.
    fn round_started_at(&self) -> DateTime<Utc> {
        let round = self.ticket.course.rounds.last();
        round.map_or(self.ticket.created_at, |round| round.from)
    }

    /// Computes the due times anew with the pauses there are, where work goes on after waiting.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn recompute(&mut self) -> Result<(), Error> {
        for which in Which::ALL {
            let pauses = self.ticket.pauses(which, self.at);
            let Some(clock) = self.ticket.clock(which).filter(|clock| clock.met.is_none()) else { continue };
            let times = clock.times(&self.rules.calendars, &pauses, self.rules.warn_percent)?;
            let warn_at =
                if clock.warned { clock.warn_at } else { self.warn_at(clock.started_at, times).max(self.at) };
            if let Some(clock) = self.ticket.clock_mut(which) {
                (clock.warn_at, clock.due_at) = (warn_at, times.due);
            }
        }
        Ok(())
    }

    /// Computes anew when the clocks warn, where another team has the ticket: nobody is warned at night of one that
    /// works by day, and who is there is warned at once of what was to wait until the others come.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn warn_the_team(&mut self) -> Result<(), Error> {
        if is_open(self.ticket.state) && self.ticket.waiting_for().is_empty() {
            self.recompute()?;
            self.catch_up()
        } else {
            Ok(())
        }
    }

    /// Returns when whoever has the ticket is warned of a clock.
    fn warn_at(&self, started_at: DateTime<Utc>, times: Times) -> DateTime<Utc> {
        self.rules.warn_at(&self.ticket.team_key, times, started_at.max(self.at))
    }

    /// Stops a clock now: met where it is stopped before its due time and never ran out.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn stop(&mut self, which: Which) -> Result<(), Error> {
        let (at, pauses) = (self.at, self.ticket.pauses(which, self.at));
        let stands_still = self.ticket.stands_still(which);
        let clock = self.ticket.clock_mut(which).as_mut().filter(|clock| clock.met.is_none());
        let Some(clock) = clock else { return Ok(()) };
        if stands_still {
            clock.due_at = clock.due(&self.rules.calendars, &pauses)?;
        }
        let met = at < clock.due_at && !clock.breached;
        clock.met = Some(met);
        let clock = clock.clone();
        let (started_at, due_at) = (clock.started_at, clock.due_at);
        let unextended = clock.unextended_due(&self.rules.calendars, &pauses)?;
        let working_seconds = self.working_seconds(which, started_at)?;
        let kind = if met { Kind::SlaMet } else { Kind::SlaMissed };
        let met_by_extension = met && at >= unextended;
        let details = self
            .of_clock(which)
            .time(which.due_name(), Some(due_at))
            .with("metByExtension", if met_by_extension { "true" } else { "" });
        self.log(kind, "", details);
        self.tell(What::Fulfilled(Stopped {
            which,
            instance: self.ticket.instance(which),
            met,
            met_by_extension,
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
            Some(clock) => clock.target.calendar(&self.rules.calendars)?,
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
                details = details.time(which.former_due_name(), old).time(which.due_name(), new);
            }
        }
        details
    }

    /// Sets one clock by a target, or takes it away; one that runs keeps its start and what it told.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn set_clock(
        &mut self,
        which: Which,
        target: Option<&Target>,
        start: DateTime<Utc>,
    ) -> Result<(), Error> {
        let old = self.ticket.clock_mut(which).take();
        let started_at = old.as_ref().map_or(start, |old| old.started_at);
        let Some(target) = target else {
            // A promise that was broken stays so where nothing is promised any more, and is not broken twice.
            *self.ticket.clock_mut(which) = old.filter(|old| old.breached);
            return Ok(());
        };
        let pauses = self.ticket.pauses_by(which, Some(target), self.at);
        let extensions = old.as_ref().map(|old| old.extensions.clone()).unwrap_or_default();
        let (calendars, warn_percent) = (&self.rules.calendars, self.rules.warn_percent);
        let times = target.times(calendars, started_at, &pauses, extensions.last(), warn_percent)?;
        let warned = old.as_ref().filter(|old| old.warned);
        let clock = Clock {
            target: target.clone(),
            started_at,
            extensions,
            warn_at: warned.map_or_else(|| self.warn_at(started_at, times), |old| old.warn_at),
            due_at: times.due,
            warned: warned.is_some(),
            breached: old.as_ref().is_some_and(|old| old.breached),
            met: None,
        };
        *self.ticket.clock_mut(which) = Some(clock);
        Ok(())
    }

    /// Begins the details of an entry about a clock.
    pub(crate) fn of_clock(&self, which: Which) -> Details {
        Details::default()
            .with("clock", which.name())
            .with("instance", self.ticket.instance(which).to_string())
    }

    fn resume_by_itself(&mut self, due: DateTime<Utc>) -> Result<(), Error> {
        let (now, who) = (self.at, self.who.clone());
        (self.at, self.who.subject) = (due, ITSELF.to_owned());
        let resumed = self.resume("");
        (self.at, self.who) = (now, who);
        resumed
    }

    /// Warns, or puts the warning off where the team has come to be away at that time.
    fn warn_if_there(&mut self, which: Which, at: DateTime<Utc>) {
        let Some(clock) = self.ticket.clock(which) else { return };
        let times = Times { warn: at, due: clock.due_at };
        let there = self.rules.warn_at(&self.ticket.team_key, times, at);
        if there <= at {
            return self.warn(which, at);
        }
        if let Some(clock) = self.ticket.clock_mut(which) {
            clock.warn_at = there;
        }
    }

    fn warn(&mut self, which: Which, at: DateTime<Utc>) {
        let Some(clock) = self.ticket.clock_mut(which) else { return };
        clock.warned = true;
        let due = clock.due_at;
        let details = self.of_clock(which).time(which.due_name(), Some(due));
        self.log_at(Kind::SlaWarned, at, ITSELF.to_owned(), "", details);
        self.tell_at(at, What::Warned(which, due));
    }

    fn breach(&mut self, which: Which, due: DateTime<Utc>) {
        let Some(clock) = self.ticket.clock_mut(which) else { return };
        clock.breached = true;
        let details = self.of_clock(which).time(which.due_name(), Some(due));
        self.log_at(Kind::SlaBreached, due, ITSELF.to_owned(), "", details);
        self.tell_at(due, What::Breached(which, due));
    }
}

fn earliest(ticket: &Ticket) -> Option<(Alarm, DateTime<Utc>)> {
    let due = Alarm::ALL.into_iter().filter_map(|alarm| Some((alarm, ticket.due(alarm)?)));
    due.min_by_key(|(_, due)| *due)
}
