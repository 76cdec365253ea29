//! What the ticket service publishes, and what it does with events of dispatch and with what is due.

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::caller::{self, Caller};
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines::{Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::outbox::Pending;
use hotline_core::{id, outbox};
use hotline_proto::events::v1::{
    AssignmentExpired, AssignmentQueued, AssignmentReturned, AssignmentSnapshot, Envelope,
};
use prost::{Message, Name};

use crate::domain::draft::{Draft, Happening, What, Who};
use crate::domain::handling::Assignment;
use crate::domain::number::Reference;
use crate::store::{Store, alarm_of};
use crate::{NAME, error};

mod messages;

/// Writes what others are told into the outbox, in order.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn publish<'a>(tx: &Tx, happenings: impl IntoIterator<Item = &'a Happening>) -> Result<(), Error> {
    let pending: Result<Vec<_>, _> = happenings.into_iter().map(pending).collect();
    outbox::put_all(tx, pending?);
    Ok(())
}

/// One thing on its way into the outbox.
struct Outgoing<'a>(&'a Happening);

impl Outgoing<'_> {
    fn send<E: Message + Name>(&self, event: E) -> Result<Pending, Error> {
        Pending::new(self.0.ticket.id, self.0.at, &event)
    }
}

fn pending(happening: &Happening) -> Result<Pending, Error> {
    let (out, ticket) = (Outgoing(happening), &happening.ticket);
    let snapshot = messages::snapshot(ticket);
    match &happening.what {
        What::Created => out.send(messages::created(snapshot)),
        What::Assigned(from) => out.send(messages::assigned(snapshot, from)),
        What::HandedOver(note) => out.send(messages::handed_over(snapshot, note)),
        What::Started(first) => out.send(messages::started(snapshot, *first)),
        What::Waiting(reason) => out.send(messages::waiting(snapshot, reason)),
        What::Resumed => out.send(messages::resumed(snapshot)),
        What::Reprioritized(from) => out.send(messages::reprioritized(snapshot, *from)),
        What::Resolved(solution) => out.send(messages::resolved(snapshot, ticket, solution)),
        What::Verified => out.send(messages::verified(snapshot)),
        What::Closed => out.send(messages::closed(snapshot)),
        What::Reopened { reason, solved_by } => out.send(messages::reopened(snapshot, reason, solved_by)),
        What::Cancelled(reason) => out.send(messages::cancelled(snapshot, reason)),
        What::Imported(bygone) => out.send(messages::imported(snapshot, ticket, bygone)),
        What::Warned(which, due) => out.send(messages::warned(snapshot, *which, *due)),
        What::Breached(which, due) => out.send(messages::breached(snapshot, *which, *due)),
        What::Fulfilled(stopped) => out.send(messages::fulfilled(snapshot, stopped)),
    }
}

/// What comes in by the event road and the time road.
pub(crate) struct Road {
    store: Store,
}

impl Road {
    /// Returns the two roads into a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn dispatched(
        &self,
        tx: &Tx,
        event: &Envelope,
        assignment: Option<AssignmentSnapshot>,
        decide: impl FnOnce(&mut Draft<'_>, &str, Assignment) -> Result<(), error::Error> + Send,
    ) -> Result<(), Error> {
        let assignment = assignment.unwrap_or_default();
        let ticket = Reference::Id(id::parse(&assignment.ticket_id, "ticketId")?);
        let lease = Assignment { id: id::parse(&assignment.id, "id")?, epoch: assignment.epoch };
        let decide = |draft: &mut Draft<'_>| decide(draft, &assignment.team_key, lease);
        let now = self.store.clock.now();
        Ok(self.store.change_within(tx, &ticket, now, cause(event), decide).await?)
    }
}

#[async_trait]
impl Consumer for Road {
    fn name(&self) -> &'static str {
        NAME
    }

    fn db(&self) -> &Db {
        &self.store.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        if let Some(queued) = outbox::read::<AssignmentQueued>(event)? {
            let assign = |draft: &mut Draft<'_>, team: &str, lease| draft.assign(team, lease);
            self.dispatched(tx, event, queued.assignment, assign).await?;
        }
        if let Some(returned) = outbox::read::<AssignmentReturned>(event)? {
            let reason = returned.reason;
            let back = move |draft: &mut Draft<'_>, team: &str, lease| draft.returned(team, lease, &reason);
            self.dispatched(tx, event, returned.assignment, back).await?;
        }
        if let Some(expired) = outbox::read::<AssignmentExpired>(event)? {
            let back = |draft: &mut Draft<'_>, team: &str, lease| draft.returned(team, lease, "");
            self.dispatched(tx, event, expired.assignment, back).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Alarm for Road {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let Some(ticket) = alarm_of(deadline) else { return Ok(()) };
        // What was due happens as every command begins: catching up to the deadline is all there is to do.
        let caught_up = async {
            let which = Reference::Id(ticket);
            self.store.change_within(tx, &which, deadline.due_at, itself(), |_| Ok(())).await
        };
        Ok(Caller::service(NAME).scope(caught_up).await?)
    }
}

/// Returns who did what an event tells of; an event that names nobody is this service's doing.
fn cause(event: &Envelope) -> Who {
    if event.actor.is_empty() { itself() } else { Who { subject: event.actor.clone(), ..Who::default() } }
}

fn itself() -> Who {
    Who { subject: caller::current_actor(), team_key: String::new() }
}
