//! What happens to a ticket, as far as it moves work.

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::outbox::{occurred_at, read};
use hotline_core::time::from_proto;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    Envelope, SlaBreached, TicketCancelled, TicketClosed, TicketCreated, TicketHandedOver, TicketImported,
    TicketReopened, TicketReprioritized, TicketResolved, TicketResumed, TicketSnapshot, TicketWaiting,
};

use crate::NAME;
use crate::domain::assignment::Brief;
use crate::work::Work;
use crate::work::intake::Arrival;

/// Applies the events of tickets.
pub(crate) struct Intake(pub(crate) Work);

/// What an event means for the work on its ticket.
enum Change {
    /// There is a ticket that no team has.
    Arrived(TicketSnapshot),
    /// The ticket is for the team it names.
    Sent(TicketSnapshot),
    /// The ticket needs no more work; who solved it, where somebody did.
    Ended(TicketSnapshot, Option<String>),
    /// Due time or priority may have changed.
    Altered(TicketSnapshot),
}

#[async_trait]
impl Consumer for Intake {
    fn name(&self) -> &'static str {
        NAME
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        let at = occurred_at(event);
        match change(event)? {
            None => Ok(()),
            Some(Change::Arrived(ticket)) if !is_open(&ticket) => Ok(()),
            Some(Change::Arrived(ticket)) => self.0.arrived(tx, &arrival(&ticket, event)?, at).await,
            Some(Change::Sent(ticket)) if !is_open(&ticket) => Ok(()),
            Some(Change::Sent(ticket)) => self.0.sent(tx, &arrival(&ticket, event)?, at).await,
            Some(Change::Ended(ticket, solver)) => {
                let ticket = id::parse(&ticket.id, "ticket.id")?;
                self.0.ended(tx, ticket, solver.as_deref(), at).await
            }
            Some(Change::Altered(ticket)) => self.0.altered(tx, arrival(&ticket, event)?.ticket).await,
        }
    }
}

fn change(event: &Envelope) -> Result<Option<Change>, Error> {
    if let Some(event) = read::<TicketCreated>(event)? {
        return Ok(event.ticket.map(Change::Arrived));
    }
    if let Some(event) = read::<TicketImported>(event)? {
        // The team that had it in the other system goes on with it.
        let to =
            |ticket: &TicketSnapshot| if ticket.team_key.is_empty() { Change::Arrived } else { Change::Sent };
        return Ok(event.ticket.map(|ticket| to(&ticket)(ticket)));
    }
    if let Some(event) = read::<TicketHandedOver>(event)? {
        return Ok(event.ticket.map(Change::Sent));
    }
    if let Some(event) = read::<TicketReopened>(event)? {
        return Ok(event.ticket.map(Change::Sent));
    }
    if let Some(event) = read::<TicketResolved>(event)? {
        let solver = Some(event.solved_by);
        return Ok(event.ticket.map(|ticket| Change::Ended(ticket, solver)));
    }
    if let Some(event) = read::<TicketClosed>(event)? {
        return Ok(event.ticket.map(|ticket| Change::Ended(ticket, None)));
    }
    if let Some(event) = read::<TicketCancelled>(event)? {
        return Ok(event.ticket.map(|ticket| Change::Ended(ticket, None)));
    }
    altered(event)
}

fn altered(event: &Envelope) -> Result<Option<Change>, Error> {
    let ticket = if let Some(event) = read::<TicketReprioritized>(event)? {
        event.ticket
    } else if let Some(event) = read::<TicketWaiting>(event)? {
        event.ticket
    } else if let Some(event) = read::<TicketResumed>(event)? {
        event.ticket
    } else if let Some(event) = read::<SlaBreached>(event)? {
        event.ticket
    } else {
        None
    };
    Ok(ticket.map(Change::Altered))
}

fn is_open(ticket: &TicketSnapshot) -> bool {
    !matches!(
        ticket.state(),
        TicketState::Resolved | TicketState::Verified | TicketState::Closed | TicketState::Cancelled
    )
}

fn arrival(ticket: &TicketSnapshot, event: &Envelope) -> Result<Arrival, Error> {
    Ok(Arrival {
        ticket: Brief {
            id: id::parse(&ticket.id, "ticket.id")?,
            number: ticket.number.clone(),
            kind: ticket.r#type(),
            category_code: ticket.category_code.clone(),
            subject: ticket.subject.clone(),
            description: ticket.description.clone(),
            priority: ticket.priority(),
            project: ticket.project.clone(),
            room: ticket.room.clone(),
            channel: ticket.channel(),
            created_at: from_proto(ticket.created_at.as_ref()).unwrap_or(occurred_at(event)),
            resolution_due_at: from_proto(ticket.resolution_due_at.as_ref()),
        },
        team_key: ticket.team_key.clone(),
        key_account: ticket.key_account,
    })
}
