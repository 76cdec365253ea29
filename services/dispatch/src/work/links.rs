//! Links by which a partner without an account works on one assignment: made by its sender, used on the same command
//! road as any holder's calls (D5).

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_proto::dispatch::v1::{DisclosureWay, PartnerLinkState as Standing, TeamKind};
use hotline_queue::lease_until;
use uuid::Uuid;

use super::disclosing::Shown;
use super::holder::{Claimant, locked};
use super::{Work, expiry};
use crate::domain::assignment::Assignment;
use crate::domain::lease;
use crate::domain::link::making::{may_be_linked, may_link};
use crate::domain::link::{self, Stage, Token};
use crate::domain::state::{Move, State};
use crate::error::Error;
use crate::events::{outgoing, partners};
use crate::store::{LinkRow, assignments, links, teams};

/// For whom a link is, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Name of the recipient.
    pub(crate) recipient: String,
    /// Their telephone in its one form; empty where it is not known.
    pub(crate) phone: String,
    /// How long it is good.
    pub(crate) lasts: TimeDelta,
}

/// A good link, the work it is for, and what may be done by it.
pub(crate) struct Linked {
    /// The link.
    pub(crate) link: LinkRow,
    /// The work.
    pub(crate) work: Assignment,
    /// What may be done.
    pub(crate) stage: Stage,
}

impl Work {
    /// Makes a link, which revokes the one before it; returns its token, which is stored nowhere.
    ///
    /// # Errors
    /// [`Core::NotFound`]; [`Core::Forbidden`] for others than the sender and those in charge; [`Error::NotForPartners`],
    /// [`Error::StateConflict`].
    pub(crate) async fn make_link(
        &self,
        caller: &Caller,
        assignment: Uuid,
        wish: Wish,
    ) -> Result<(Tx, LinkRow, Token), Error> {
        let tx = self.db.begin().await?;
        let work = locked(&tx, assignment).await?;
        may_link(caller, &work)?;
        let team = teams::find(&*tx, &work.team_key).await?;
        if team.is_none_or(|team| team.kind != i32::from(TeamKind::ThirdParty)) {
            return Err(Error::NotForPartners(work.team_key));
        }
        may_be_linked(&work, &wish.recipient)?;
        let now = self.clock.now();
        // As databases keep it: the signature is over the very time.
        let expires_at = (now + wish.lasts).trunc_subsecs(6);
        let mut row = LinkRow {
            id: id::new(),
            assignment_id: work.id,
            team_key: work.team_key,
            epoch: work.epoch,
            held_epoch: work.epoch,
            token_hash: Vec::new(),
            recipient: wish.recipient,
            phone: wish.phone,
            created_by: caller.subject.clone(),
            created_at: now,
            expires_at,
            revoked_at: None,
            revoked_by: String::new(),
            opened_at: None,
            opens: 0,
            accepted_at: work.accepted_at,
            completed_at: None,
        };
        let token = self.link_key.token(&row.bond(), rand::random());
        row.token_hash = token.hash();
        links::revoke(&tx, assignment, &caller.subject, now);
        links::add(&tx, row.clone());
        Ok((tx, row, token))
    }

    /// Revokes the newest link of an assignment; one that is not good any more stays as it is.
    ///
    /// # Errors
    /// [`Core::NotFound`], also where there is no link; [`Core::Forbidden`].
    pub(crate) async fn revoke_link(&self, caller: &Caller, id: Uuid) -> Result<(Tx, LinkRow), Error> {
        let tx = self.db.begin().await?;
        let work = locked(&tx, id).await?;
        may_link(caller, &work)?;
        let latest = links::latest(&*tx, id).await?;
        let mut row =
            latest.ok_or_else(|| Core::NotFound { what: "link of the assignment", id: id.to_string() })?;
        if row.revoked_at.is_none() && row.completed_at.is_none() {
            let now = self.clock.now();
            links::revoke(&tx, id, &caller.subject, now);
            (row.revoked_at, row.revoked_by) = (Some(now), caller.subject.clone());
        }
        Ok((tx, row))
    }

    /// Returns an assignment whose links the caller may see.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`].
    pub(crate) async fn linkable(&self, caller: &Caller, id: Uuid) -> Result<Assignment, Error> {
        let found = assignments::find(self.db.reader(), id).await?;
        let work = found.ok_or_else(|| super::holder::missing(id))?;
        may_link(caller, &work)?;
        Ok(work)
    }

    /// Returns what a token is good for now.
    ///
    /// # Errors
    /// [`Error::LinkUnknown`] for one that was never given out or was altered; [`Error::LinkGone`] once it is not good any
    /// more.
    pub(crate) async fn linked(&self, token: &str) -> Result<Linked, Error> {
        let token = Token::parse(token).ok_or(Error::LinkUnknown)?;
        let link = links::find(self.db.reader(), token.id).await?.ok_or(Error::LinkUnknown)?;
        if link.token_hash != token.hash() || !self.link_key.signed(&link.bond(), &token) {
            return Err(Error::LinkUnknown);
        }
        let work = assignments::find(self.db.reader(), link.assignment_id).await?;
        let work = work.ok_or(Error::LinkGone)?;
        let stage = link.terms().stage(&work, self.clock.now()).ok_or(Error::LinkGone)?;
        Ok(Linked { link, work, stage })
    }

    /// Shows the work of a link to its recipient, and notes that it was opened.
    ///
    /// # Errors
    /// As [`Work::linked`].
    pub(crate) async fn open_link(&self, token: &str) -> Result<(LinkRow, Shown, Stage), Error> {
        let Linked { link, work, stage } = self.linked(token).await?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        links::opened(&tx, &link, now);
        if link.opened_at.is_none() {
            partners::link_opened(&tx, &work, &link.recipient, now)?;
        }
        tx.commit().await?;
        let mut shown = self.show(&link.caller(), vec![work], DisclosureWay::Link).await?;
        let shown = shown.pop().ok_or(Error::LinkGone)?;
        Ok((link, shown, stage))
    }

    /// Takes the work of a link on. What was accepted by it already stays so.
    ///
    /// # Errors
    /// As [`Work::linked`]; [`Error::StateConflict`] while somebody else has it offered; as [`Work::accept`].
    pub(crate) async fn accept_link(&self, token: &str) -> Result<(Tx, LinkRow, Shown, Stage), Error> {
        let Linked { link, work, stage } = self.linked(token).await?;
        let viewer = self.viewer(&link.caller(), [work.ticket.id]).await;
        match stage {
            Stage::Held => {
                let tx = self.db.begin().await?;
                return Ok((tx, link, viewer.see(self, work, true), stage));
            }
            Stage::Taken | Stage::Done => return Err(Error::StateConflict { state: work.state }),
            Stage::Open => {}
        }
        let work = self.lease_to(&link, work).await?;
        let claimant = self.claimant_of(&link, &work);
        let (tx, held) = link.caller().scope(self.accept(&claimant)).await?;
        links::accepted(&tx, link.id, self.clock.now());
        self.disclose(&tx, &viewer, &held, DisclosureWay::Link).await?;
        Ok((tx, link, viewer.see(self, held, true), Stage::Held))
    }

    /// Puts a note of the recipient on the ticket.
    ///
    /// # Errors
    /// As [`Work::linked`] and [`Work::note_on_ticket`].
    pub(crate) async fn note_by_link(
        &self,
        token: &str,
        text: &str,
    ) -> Result<(LinkRow, Shown, Stage), Error> {
        let Linked { link, work, stage } = self.linked(token).await?;
        let claimant = self.claimant_of(&link, &work);
        let held = link.caller().scope(self.note_on_ticket(&claimant, text)).await?;
        let viewer = self.viewer(&link.caller(), [held.ticket.id]).await;
        Ok((link, viewer.see(self, held, true), stage))
    }

    /// Reports the work of a link done, which uses the link up.
    ///
    /// # Errors
    /// As [`Work::linked`] and [`Work::complete`].
    pub(crate) async fn complete_link(
        &self,
        token: &str,
        resolution: &str,
    ) -> Result<(Tx, LinkRow, Shown, Stage), Error> {
        let Linked { link, work, .. } = self.linked(token).await?;
        let viewer = self.viewer(&link.caller(), [work.ticket.id]).await;
        let claimant = self.claimant_of(&link, &work);
        let (tx, done) = link.caller().scope(self.complete(&claimant, resolution, &[])).await?;
        links::completed(&tx, link.id, self.clock.now());
        Ok((tx, link, viewer.see(self, done, true), Stage::Done))
    }

    /// Puts a note of the holder on the ticket of accepted work.
    ///
    /// # Errors
    /// As [`Work::held`]; [`Error::StateConflict`] before acceptance; what the ticket service answers.
    pub(crate) async fn note_on_ticket(&self, claimant: &Claimant, text: &str) -> Result<Assignment, Error> {
        let held = self.held(claimant, Move::Complete).await?;
        self.tickets.note(&held, text).await.map_err(Core::from)?;
        Ok(held)
    }

    /// Leases the work to the link's recipient, unless an acceptance that broke off did so before.
    async fn lease_to(&self, link: &LinkRow, work: Assignment) -> Result<Assignment, Error> {
        if work.state == State::Leased {
            return Ok(work);
        }
        let tx = self.db.begin().await?;
        let mut work = locked(&tx, work.id).await?;
        let now = self.clock.now();
        if work.state != State::Queued || link.terms().stage(&work, now) != Some(Stage::Open) {
            return Err(Error::LinkGone);
        }
        let until = lease_until(now, self.config.default_lease());
        let secret = self.link_key.lease_secret(work.id, work.epoch + 1);
        work.lease(&link::holder(&link.recipient), secret, until)?;
        work.leased_at = Some(now);
        assignments::save(&tx, &mut work);
        expiry::set(&tx, &work);
        outgoing::claimed(&tx, &work, now)?;
        links::leased(&tx, link.id, work.epoch);
        let (queues, leased) = (self.queues.clone(), work.clone());
        tx.after_commit(async move { queues.remove(&leased.team_key, leased.id).await });
        tx.commit().await?;
        Ok(work)
    }

    fn claimant_of(&self, link: &LinkRow, work: &Assignment) -> Claimant {
        let secret = self.link_key.lease_secret(work.id, work.epoch);
        let token = lease::Token { assignment: work.id, epoch: work.epoch, secret };
        Claimant { id: work.id, caller: link.caller(), token: token.text() }
    }
}

/// Returns whether a link is good, without a look at its work: for lists.
pub(crate) fn standing(row: &LinkRow, now: DateTime<Utc>) -> Standing {
    match row {
        LinkRow { completed_at: Some(_), .. } => Standing::Used,
        LinkRow { revoked_at: Some(_), .. } => Standing::Revoked,
        row if row.expires_at <= now => Standing::Expired,
        _ => Standing::Active,
    }
}
