//! The steps of the approved version, carried out (T7).

use chrono::{DateTime, Utc};

use crate::domain::plan::Plan;
use crate::domain::plan::moves::{Move, next};
use crate::domain::plan::people::By;
use crate::domain::plan::progress::{Progress, StepState};
use crate::error::{Error, PlanError};

impl Plan {
    /// Takes a step on.
    ///
    /// # Errors
    /// [`PlanError::State`], no such step in the approved version, a caller who may not, [`PlanError::Step`].
    pub(crate) fn start(&mut self, number: i32, note: &str, by: By<'_>) -> Result<(), Error> {
        self.worked(Move::StartStep, number, &[StepState::Open], by, |progress| {
            note.clone_into(&mut progress.note);
            progress.state = StepState::Started;
        })
    }

    /// Notes how far a step is, in percent; who reports on it has begun.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) fn report(&mut self, number: i32, percent: i32, note: &str, by: By<'_>) -> Result<(), Error> {
        self.worked(Move::Report, number, &[StepState::Open, StepState::Started], by, |progress| {
            note.clone_into(&mut progress.note);
            progress.reported = percent.clamp(0, 99);
            progress.state = StepState::Started;
        })
    }

    /// Notes that a step is done.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) fn complete(&mut self, number: i32, result: &str, by: By<'_>) -> Result<(), Error> {
        self.worked(Move::CompleteStep, number, &[StepState::Open, StepState::Started], by, |progress| {
            result.clone_into(&mut progress.result);
            progress.completed_at = Some(by.at);
            by.subject.clone_into(&mut progress.completed_by);
            progress.state = StepState::Done;
        })
    }

    /// Takes a step that was done up again.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) fn reopen(&mut self, number: i32, reason: &str, by: By<'_>) -> Result<(), Error> {
        self.next(Move::ReopenStep)?;
        self.step(number)?;
        by.may_reopen(self)?;
        let progress = self.standing(number, &[StepState::Done])?;
        *progress = Progress {
            state: StepState::Started,
            reported: progress.reported,
            started_at: progress.started_at,
            missed: progress.missed,
            note: reason.to_owned(),
            ..Progress::default()
        };
        Ok(())
    }

    /// Notes that a step was not done when it was due; tells whether that is so and news.
    pub(crate) fn miss(&mut self, number: i32, due_at: DateTime<Utc>) -> bool {
        let missed = self.alarms().any(|alarm| alarm == (number, due_at));
        if missed {
            self.progress.entry(number).or_default().missed = Some(due_at);
        }
        missed
    }

    /// Returns the steps that will be told of as overdue, by number, and when.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = (i32, DateTime<Utc>)> {
        let executed = next(self.state, Move::MissStep).is_some();
        let steps = self.steps().iter().filter(move |_| executed);
        steps.filter_map(|step| Some((step.number, self.progress_of(step.number).alarm(step)?)))
    }

    fn worked(
        &mut self,
        step: Move,
        number: i32,
        from: &[StepState],
        by: By<'_>,
        change: impl FnOnce(&mut Progress),
    ) -> Result<(), Error> {
        self.next(step)?;
        by.may_work(self, self.step(number)?)?;
        let progress = self.standing(number, from)?;
        progress.started_at.get_or_insert(by.at);
        change(progress);
        Ok(())
    }

    /// Returns how far a step is, where it stands in one of these states.
    fn standing(&mut self, number: i32, states: &[StepState]) -> Result<&mut Progress, Error> {
        let progress = self.progress.entry(number).or_default();
        let state = progress.state;
        if states.contains(&state) { Ok(progress) } else { Err(PlanError::Step { number, state }.into()) }
    }
}
