//! A version on its way to approval: drafted, submitted, approved or sent back, revised (T7).

use hotline_proto::tickets::v1::PlanState;

use crate::domain::plan::Plan;
use crate::domain::plan::content::{Content, Step, rewritten};
use crate::domain::plan::moves::Move;
use crate::domain::plan::people::By;
use crate::domain::plan::version::Signature;
use crate::error::{Error, PlanError};

impl Plan {
    /// Drafts something else; it need not be complete yet.
    ///
    /// # Errors
    /// [`PlanError::State`], a caller who may not, [`Error::Fields`] that names everything that is wrong.
    pub(crate) fn update(&mut self, mut content: Content, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Update)?;
        by.may_draft(self)?;
        let mut wrong = content.wrong(&self.known(), self.opened_at);
        wrong.extend(self.rewrites(&content).map(rewritten));
        if !wrong.is_empty() {
            return Err(Error::Fields(wrong));
        }
        self.number(&mut content);
        self.drafted(Move::Update)?.content = content;
        self.state = next;
        Ok(())
    }

    /// Asks for approval of what is drafted.
    ///
    /// # Errors
    /// [`PlanError::State`], a caller who may not, [`Error::Fields`] that names everything that is wrong or missing.
    pub(crate) fn submit(&mut self, note: &str, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Submit)?;
        by.may_draft(self)?;
        let content = self.drafted(Move::Submit)?.content.clone();
        let mut wrong = content.wrong(&self.known(), self.opened_at);
        wrong.extend(content.missing(self.steps(), by.at));
        wrong.extend(self.rewrites(&content).map(rewritten));
        if !wrong.is_empty() {
            return Err(Error::Fields(wrong));
        }
        let draft = self.drafted(Move::Submit)?;
        draft.submitted = Some(signature(note, by));
        draft.reviewed = None;
        self.state = next;
        Ok(())
    }

    /// Goes one step back: what waits for approval is drafted again, a revision that is drafted is dropped.
    ///
    /// # Errors
    /// [`PlanError::State`] or a caller who may not.
    pub(crate) fn withdraw(&mut self, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Withdraw)?;
        by.may_draft(self)?;
        if next == PlanState::Approved {
            self.draft = None;
        }
        self.state = next;
        Ok(())
    }

    /// Puts what was submitted in force. What was done of the version before stays done.
    ///
    /// # Errors
    /// [`PlanError::State`], a caller who may not, [`PlanError::StepDone`] where a step was done after the revision was
    /// drafted that changes it.
    pub(crate) fn approve(&mut self, note: &str, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Approve)?;
        let mut version = self.drafted(Move::Approve)?.clone();
        by.may_review(version.submitter())?;
        let rewritten = self.rewrites(&version.content).next().map(|step| step.number);
        if let Some(number) = rewritten {
            return Err(PlanError::StepDone(number).into());
        }
        version.reviewed = Some(signature(note, by));
        for step in &version.content.steps {
            self.progress.entry(step.number).or_default();
        }
        self.draft = None;
        self.approved = Some(version);
        self.state = next;
        Ok(())
    }

    /// Sends back what was submitted.
    ///
    /// # Errors
    /// [`PlanError::State`] or a caller who may not.
    pub(crate) fn reject(&mut self, reason: &str, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Reject)?;
        let draft = self.drafted(Move::Reject)?;
        by.may_review(draft.submitter())?;
        draft.reviewed = Some(signature(reason, by));
        self.state = next;
        Ok(())
    }

    /// Begins the next version as a copy of the approved one, which stays in force.
    ///
    /// # Errors
    /// [`PlanError::State`] or a caller who may not.
    pub(crate) fn revise(&mut self, reason: &str, by: By<'_>) -> Result<(), Error> {
        let (state, step) = (self.state, Move::Revise);
        let next = self.next(step)?;
        by.may_draft(self)?;
        let approved = self.approved.as_ref().ok_or(PlanError::State { state, step })?;
        self.draft = Some(approved.next(reason, by.subject));
        self.state = next;
        Ok(())
    }

    /// Returns the steps that are done and that `content` would rewrite: what was done, was done as it was approved.
    fn rewrites<'a>(&'a self, content: &'a Content) -> impl Iterator<Item = &'a Step> {
        let done = self.steps().iter().filter(|step| self.progress_of(step.number).is_done());
        done.filter(|step| content.step(step.number) != Some(step))
    }
}

/// Returns who did something now.
pub(super) fn signature(note: &str, by: By<'_>) -> Signature {
    Signature { by: by.subject.to_owned(), at: by.at, note: note.to_owned() }
}
