//! An assignment and what can happen to it.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use uuid::Uuid;

use super::confirmation::Confirmation;
use super::escalation::Step;
use super::lease::Token;
use super::order;
use super::stages::Dues;
use super::state::{Move, State};
use crate::error::Error;

mod route;

pub(crate) use route::{Chosen, Place, Route};

/// Work for a team, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// `UUIDv7`.
    pub(crate) id: Uuid,
    /// The ticket as it was last told of.
    pub(crate) ticket: Brief,
    /// The team whose queue it is in.
    pub(crate) team_key: String,
    /// Where it stands.
    pub(crate) state: State,
    /// Who holds it, or held it when it ended; empty while queued.
    pub(crate) holder: String,
    /// Hash of the lease token; there while it is held.
    pub(crate) lease_hash: Option<Vec<u8>>,
    /// End of the lease; there while it is leased.
    pub(crate) lease_expires_at: Option<DateTime<Utc>>,
    /// Grows with every lease.
    pub(crate) epoch: i64,
    /// When the work is due.
    pub(crate) due_at: DateTime<Utc>,
    /// Its place in the queue; see [`super::order`].
    pub(crate) order: i64,
    /// When it was first queued; returning it changes nothing.
    pub(crate) queued_at: DateTime<Utc>,
    /// When it was last accepted.
    pub(crate) accepted_at: Option<DateTime<Utc>>,
    /// When it ended; wrap-up comes after.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// What its holder can still ask for of an offer; see [`Offered`].
    pub(crate) offered: Option<Offered>,
    /// What it takes of its holder's capacity, from 1.
    pub(crate) cost: i32,
    /// Until when it is laid aside, and why; there while it is parked.
    pub(crate) parked: Option<Parked>,
    /// How its holder wraps up; there while they do.
    pub(crate) wrap_up: Option<WrapUp>,
    /// What its holder said at the end of wrap-up.
    pub(crate) disposition: String,
    /// How often it was leased.
    pub(crate) attempts: i32,
    /// How often it was given back after acceptance, by any team.
    pub(crate) returns: i32,
    /// A supervisor decided who has to do it: it can't be returned or transferred.
    pub(crate) decided: bool,
    /// Name of the rule that chose the team; empty where a person did.
    pub(crate) rule: String,
    /// Who dispatched it.
    pub(crate) sender: String,
    /// When it was last leased.
    pub(crate) leased_at: Option<DateTime<Utc>>,
    /// Who was reached by telephone.
    pub(crate) confirmation: Option<Confirmation>,
    /// Who is told if nobody has noticed it, from the member upwards.
    pub(crate) escalation: Vec<Step>,
    /// Until when its stages are to be met.
    pub(crate) dues: Dues,
    /// When its holder came to the site.
    pub(crate) arrived_at: Option<DateTime<Utc>>,
    /// By what it was routed.
    pub(crate) chosen: Chosen,
    /// It came in outside office hours and was put first at the start of work, where it stays (D9).
    pub(crate) put_first: bool,
    /// Version behind the etag.
    pub(crate) version: i64,
}

/// A lease that was not asked for. Its holder may ask for the token as often as they like, from wherever they are signed
/// in, so the secret is kept: it proves nothing without the holder's own token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    /// The secret of the lease token.
    pub(crate) secret: [u8; 16],
    /// A claim of the holder has brought it.
    pub(crate) delivered: bool,
}

/// Work that was laid aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    /// When it is in hand again.
    pub(crate) until: DateTime<Utc>,
    /// Why.
    pub(crate) reason: String,
}

/// Time to wrap up done work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrapUp {
    /// When it ends by itself.
    pub(crate) until: DateTime<Utc>,
    /// It was made longer, which is done once.
    pub(crate) extended: bool,
}

/// What a member needs to know of a ticket; nothing about the customer's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brief {
    /// The ticket.
    pub(crate) id: Uuid,
    /// The number that is read out by phone.
    pub(crate) number: String,
    /// Kind of trouble.
    pub(crate) kind: TicketType,
    /// Leaf of the catalogue.
    pub(crate) category_code: String,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// Urgency × impact.
    pub(crate) priority: Priority,
    /// 所属项目
    pub(crate) project: String,
    /// 房号
    pub(crate) room: String,
    /// 区域 as it was said; empty where only the project tells it.
    pub(crate) region: String,
    /// The customer is a key account (重点客户).
    pub(crate) key_account: bool,
    /// How it came in.
    pub(crate) channel: Channel,
    /// When it was registered.
    pub(crate) created_at: DateTime<Utc>,
    /// When the solution is due.
    pub(crate) resolution_due_at: Option<DateTime<Utc>>,
}

impl Assignment {
    /// Puts a ticket into a team's queue, at the cost of 1.
    pub(crate) fn queued(id: Uuid, ticket: Brief, route: Route, place: Place, now: DateTime<Utc>) -> Self {
        Self {
            id,
            ticket,
            team_key: route.team_key,
            state: State::Queued,
            holder: String::new(),
            lease_hash: None,
            lease_expires_at: None,
            epoch: 0,
            due_at: place.due_at,
            order: place.order,
            queued_at: now,
            accepted_at: None,
            ended_at: None,
            offered: None,
            cost: 1,
            parked: None,
            wrap_up: None,
            disposition: String::new(),
            attempts: 0,
            returns: 0,
            decided: false,
            rule: route.rule,
            sender: String::new(),
            leased_at: None,
            confirmation: None,
            escalation: Vec::new(),
            dues: Dues::default(),
            arrived_at: None,
            chosen: route.chosen,
            put_first: false,
            version: 1,
        }
    }

    /// Leases it to `holder` until `until`.
    ///
    /// # Errors
    /// [`Error::StateConflict`] unless it is queued.
    pub(crate) fn lease(
        &mut self,
        holder: &str,
        secret: [u8; 16],
        until: DateTime<Utc>,
    ) -> Result<Token, Error> {
        self.step(Move::Lease)?;
        self.epoch += 1;
        self.attempts += 1;
        let token = Token { assignment: self.id, epoch: self.epoch, secret };
        holder.clone_into(&mut self.holder);
        self.lease_hash = Some(token.hash());
        self.lease_expires_at = Some(until);
        Ok(token)
    }

    /// Leases it to `holder`, who did not ask for it, from now until then.
    ///
    /// # Errors
    /// [`Error::StateConflict`] unless it is queued.
    pub(crate) fn offer(
        &mut self,
        holder: &str,
        secret: [u8; 16],
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<(), Error> {
        self.lease(holder, secret, until)?;
        self.leased_at = Some(now);
        self.offered = Some(Offered { secret, delivered: false });
        Ok(())
    }

    /// Returns the token of work that was offered to its holder.
    pub(crate) fn offered_token(&self) -> Option<Token> {
        let Offered { secret, .. } = self.offered?;
        Some(Token { assignment: self.id, epoch: self.epoch, secret })
    }

    /// A claim of its holder brought it.
    pub(crate) fn delivered(&mut self) {
        if let Some(offered) = &mut self.offered {
            offered.delivered = true;
        }
    }

    /// Returns what it takes of its holder's capacity.
    pub(crate) fn cost(&self) -> u64 {
        u64::try_from(self.cost).unwrap_or(1)
    }

    /// Checks that `subject` holds it by `token` and may make the move. A lease that ran out is lost even where nobody
    /// has noticed yet, so that the answer does not depend on the sweeper (A04).
    ///
    /// # Errors
    /// [`Error::LeaseLost`], [`Error::StateConflict`].
    pub(crate) fn check(
        &self,
        subject: &str,
        token: &str,
        step: Move,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let holds = self.state.is_held()
            && self.is_by(subject, token)
            && self.lease_expires_at.is_none_or(|end| now < end);
        if !holds {
            return Err(Error::LeaseLost);
        }
        self.after(step).map(drop)
    }

    /// Tells whether `subject` completed it by `token`: a retry asks so whose first answer was lost.
    pub(crate) fn was_completed_by(&self, subject: &str, token: &str) -> bool {
        self.is_done() && self.is_by(subject, token)
    }

    /// Tells whether it was completed, wrap-up or not.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Completed | State::Wrapping)
    }

    fn is_by(&self, subject: &str, token: &str) -> bool {
        Token::parse(token).is_some_and(|token| {
            self.holder == subject
                && token.assignment == self.id
                && token.epoch == self.epoch
                && self.lease_hash.as_deref() == Some(&*token.hash())
        })
    }

    /// Keeps the lease until `until`, sooner or later than before. Accepted work has none to keep.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn heartbeat(&mut self, until: DateTime<Utc>) -> Result<(), Error> {
        self.step(Move::Heartbeat)?;
        if self.state == State::Leased {
            self.lease_expires_at = Some(until);
        }
        Ok(())
    }

    /// Lays it aside until `until`.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn park(&mut self, until: DateTime<Utc>, reason: &str) -> Result<(), Error> {
        self.step(Move::Park)?;
        self.parked = Some(Parked { until, reason: reason.to_owned() });
        Ok(())
    }

    /// Takes it up again.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        self.step(Move::Resume)?;
        self.parked = None;
        Ok(())
    }

    /// Ends it as done; its holder may wrap up for `wrap_up`.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn complete(&mut self, wrap_up: Option<TimeDelta>, now: DateTime<Utc>) -> Result<(), Error> {
        let step = if wrap_up.is_some() { Move::Wrap } else { Move::Complete };
        self.end(step, now)?;
        self.wrap_up = wrap_up.map(|time| WrapUp { until: now + time, extended: false });
        Ok(())
    }

    /// Makes wrap-up longer by `time`, once.
    ///
    /// # Errors
    /// [`Error::StateConflict`]; [`Error::WrapUpExtended`].
    pub(crate) fn extend_wrap_up(&mut self, time: TimeDelta) -> Result<(), Error> {
        self.step(Move::Heartbeat)?;
        let Some(wrap_up) = self.wrap_up.as_mut().filter(|wrap_up| !wrap_up.extended) else {
            return Err(Error::WrapUpExtended);
        };
        *wrap_up = WrapUp { until: wrap_up.until + time, extended: true };
        Ok(())
    }

    /// Ends wrap-up.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn finish(&mut self, disposition: &str) -> Result<(), Error> {
        self.step(Move::Finish)?;
        self.wrap_up = None;
        disposition.clone_into(&mut self.disposition);
        Ok(())
    }

    /// Takes it on; the token stays good until it ends or is given back.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn accept(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.step(Move::Accept)?;
        self.lease_expires_at = None;
        self.accepted_at = Some(now);
        // Whoever took it on answers for it: it goes on to no other team by itself, given back or not.
        self.chosen.moves_on_at = None;
        Ok(())
    }

    /// Returns how its holder gives it back: into the queue, or before the supervisor once it was returned `most` times.
    ///
    /// # Errors
    /// [`Error::DecidedFinally`].
    pub(crate) fn way_back(&self, most: i32) -> Result<Move, Error> {
        self.may_be_passed_on()?;
        Ok(if self.returns + 1 >= most { Move::Dispute } else { Move::Return })
    }

    /// Refuses work of which a supervisor decided who has to do it.
    ///
    /// # Errors
    /// [`Error::DecidedFinally`].
    pub(crate) fn may_be_passed_on(&self) -> Result<(), Error> {
        if self.decided { Err(Error::DecidedFinally) } else { Ok(()) }
    }

    /// Puts it back at its old place, or before the supervisor, because its holder declined it, returned it, let the lease
    /// run out, or had it taken away.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn put_back(&mut self, why: Move) -> Result<(), Error> {
        self.step(why)?;
        self.returns += i32::from(matches!(why, Move::Return | Move::Dispute));
        self.holder.clear();
        self.accepted_at = None;
        self.arrived_at = None;
        self.forget_lease();
        Ok(())
    }

    /// Ends it, as completed, transferred or withdrawn.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn end(&mut self, how: Move, now: DateTime<Utc>) -> Result<(), Error> {
        self.step(how)?;
        self.ended_at = Some(now);
        self.lease_expires_at = None;
        self.parked = None;
        // Completed work keeps the proof of who completed it.
        if !matches!(how, Move::Complete | Move::Wrap) {
            self.forget_lease();
        }
        Ok(())
    }

    /// Returns the work for the next team: it keeps its due time and place.
    pub(crate) fn handed_to(&self, id: Uuid, team_key: &str, now: DateTime<Utc>) -> Self {
        let place = Place { due_at: self.due_at, order: self.order };
        let next = Self::queued(id, self.ticket.clone(), Route::by_person(team_key), place, now);
        // A team does not get rid of its returns by handing the work on.
        let (returns, decided, put_first) = (self.returns, self.decided, self.put_first);
        Self { returns, decided, put_first, cost: self.cost, ..next }
    }

    /// Returns the work for the team that routing gives it to next: it keeps its due time and place, and has waited since
    /// it was first queued.
    pub(crate) fn rerouted(&self, id: Uuid, route: Route) -> Self {
        let place = Place { due_at: self.due_at, order: self.order };
        let next = Self::queued(id, self.ticket.clone(), route, place, self.queued_at);
        let (returns, put_first) = (self.returns, self.put_first);
        Self { returns, put_first, sender: self.sender.clone(), ..next }
    }

    /// Puts it before all that came in during office hours; among what came in outside them, by when it came.
    pub(crate) fn put_first(&mut self, received_at: DateTime<Utc>) {
        self.put_first = true;
        self.order = order::first(received_at);
    }

    /// Takes over what changed of the ticket; work that was put first stays there.
    pub(crate) fn refresh(&mut self, ticket: Brief, place: Place) {
        self.ticket = ticket;
        self.due_at = place.due_at;
        if !self.put_first {
            self.order = place.order;
        }
    }

    /// Returns where a move leads.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn after(&self, step: Move) -> Result<State, Error> {
        self.state.after(step).ok_or(Error::StateConflict { state: self.state })
    }

    fn step(&mut self, step: Move) -> Result<(), Error> {
        self.state = self.after(step)?;
        Ok(())
    }

    fn forget_lease(&mut self) {
        self.lease_hash = None;
        self.lease_expires_at = None;
        self.offered = None;
        self.parked = None;
    }
}

#[cfg(test)]
pub(crate) mod tests;
