//! An assignment and what can happen to it.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use uuid::Uuid;

use super::confirmation::Confirmation;
use super::escalation::Step;
use super::order;
use super::stages::Dues;
use super::state::{Move, State};
use crate::error::Error;

mod holding;
mod moves;
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

    /// Returns what it takes of its holder's capacity.
    pub(crate) fn cost(&self) -> u64 {
        u64::try_from(self.cost).unwrap_or(1)
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
}

#[cfg(test)]
pub(crate) mod tests;
