//! Outage notices: proposed or published, corrected while they last, over (T13).

use chrono::{DateTime, Utc};
use hotline_proto::tickets::v1::{OutageKind, OutageState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::catalogue::Catalogue;
use crate::error::Error;

pub(crate) mod linking;
pub(crate) mod moves;
pub(crate) mod notice;
pub(crate) mod recovery;
pub(crate) mod scope;
pub(crate) mod spike;
#[cfg(test)]
mod tests;

use moves::Move;
pub(crate) use notice::Notice;
use notice::{field, refused, wrong};
use recovery::{Order, Recovery};
use spike::Spike;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// `UUIDv7`.
    pub(crate) id: Uuid,
    /// What it says.
    pub(crate) notice: Notice,
    /// Where it stands.
    pub(crate) state: OutageState,
    /// Similar fault tickets for which it was proposed; 0 where somebody wrote it.
    pub(crate) spike_tickets: i32,
    /// What was said of it last.
    pub(crate) last_update: Option<Update>,
    /// How often something was said of it.
    pub(crate) updates: i32,
    /// When it was over.
    pub(crate) recovered_at: Option<DateTime<Utc>>,
    /// What was done, once it is over.
    pub(crate) resolution: String,
    /// How far its tickets are solved, once it is over.
    pub(crate) recovery: Option<Recovery>,
    /// Why it was withdrawn.
    pub(crate) withdrawn_reason: String,
    /// Who wrote it.
    pub(crate) created_by: String,
    /// When it was written.
    pub(crate) created_at: DateTime<Utc>,
    /// Who put it on the screens; empty while it is only proposed.
    pub(crate) published_by: String,
    /// Since when it was on the screens.
    pub(crate) published_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub(crate) version: i64,
}

/// What was said of an outage while it lasted; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Update {
    /// `UUIDv7`.
    pub(crate) id: Uuid,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who said it.
    pub(crate) by: String,
    /// What is new.
    pub(crate) text: String,
    /// What to tell the customer then.
    pub(crate) progress: String,
    /// When it was expected to be over.
    pub(crate) expected_recovery_at: Option<DateTime<Utc>>,
}

/// What somebody says is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// What is new.
    pub(crate) text: String,
    /// What to tell the customer; empty is as before.
    pub(crate) progress: String,
    /// When it is expected to be over; none is as before.
    pub(crate) expected_recovery_at: Option<DateTime<Utc>>,
}

impl Outage {
    /// Publishes a notice of something that began when it is said, or now.
    ///
    /// # Errors
    /// [`Error::Fields`] that names everything that is wrong.
    pub(crate) fn publish(
        id: Uuid,
        notice: Notice,
        begins_at: Option<DateTime<Utc>>,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
        by: String,
    ) -> Result<Self, Error> {
        let notice = Notice { begins_at: begins_at.unwrap_or(at), ..notice };
        let mut wrong = notice.wrong(catalogue);
        if notice.kind == OutageKind::Planned && begins_at.is_none() {
            wrong.push(field("beginsAt", "is required for planned work", "计划内维护必须填写开始时间"));
        }
        refused(wrong)?;
        let blank = Self::blank(id, notice, OutageState::Open, by.clone(), at);
        Ok(Self { published_by: by, published_at: Some(at), ..blank })
    }

    /// Proposes a notice for a spike of similar fault tickets.
    pub(crate) fn propose(
        id: Uuid,
        spike: &Spike,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
        by: String,
    ) -> Self {
        let blank = Self::blank(id, spike.notice(catalogue), OutageState::Proposed, by, at);
        Self { spike_tickets: spike.count(), ..blank }
    }

    fn blank(id: Uuid, notice: Notice, state: OutageState, by: String, at: DateTime<Utc>) -> Self {
        Self {
            id,
            notice,
            state,
            spike_tickets: 0,
            last_update: None,
            updates: 0,
            recovered_at: None,
            resolution: String::new(),
            recovery: None,
            withdrawn_reason: String::new(),
            created_by: by,
            created_at: at,
            published_by: String::new(),
            published_at: None,
            updated_at: at,
            version: 1,
        }
    }

    /// Puts a proposed notice on the screens.
    ///
    /// # Errors
    /// [`Error::OutageState`].
    pub(crate) fn confirm(&mut self, at: DateTime<Utc>, by: String) -> Result<(), Error> {
        self.must(Move::Publish)?;
        self.state = OutageState::Open;
        self.published_by = by;
        self.published_at = Some(at);
        self.changed(at);
        Ok(())
    }

    /// Takes it off the screens: there was no such outage.
    ///
    /// # Errors
    /// [`Error::OutageState`].
    pub(crate) fn withdraw(&mut self, reason: &str, at: DateTime<Utc>) -> Result<(), Error> {
        self.must(Move::Withdraw)?;
        self.state = OutageState::Withdrawn;
        reason.clone_into(&mut self.withdrawn_reason);
        self.changed(at);
        Ok(())
    }

    /// Says something else from now on.
    ///
    /// # Errors
    /// [`Error::OutageState`]; [`Error::Fields`] that names everything that is wrong.
    pub(crate) fn correct(
        &mut self,
        notice: Notice,
        catalogue: &Catalogue,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.must(Move::Correct)?;
        refused(notice.wrong(catalogue))?;
        self.notice = notice;
        self.changed(at);
        Ok(())
    }

    /// Says how far it is.
    ///
    /// # Errors
    /// [`Error::OutageState`]; [`Error::Fields`] for a recovery that is expected before it began.
    pub(crate) fn update(
        &mut self,
        id: Uuid,
        news: News,
        at: DateTime<Utc>,
        by: String,
    ) -> Result<Update, Error> {
        self.must(Move::Update)?;
        let expected = news.expected_recovery_at.or(self.notice.expected_recovery_at);
        if news.expected_recovery_at.is_some_and(|expected| expected < self.notice.begins_at) {
            return Err(wrong("expectedRecoveryAt", "is before it begins", "不能早于开始时间"));
        }
        if !news.progress.is_empty() {
            self.notice.progress = news.progress;
        }
        self.notice.expected_recovery_at = expected;
        let progress = self.notice.progress.clone();
        let update = Update { id, at, by, text: news.text, progress, expected_recovery_at: expected };
        self.last_update = Some(update.clone());
        self.updates += 1;
        self.changed(at);
        Ok(update)
    }

    /// It is over, with so many tickets that are linked and open.
    ///
    /// # Errors
    /// [`Error::OutageState`]; [`Error::Fields`] for a time before it began or after `at`.
    pub(crate) fn recover(&mut self, order: Order, open: u32, at: DateTime<Utc>) -> Result<(), Error> {
        self.must(Move::Recover)?;
        if order.since > at {
            return Err(wrong("recoveredAt", "lies ahead", "不能晚于现在"));
        }
        // Called off before it began, it is over all the same.
        if order.since < self.notice.begins_at.min(at) {
            return Err(wrong("recoveredAt", "is before it began", "不能早于开始时间"));
        }
        self.state = if open == 0 { OutageState::Recovered } else { OutageState::Recovering };
        self.recovered_at = Some(order.since);
        self.resolution.clone_from(&order.resolution);
        self.recovery = Some(Recovery::begin(&order, open, at));
        self.changed(at);
        Ok(())
    }

    /// Counts what became of some of its tickets; after the last ones it is recovered.
    pub(crate) fn solved(&mut self, batch: recovery::Batch, last: bool, at: DateTime<Utc>) {
        if let Some(recovery) = &mut self.recovery {
            recovery.count(batch, last);
        }
        if last {
            self.state = OutageState::Recovered;
        }
        self.changed(at);
    }

    /// Counts what became of tickets that came to be linked to it after its own were solved.
    pub(crate) fn solved_late(&mut self, batch: recovery::Batch, at: DateTime<Utc>) {
        if let Some(recovery) = &mut self.recovery {
            recovery.count_late(batch);
        }
        self.changed(at);
    }

    /// Returns the words that solve its tickets.
    pub(crate) fn solution(&self) -> String {
        let title = &self.notice.title;
        if self.resolution.trim().is_empty() {
            format!("「{title}」已恢复")
        } else {
            self.resolution.clone()
        }
    }

    /// Checks that it can be done where the notice stands.
    ///
    /// # Errors
    /// [`Error::OutageState`].
    pub(crate) fn must(&self, wanted: Move) -> Result<(), Error> {
        let state = self.state;
        if moves::is_legal(state, wanted) { Ok(()) } else { Err(Error::OutageState { state, wanted }) }
    }

    fn changed(&mut self, at: DateTime<Utc>) {
        self.updated_at = at.max(self.updated_at);
        self.version += 1;
    }
}
