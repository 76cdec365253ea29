//! The plan of a complex problem: what is executed is always a version that a leader approved (T7).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_proto::tickets::v1::PlanState;
use uuid::Uuid;

use crate::domain::plan::content::{Content, Step};
use crate::domain::plan::ending::Ending;
use crate::domain::plan::moves::Move;
use crate::domain::plan::people::By;
use crate::domain::plan::progress::Progress;

use crate::domain::plan::version::Version;
use crate::error::{Error, PlanError};

pub(crate) mod commands;
pub(crate) mod content;
pub(crate) mod differences;
pub(crate) mod ending;
pub(crate) mod execution;
pub(crate) mod lessons;
pub(crate) mod moves;
pub(crate) mod people;
pub(crate) mod progress;
pub(crate) mod review;
pub(crate) mod version;

#[cfg(test)]
mod tests;

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// `UUIDv7`.
    pub(crate) id: Uuid,
    /// The ticket it is about.
    pub(crate) ticket_id: Uuid,
    /// Its number.
    pub(crate) ticket_number: String,
    /// Where it stands.
    pub(crate) state: PlanState,
    /// What is drafted, waits for approval or was rejected.
    pub(crate) draft: Option<Version>,
    /// What is executed.
    pub(crate) approved: Option<Version>,
    /// How far the steps are that are or were executed, by number.
    pub(crate) progress: BTreeMap<i32, Progress>,
    /// The highest number that a step of it ever had.
    pub(crate) last_step: i32,
    /// Since when the ticket waits because of it.
    pub(crate) waiting_since: Option<DateTime<Utc>>,
    /// How it ended.
    pub(crate) ending: Option<Ending>,
    /// Who opened it.
    pub(crate) opened_by: String,
    /// When.
    pub(crate) opened_at: DateTime<Utc>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub(crate) version: i64,
}

impl Plan {
    /// Opens the plan of a ticket. Whoever opens it leads unless another is named.
    ///
    /// # Errors
    /// [`Error::Fields`] that names everything that is wrong, or the assessment where it says nothing.
    pub(crate) fn open(
        id: Uuid,
        (ticket_id, ticket_number): (Uuid, &str),
        mut content: Content,
        by: By<'_>,
    ) -> Result<Self, Error> {
        if content.task_force.leader.is_empty() {
            by.subject.clone_into(&mut content.task_force.leader);
        }
        let mut plan = Self {
            id,
            ticket_id,
            ticket_number: ticket_number.to_owned(),
            state: PlanState::Draft,
            draft: None,
            approved: None,
            progress: BTreeMap::new(),
            last_step: 0,
            waiting_since: None,
            ending: None,
            opened_by: by.subject.to_owned(),
            opened_at: by.at,
            updated_at: by.at,
            version: 1,
        };
        let mut wrong = content.assessment.unopened();
        wrong.extend(content.wrong(&plan.known(), plan.opened_at));
        if !wrong.is_empty() {
            return Err(Error::Fields(wrong));
        }
        plan.number(&mut content);
        plan.draft = Some(Version::first(content, by.subject));
        Ok(plan)
    }

    /// Tells whether it has not come to its end.
    pub(crate) fn lives(&self) -> bool {
        !matches!(self.state, PlanState::Accepted | PlanState::Abandoned)
    }

    /// Returns what is drafted, else what is or was executed.
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.draft.as_ref().or(self.approved.as_ref())
    }

    /// Returns who leads the task force: of the approved version, else of the draft.
    pub(crate) fn leader(&self) -> &str {
        let version = self.approved.as_ref().or(self.draft.as_ref());
        version.map_or("", |version| version.content.task_force.leader.as_str())
    }

    /// Returns the steps that are or were executed.
    pub(crate) fn steps(&self) -> &[Step] {
        self.approved.as_ref().map_or(&[], |version| &version.content.steps)
    }

    /// Returns how far a step is.
    pub(crate) fn progress_of(&self, number: i32) -> Progress {
        self.progress.get(&number).cloned().unwrap_or_default()
    }

    /// Returns the steps that are to be done.
    pub(crate) fn to_do(&self) -> impl Iterator<Item = &Step> {
        let lives = self.lives();
        self.steps().iter().filter(move |step| lives && !self.progress_of(step.number).is_done())
    }

    /// Returns how far the approved version is, in percent.
    pub(crate) fn percent(&self) -> i32 {
        let done: i32 = self.steps().iter().map(|step| self.progress_of(step.number).percent()).sum();
        i32::try_from(self.steps().len()).map_or(0, |steps| done / steps.max(1))
    }

    /// Returns where a move takes it.
    fn next(&self, step: Move) -> Result<PlanState, Error> {
        let next = moves::next(self.state, step);
        Ok(next.ok_or(PlanError::State { state: self.state, step })?)
    }

    /// Returns what is drafted.
    fn drafted(&mut self, step: Move) -> Result<&mut Version, Error> {
        let state = self.state;
        Ok(self.draft.as_mut().ok_or(PlanError::State { state, step })?)
    }

    /// Returns a step of the approved version.
    fn step(&self, number: i32) -> Result<&Step, Error> {
        let found = self.steps().iter().find(|step| step.number == number);
        Ok(found.ok_or_else(|| Core::NotFound { what: "step", id: number.to_string() })?)
    }

    /// Returns the numbers that a step of a new draft may bear.
    fn known(&self) -> Vec<i32> {
        let versions = self.draft.iter().chain(&self.approved);
        versions.flat_map(|version| &version.content.steps).map(|step| step.number).collect()
    }

    /// Gives new steps their numbers.
    fn number(&mut self, content: &mut Content) {
        for step in content.steps.iter_mut().filter(|step| step.number == 0) {
            self.last_step += 1;
            step.number = self.last_step;
        }
    }
}
