//! What a holder does with held work. Tickets are told first, then the database: a crash in between leaves the holder
//! with a good token, and the same call again ends both.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::idempotency::may_be_retry;
use hotline_proto::dispatch::v1::{DeclineReason, ReturnReason};
use hotline_queue::lease_until;
use uuid::Uuid;

use super::aside::set_wrap_up;
use super::{Work, escalation, expiry, onward};
use crate::domain::assignment::Assignment;
use crate::domain::fairness::Outcome;
use crate::domain::state::{Move, State};
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{assignments, declines, holdings};

/// Who says that they hold which work.
#[derive(Clone, Debug)]
pub(crate) struct Claimant {
    /// The assignment.
    pub(crate) id: Uuid,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The proof.
    pub(crate) token: String,
}

impl Work {
    /// Keeps the lease for `lease` from now; wrap-up is made longer by its own time, once.
    ///
    /// # Errors
    /// As [`Work::held`]; [`Error::WrapUpExtended`].
    pub(crate) async fn heartbeat(
        &self,
        claimant: &Claimant,
        lease: Duration,
    ) -> Result<(Tx, Assignment), Error> {
        let (tx, mut work) = self.lock(claimant, Move::Heartbeat).await?;
        if work.state == State::Wrapping {
            self.extend_wrap_up(&tx, &mut work)?;
        } else if work.state == State::Leased {
            work.heartbeat(lease_until(self.clock.now(), lease))?;
            assignments::save(&tx, &mut work);
            expiry::set(&tx, &work);
            let (queues, kept) = (self.queues.clone(), work.clone());
            tx.after_commit(async move { queues.extend(&kept.team_key, kept.id, &kept.holder, lease).await });
        }
        Ok((tx, work))
    }

    /// Takes the work on.
    ///
    /// # Errors
    /// As [`Work::held`], and what the ticket service answers.
    pub(crate) async fn accept(&self, claimant: &Claimant) -> Result<(Tx, Assignment), Error> {
        let work = self.held(claimant, Move::Accept).await?;
        self.tickets.start(&work).await.map_err(Core::from)?;
        let (tx, mut work) = self.lock(claimant, Move::Accept).await?;
        let now = self.clock.now();
        work.accept(now)?;
        assignments::save(&tx, &mut work);
        expiry::set(&tx, &work);
        escalation::set(&tx, &work, None);
        onward::clear(&tx, &work);
        outgoing::accepted(&tx, &work, now)?;
        let (queues, taken) = (self.queues.clone(), work.clone());
        tx.after_commit(async move { queues.remove(&taken.team_key, taken.id).await });
        Ok((tx, work))
    }

    /// Does not take the work on.
    ///
    /// # Errors
    /// As [`Work::held`].
    pub(crate) async fn decline(
        &self,
        claimant: &Claimant,
        code: DeclineReason,
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let (tx, held) = self.lock(claimant, Move::Decline).await?;
        let now = self.clock.now();
        declines::note(&tx, held.id, &held.holder, reason, now);
        outgoing::declined(&tx, &held, code, reason, now)?;
        let work = self.put_back(&tx, held, Move::Decline)?;
        Ok((tx, work))
    }

    /// Gives accepted work back to its team, or before the supervisor where that is once too often.
    ///
    /// # Errors
    /// As [`Work::held`]; [`Error::DecidedFinally`], and what the ticket service answers.
    pub(crate) async fn give_back(
        &self,
        claimant: &Claimant,
        code: ReturnReason,
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let work = self.held(claimant, Move::Return).await?;
        let most = self.config.most_returns();
        work.way_back(most)?;
        self.tickets.release(&work, Move::Return, &work.team_key, reason).await.map_err(Core::from)?;
        let (tx, held) = self.lock(claimant, Move::Return).await?;
        let (now, way) = (self.clock.now(), held.way_back(most)?);
        outgoing::returned(&tx, &held, Some(code), reason, now)?;
        let work = self.put_back(&tx, held, way)?;
        if work.state == State::Disputed {
            outgoing::disputed(&tx, &work, reason, now)?;
        }
        Ok((tx, work))
    }

    /// Gives the work to another team; returns the new assignment.
    ///
    /// # Errors
    /// As [`Work::held`]; [`Error::DecidedFinally`], a wrong team, and what the ticket service answers.
    pub(crate) async fn transfer(
        &self,
        claimant: &Claimant,
        team: &str,
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let work = self.held(claimant, Move::Transfer).await?;
        work.may_be_passed_on()?;
        let team = self.other_team(&work, team).await?;
        self.tickets.release(&work, Move::Transfer, &team, reason).await.map_err(Core::from)?;
        let (tx, held) = self.lock(claimant, Move::Transfer).await?;
        let next = self.hand_to(&tx, held, (Move::Transfer, &team, ""), reason, self.clock.now())?;
        Ok((tx, next))
    }

    /// Reports the work done.
    ///
    /// # Errors
    /// As [`Work::held`], and what the ticket service answers.
    pub(crate) async fn complete(
        &self,
        claimant: &Claimant,
        resolution: &str,
        article_ids: &[String],
    ) -> Result<(Tx, Assignment), Error> {
        let held = match self.held(claimant, Move::Complete).await {
            Err(Error::LeaseLost) if may_be_retry() => return self.completed_before(claimant).await,
            held => held?,
        };
        self.tickets.complete(&held, resolution, article_ids).await.map_err(Core::from)?;
        let tx = self.db.begin().await?;
        let mut work = locked(&tx, held.id).await?;
        // The ticket's own event may have come first and said the same.
        if work.is_done() && work.epoch == held.epoch {
            return Ok((tx, work));
        }
        let now = self.clock.now();
        work.check(&claimant.caller.subject, &claimant.token, Move::Complete, now)?;
        self.complete_work(&tx, &mut work, "", now)?;
        Ok((tx, work))
    }

    /// Ends work as done, with wrap-up where its team has some; why somebody else than its holder says so, where that is so.
    pub(super) fn complete_work(
        &self,
        tx: &Tx,
        work: &mut Assignment,
        forced_reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let wrap_up = self.times.ways(&work.team_key).wrap_up.filter(|_| forced_reason.is_empty());
        work.complete(wrap_up, now)?;
        assignments::save(tx, work);
        set_wrap_up(tx, work);
        self.follow(tx, vec![work.clone()]);
        outgoing::completed(tx, work, forced_reason, now)?;
        holdings::note(tx, work, Outcome::Completed, now);
        Ok(())
    }

    /// Returns work that this claimant completed already: the ticket was told, and the ticket's own event came before the
    /// retry of a command whose process died in between (A05).
    ///
    /// # Errors
    /// [`Error::LeaseLost`] for any other work.
    async fn completed_before(&self, claimant: &Claimant) -> Result<(Tx, Assignment), Error> {
        let tx = self.db.begin().await?;
        let work = locked(&tx, claimant.id).await?;
        if !work.was_completed_by(&claimant.caller.subject, &claimant.token) {
            return Err(Error::LeaseLost);
        }
        Ok((tx, work))
    }

    /// Returns work that the claimant holds and may do this with now.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`] for another team's work, [`Error::LeaseLost`],
    /// [`Error::StateConflict`].
    pub(super) async fn held(&self, claimant: &Claimant, step: Move) -> Result<Assignment, Error> {
        let found = assignments::find(self.db.reader(), claimant.id).await?;
        let work = found.ok_or_else(|| missing(claimant.id))?;
        if work.holder != claimant.caller.subject {
            return Err(self.not_held(&claimant.caller, &work).await);
        }
        work.check(&claimant.caller.subject, &claimant.token, step, self.clock.now())?;
        Ok(work)
    }

    /// Returns such work locked: for the first look, or for another one after tickets were told.
    ///
    /// # Errors
    /// As [`Work::held`].
    pub(super) async fn lock(&self, claimant: &Claimant, step: Move) -> Result<(Tx, Assignment), Error> {
        let tx = self.db.begin().await?;
        let work = locked(&tx, claimant.id).await?;
        if work.holder != claimant.caller.subject {
            drop(tx);
            return Err(self.not_held(&claimant.caller, &work).await);
        }
        work.check(&claimant.caller.subject, &claimant.token, step, self.clock.now())?;
        Ok((tx, work))
    }

    /// Returns what somebody is told who does not hold the work.
    async fn not_held(&self, caller: &Caller, work: &Assignment) -> Error {
        match self.is_in_sight(caller, &work.team_key).await {
            Ok(true) => Error::LeaseLost,
            Ok(false) => Core::Forbidden("the work belongs to another team", "该任务属于其他班组").into(),
            Err(error) => error.into(),
        }
    }

    pub(super) fn put_back(&self, tx: &Tx, work: Assignment, why: Move) -> Result<Assignment, Error> {
        self.put_back_at(tx, work, why, self.clock.now())
    }

    /// The same as of another time: what came by itself carries the time at which it was due.
    pub(super) fn put_back_at(
        &self,
        tx: &Tx,
        mut work: Assignment,
        why: Move,
        now: DateTime<Utc>,
    ) -> Result<Assignment, Error> {
        let holder = work.holder.clone();
        holdings::note(tx, &work, Outcome::of(why), now);
        work.put_back(why)?;
        assignments::save(tx, &mut work);
        expiry::set(tx, &work);
        // What came due while somebody had it on is due now that nobody has.
        escalation::set(tx, &work, Some(now));
        onward::set(tx, &work, now);
        if work.state == State::Queued {
            self.wait_again(tx, work.clone(), &holder, now);
        } else {
            let (this, team) = (self.clone(), work.team_key.clone());
            tx.after_commit(async move { this.kick(&team, Some((&holder, now))) });
        }
        Ok(work)
    }

    async fn other_team(&self, work: &Assignment, team: &str) -> Result<String, Error> {
        let other = self.team_named(team).await?;
        if other != work.team_key {
            return Ok(other);
        }
        let (en, zh) = ("must name another team", "必须是另一个已有的班组");
        Err(Core::Field { field: "teamKey", en, zh }.into())
    }
}

pub(super) async fn locked(tx: &Tx, id: Uuid) -> Result<Assignment, Error> {
    let work = assignments::lock(tx, id).await?;
    work.ok_or_else(|| missing(id))
}

pub(super) fn missing(id: Uuid) -> Error {
    Core::NotFound { what: "assignment", id: id.to_string() }.into()
}
