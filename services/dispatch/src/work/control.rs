//! What those in charge do with queues and with work that others hold (D11).

use chrono::{DateTime, Utc};
use hotline_core::caller::{self, Caller};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_queue::lease_until;
use uuid::Uuid;

use super::holder::{locked, missing};
use super::{Work, expiry};
use crate::domain::access::{Sight, may_staff};
use crate::domain::assignment::Assignment;
use crate::domain::fairness::Outcome;
use crate::domain::flow::Flow;
use crate::domain::state::{Move, State};
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{TeamRow, assignments, holdings, rules, teams};

/// Where work goes that is taken from its holder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    /// The team; empty is the same one.
    pub(crate) team: &'a str,
    /// The member who is offered it; empty is nobody by name.
    pub(crate) member: &'a str,
}

impl Work {
    /// Changes whether a team's queue gives work out and takes work in. The same again changes nothing but the reason.
    ///
    /// # Errors
    /// [`Core::NotFound`]; [`Core::Forbidden`] for a lead of another team; [`Error::DefaultTeam`].
    pub(crate) async fn set_flow(
        &self,
        caller: &Caller,
        team: &str,
        flow: Flow,
        reason: &str,
    ) -> Result<(Tx, TeamRow), Error> {
        let sight = self.sight(caller).await?;
        let tx = self.db.begin().await?;
        let found = teams::lock(&tx, team).await?;
        let row = found.ok_or_else(|| Core::NotFound { what: "team", id: team.to_owned() })?;
        is_in_charge(caller, &sight, &row.key)?;
        let kept = rules::default(&*tx).await?.map(|rule| rule.targets()).unwrap_or_default();
        if !flow.takes_in() && kept.iter().any(|target| target.team_key == row.key) {
            return Err(Error::DefaultTeam(row.key));
        }
        let now = self.clock.now();
        let next = TeamRow {
            flow: flow.number(),
            flow_reason: reason.to_owned(),
            flow_changed_by: caller.subject.clone(),
            flow_changed_at: Some(now),
            ..row.clone()
        };
        teams::save(&tx, next.clone()).await?;
        let (this, key) = (self.clone(), next.key.clone());
        tx.after_commit(async move { this.kick(&key, None) });
        if Flow::from_number(row.flow) != flow {
            outgoing::flow_changed(&tx, &next, now)?;
        }
        self.rules.change(&tx);
        Ok((tx, next))
    }

    /// Takes work from whoever holds it: back into its queue at its old place, to another team, or to one member, who is
    /// offered it. Returns the work as it stands now.
    ///
    /// # Errors
    /// [`Core::NotFound`]; [`Core::Forbidden`] for a lead of another team, and for any lead of disputed work;
    /// [`Error::StateConflict`], a wrong team or member, and what the ticket service answers.
    pub(crate) async fn reassign(
        &self,
        caller: &Caller,
        id: Uuid,
        to: &Destination<'_>,
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let work = self.in_charge_of(caller, id).await?;
        let team = if to.team.is_empty() { work.team_key.clone() } else { self.team_named(to.team).await? };
        self.is_member(&team, to.member).await?;
        let step = if team == work.team_key { Move::Recall } else { Move::Redirect };
        let names_holder = work.state == State::Queued && step == Move::Recall && !to.member.is_empty();
        if !names_holder {
            work.after(step)?;
        }
        let decides = work.state == State::Disputed;
        if decides && !caller.is_above_teams() {
            let (en, zh) = ("the work is disputed: a supervisor decides", "该任务有争议：须由主管裁定");
            return Err(Core::Forbidden(en, zh).into());
        }
        // Work that nobody has taken on is nothing that the ticket knows of, unless another team is to have it.
        if step == Move::Redirect || matches!(work.state, State::Accepted | State::Parked) {
            self.tickets.release(&work, step, &team, reason).await.map_err(Core::from)?;
        }
        let tx = self.db.begin().await?;
        let mut held = locked(&tx, id).await?;
        if (held.epoch, held.state) != (work.epoch, work.state) {
            return Err(Error::StateConflict { state: held.state });
        }
        let now = self.clock.now();
        held.decided |= decides;
        if held.state == State::Leased && held.offered.is_some() {
            outgoing::rescinded(&tx, &held, now)?;
        }
        if step == Move::Redirect {
            let next = self.hand_to(&tx, held, (step, &team, to.member), reason, now)?;
            return Ok((tx, next));
        }
        if !decides && !names_holder {
            outgoing::returned(&tx, &held, None, reason, now)?;
        }
        let work = if to.member.is_empty() {
            self.put_back(&tx, held, step)?
        } else {
            self.offer_by_name(&tx, held, step, to.member, now)?
        };
        Ok((tx, work))
    }

    /// Offers work of a team to one of its members, whatever the member holds already.
    fn offer_by_name(
        &self,
        tx: &Tx,
        mut work: Assignment,
        step: Move,
        member: &str,
        now: DateTime<Utc>,
    ) -> Result<Assignment, Error> {
        if work.state != State::Queued {
            holdings::note(tx, &work, Outcome::of(step), now);
            work.put_back(step)?;
        }
        let until = lease_until(now, self.offer_time(&self.times.ways(&work.team_key)));
        work.offer(member, rand::random(), (now, until))?;
        assignments::save(tx, &mut work);
        expiry::set(tx, &work);
        outgoing::offered(tx, &work, now)?;
        self.after_offer(tx, vec![work.clone()]);
        Ok(work)
    }

    async fn is_member(&self, team: &str, subject: &str) -> Result<(), Error> {
        if subject.is_empty() || self.belongs(team, subject).await? {
            return Ok(());
        }
        let (en, zh) = ("is no member of that team", "不是该班组的成员");
        Err(Core::Field { field: "member", en, zh }.into())
    }

    /// Reports accepted work done in its holder's place.
    ///
    /// # Errors
    /// [`Core::NotFound`]; [`Core::Forbidden`] for a lead of another team; [`Error::StateConflict`], and what the ticket
    /// service answers.
    pub(crate) async fn force_complete(
        &self,
        caller: &Caller,
        id: Uuid,
        (resolution, article_ids): (&str, &[String]),
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let held = self.in_charge_of(caller, id).await?;
        held.after(Move::Complete)?;
        self.tickets.force_complete(&held, resolution, article_ids).await.map_err(Core::from)?;
        let tx = self.db.begin().await?;
        let mut work = locked(&tx, id).await?;
        // The ticket's own event may have come first and said the same.
        if work.is_done() && work.epoch == held.epoch {
            return Ok((tx, work));
        }
        if work.epoch != held.epoch {
            return Err(Error::StateConflict { state: work.state });
        }
        self.complete_work(&tx, &mut work, reason, self.clock.now())?;
        Ok((tx, work))
    }

    /// Returns work that the caller is in charge of.
    async fn in_charge_of(&self, caller: &Caller, id: Uuid) -> Result<Assignment, Error> {
        let found = assignments::find(self.db.reader(), id).await?;
        let work = found.ok_or_else(|| missing(id))?;
        is_in_charge(caller, &self.sight(caller).await?, &work.team_key)?;
        Ok(work)
    }

    /// Returns the key of the team that a request names in `teamKey`, whose queue takes work in.
    ///
    /// # Errors
    /// [`Core::Field`].
    pub(super) async fn team_named(&self, team: &str) -> Result<String, Error> {
        let found = teams::find(self.db.reader(), team).await?;
        let unknown = Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" };
        let found = found.ok_or(unknown)?;
        if Flow::from_number(found.flow).takes_in() {
            return Ok(found.key);
        }
        let (en, zh) = ("names a team whose queue is being drained", "该班组的队列正在排空，不进新单");
        Err(Core::Field { field: "teamKey", en, zh }.into())
    }

    /// Ends work for one team and puts it into another one's queue, or offers it there to a member, where one is named.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(super) fn hand_to(
        &self,
        tx: &Tx,
        held: Assignment,
        (step, team, member): (Move, &str, &str),
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Assignment, Error> {
        let ways = self.times.ways(team);
        let mut next = held.handed_to(id::new(), team, now);
        next.cost = ways.cost_of(next.ticket.kind, &next.ticket.category_code);
        next.sender = caller::current_actor();
        self.times.set(&mut next, now);
        holdings::note(tx, &held, Outcome::Left, now);
        let mut ended = held;
        ended.end(step, now)?;
        ended.version += 1;
        outgoing::transferred(tx, &ended, team, reason, now)?;
        outgoing::queued(tx, &next, now)?;
        if !member.is_empty() {
            next.offer(member, rand::random(), (now, lease_until(now, self.offer_time(&ways))))?;
            expiry::set(tx, &next);
            outgoing::offered(tx, &next, now)?;
            self.after_offer(tx, vec![next.clone()]);
        }
        let both = vec![ended, next.clone()];
        assignments::put_all(tx, &both);
        self.follow(tx, both);
        Ok(next)
    }
}

fn is_in_charge(caller: &Caller, sight: &Sight, team_key: &str) -> Result<(), Error> {
    if may_staff(caller, sight, team_key) {
        return Ok(());
    }
    Err(Core::Forbidden("you are not in charge of this team", "您不是该班组的负责人").into())
}
