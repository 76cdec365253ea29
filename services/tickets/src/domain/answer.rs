//! The promised answer: by when the customer was told to hear from us (T8).

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::tickets::v1::PromiseTier;

use crate::domain::clock::{Clock, Which};
use crate::domain::draft::{Draft, Stopped, What};
use crate::domain::lifecycle::{Event, is_open};
use crate::domain::rules::Rules;
use crate::domain::target::{Amount, Target, Times};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// Working days from registration within which every answer is promised (T8).
const CAP: u32 = 3;

const TIER: &str = "PROMISE_TIER_";

impl Rules {
    /// Returns the target of a tier; `None` for none. Minutes are those the customer counts, whatever the hour; working
    /// days end when the office closes.
    pub(crate) fn answer(&self, tier: PromiseTier) -> Option<Target> {
        let minutes = |minutes| Some(Target::minutes(minutes, &self.answers.minutes_calendar));
        let days = |working_days| Some(self.answer_days(working_days));
        match tier {
            PromiseTier::Unspecified => None,
            PromiseTier::Minutes10 => minutes(10),
            PromiseTier::Minutes20 => minutes(20),
            PromiseTier::Minutes30 => minutes(30),
            PromiseTier::WorkingDays1 => days(1),
            PromiseTier::WorkingDays2 => days(2),
            PromiseTier::WorkingDays3 => days(3),
        }
    }

    fn answer_days(&self, working_days: u32) -> Target {
        Target::working_days(working_days, &self.answers.days_calendar)
    }
}

impl Draft<'_> {
    /// Promises the customer an answer by a tier, counted from now.
    ///
    /// # Errors
    /// As [`Self::set_answer`]; [`Error::State`].
    pub(crate) fn promise_answer(&mut self, tier: PromiseTier) -> Result<(), Error> {
        self.step(Event::Promise)?;
        self.set_answer(tier)?;
        self.tell(What::Promised);
        Ok(())
    }

    /// Sets the clock of the promised answer. One that was broken and is still owed is measured as broken.
    ///
    /// # Errors
    /// [`Error::Fields`] where a tier is missing, where it ends later than three working days after registration (T8), or later than an answer
    /// that is promised already; [`Error::Calendar`].
    pub(crate) fn set_answer(&mut self, tier: PromiseTier) -> Result<(), Error> {
        let rules = self.rules;
        let target = rules.answer(tier).ok_or_else(|| refused("is required", "必填"))?;
        let pauses = self.ticket.pauses_by(Which::Answer, Some(&target), self.at);
        let times = target.times(&rules.calendars, self.at, &pauses, None, rules.warn_percent)?;
        let cap = rules.answer_days(CAP).due(&rules.calendars, self.ticket.created_at, &pauses, None)?;
        if times.due > cap {
            let shown = self.shown(cap);
            let en = format!(
                "ends later than {CAP} working days after registration: no answer is promised after {shown}"
            );
            return Err(refused(&en, &format!("超过登记后 {CAP} 个工作日：最迟只能承诺到 {shown}")));
        }
        let owed = self.ticket.answer_clock.as_ref().filter(|clock| clock.met.is_none());
        if let Some(owed) = owed.filter(|owed| !owed.breached && times.due > owed.due_at) {
            let shown = self.shown(owed.due_at);
            let en = format!("ends later than the answer that the customer was promised, by {shown}");
            return Err(refused(&en, &format!("晚于已向客户承诺的答复时间 {shown}")));
        }
        let details = Details::default()
            .with("tier", tier.as_str_name().trim_start_matches(TIER))
            .time("fromAnswerDueAt", owed.map(|owed| owed.due_at))
            .time(Which::Answer.due_name(), Some(times.due));
        self.answer_promised(target, times, self.at)?;
        self.log(Kind::Promised, "", details);
        Ok(())
    }

    /// Takes over the answer that a customer was promised on a duplicate, counted from when it was promised there. One
    /// that is owed sooner here stays, and what has been broken was measured there.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn take_over_answer(&mut self, owed: &Clock) -> Result<(), Error> {
        let sooner = |known: &Clock| known.met.is_none() && known.due_at <= owed.due_at;
        let kept = self.ticket.answer_clock.as_ref().is_some_and(sooner);
        if kept || owed.met.is_some() || owed.breached || !is_open(self.ticket.state) {
            return Ok(());
        }
        let times = self.answer_since(&owed.target, owed.started_at)?;
        let details = Details::default()
            .with("tier", tier(&owed.target).as_str_name().trim_start_matches(TIER))
            .time("since", Some(owed.started_at))
            .time(Which::Answer.due_name(), Some(times.due));
        self.answer_promised(owed.target.clone(), times, owed.started_at)?;
        self.log(Kind::Promised, "", details);
        self.tell(What::Promised);
        Ok(())
    }

    /// Returns when an answer that was promised at a time is due.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn answer_since(&self, target: &Target, since: DateTime<Utc>) -> Result<Times, Error> {
        let pauses = self.ticket.pauses_by(Which::Answer, Some(target), self.at);
        let rules = self.rules;
        Ok(target.times(&rules.calendars, since, &pauses, None, rules.warn_percent)?)
    }

    /// Starts the clock of an answer that was promised at a time. One that was broken and is still owed is measured as
    /// broken.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn answer_promised(
        &mut self,
        target: Target,
        times: Times,
        since: DateTime<Utc>,
    ) -> Result<(), Error> {
        let owed = self.ticket.answer_clock.take();
        if let Some(owed) = owed.filter(|owed| owed.breached && owed.met.is_none()) {
            self.broken(&owed)?;
        }
        self.ticket.course.answers += 1;
        let warn_at = self.rules.warn_at(&self.ticket.team_key, times, since);
        self.ticket.answer_clock = Some(Clock {
            target,
            started_at: since,
            extensions: Vec::new(),
            warn_at,
            due_at: times.due,
            warned: false,
            breached: false,
            met: None,
        });
        Ok(())
    }

    /// Tells that a promise ended broken: another takes its place.
    fn broken(&mut self, owed: &Clock) -> Result<(), Error> {
        let details = self.of_clock(Which::Answer).time(Which::Answer.due_name(), Some(owed.due_at));
        self.log(Kind::SlaMissed, "", details);
        self.tell(What::Fulfilled(Stopped {
            which: Which::Answer,
            instance: self.ticket.instance(Which::Answer),
            met: false,
            met_by_extension: false,
            due_at: owed.due_at,
            elapsed_seconds: (self.at - owed.started_at).num_seconds(),
            working_seconds: self.working_seconds(Which::Answer, owed.started_at)?,
        }));
        Ok(())
    }

    fn shown(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.rules.zone).format("%Y-%m-%d %H:%M").to_string()
    }
}

fn refused(en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: "tier".into(), en: en.into(), zh: zh.into() }])
}

/// Returns the tier that a target comes from.
pub(crate) fn tier(target: &Target) -> PromiseTier {
    match target.amount {
        Amount::Minutes(10) => PromiseTier::Minutes10,
        Amount::Minutes(20) => PromiseTier::Minutes20,
        Amount::Minutes(30) => PromiseTier::Minutes30,
        Amount::WorkingDays(1, _) => PromiseTier::WorkingDays1,
        Amount::WorkingDays(2, _) => PromiseTier::WorkingDays2,
        Amount::WorkingDays(3, _) => PromiseTier::WorkingDays3,
        _ => PromiseTier::Unspecified,
    }
}
