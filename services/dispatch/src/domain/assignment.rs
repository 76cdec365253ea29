//! An assignment and what can happen to it.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use uuid::Uuid;

use super::lease::Token;
use super::state::{Move, State};
use crate::error::Error;

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
    /// When it ended.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// How often it was leased.
    pub(crate) attempts: i32,
    /// How often it was given back after acceptance.
    pub(crate) returns: i32,
    /// Name of the rule that chose the team; empty where a person did.
    pub(crate) rule: String,
    /// Version behind the etag.
    pub(crate) version: i64,
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
    /// How it came in.
    pub(crate) channel: Channel,
    /// When it was registered.
    pub(crate) created_at: DateTime<Utc>,
    /// When the solution is due.
    pub(crate) resolution_due_at: Option<DateTime<Utc>>,
}

/// When work is due and where that puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// When the work is due.
    pub(crate) due_at: DateTime<Utc>,
    /// Its place in the queue.
    pub(crate) order: i64,
}

/// Where work goes and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The team.
    pub(crate) team_key: String,
    /// Name of the rule that chose it; empty where a person did.
    pub(crate) rule: String,
}

impl Assignment {
    /// Puts a ticket into a team's queue.
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
            attempts: 0,
            returns: 0,
            rule: route.rule,
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
        self.state == State::Completed && self.is_by(subject, token)
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

    /// Takes it on; the token stays good until it ends or is given back.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn accept(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.step(Move::Accept)?;
        self.lease_expires_at = None;
        self.accepted_at = Some(now);
        Ok(())
    }

    /// Puts it back at its old place, because its holder declined it, returned it, or let the lease run out.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn put_back(&mut self, why: Move) -> Result<(), Error> {
        self.step(why)?;
        self.returns += i32::from(why == Move::Return);
        self.holder.clear();
        self.accepted_at = None;
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
        // Completed work keeps the proof of who completed it.
        if how != Move::Complete {
            self.lease_hash = None;
        }
        Ok(())
    }

    /// Returns the work for the next team: it keeps its due time and place.
    pub(crate) fn handed_to(&self, id: Uuid, team_key: &str, now: DateTime<Utc>) -> Self {
        let route = Route { team_key: team_key.to_owned(), rule: String::new() };
        let place = Place { due_at: self.due_at, order: self.order };
        Self::queued(id, self.ticket.clone(), route, place, now)
    }

    /// Takes over what changed of the ticket.
    pub(crate) fn refresh(&mut self, ticket: Brief, place: Place) {
        self.ticket = ticket;
        self.due_at = place.due_at;
        self.order = place.order;
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
    }
}

#[cfg(test)]
pub(crate) mod tests;
