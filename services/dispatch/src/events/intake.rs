//! What happens to a ticket, as far as it moves work.

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::outbox::{occurred_at, read};
use hotline_core::time::from_proto;
use hotline_core::{id, telemetry};
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    CalendarsChanged, Envelope, SlaBreached, TicketCancelled, TicketClosed, TicketCreated, TicketExtended,
    TicketHandedOver, TicketImported, TicketPromised, TicketReinstated, TicketReopened, TicketReprioritized,
    TicketResolved, TicketResumed, TicketSnapshot, TicketWaiting,
};

use crate::NAME;
use crate::domain::assignment::Brief;
use crate::work::Work;
use crate::work::intake::{Arrival, Batch, Change};

/// Applies the events of tickets.
pub(crate) struct Intake(pub(crate) Work);

#[async_trait]
impl Consumer for Intake {
    fn name(&self) -> &'static str {
        NAME
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        self.apply_all(tx, &[event]).await
    }

    async fn apply_all(&self, tx: &Tx, events: &[&Envelope]) -> Result<(), Error> {
        let mut changes = Vec::with_capacity(events.len());
        for event in events {
            if let Some(told) = read::<CalendarsChanged>(event)? {
                self.0.calendars.take_over(tx, &told).await?;
            }
            if let Some(change) = change(event)? {
                changes.push((*event, change));
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::open(&self.0, tx, changes.iter().map(|(_, change)| change)).await?;
        for (event, change) in changes {
            let span = telemetry::event_span(NAME, event);
            telemetry::within(span, batch.apply(change, occurred_at(event))).await?;
        }
        batch.close();
        Ok(())
    }
}

/// Returns what an event means for the work on its ticket, if anything.
fn change(event: &Envelope) -> Result<Option<Change>, Error> {
    if let Some(created) = read::<TicketCreated>(event)? {
        return wanted(created.ticket, event, Change::Arrived);
    }
    if let Some(imported) = read::<TicketImported>(event)? {
        // The team that had it in the other system goes on with it.
        let had = imported.ticket.as_ref().is_some_and(|ticket| !ticket.team_key.is_empty());
        return wanted(imported.ticket, event, if had { Change::Sent } else { Change::Arrived });
    }
    if let Some(handed) = read::<TicketHandedOver>(event)? {
        return wanted(handed.ticket, event, Change::Sent);
    }
    if let Some(reopened) = read::<TicketReopened>(event)? {
        return wanted(reopened.ticket, event, Change::Sent);
    }
    if let Some(reinstated) = read::<TicketReinstated>(event)? {
        return wanted(reinstated.ticket, event, Change::Sent);
    }
    if let Some(resolved) = read::<TicketResolved>(event)? {
        return ended(resolved.ticket, Some(resolved.solved_by));
    }
    if let Some(closed) = read::<TicketClosed>(event)? {
        return ended(closed.ticket, None);
    }
    if let Some(cancelled) = read::<TicketCancelled>(event)? {
        return ended(cancelled.ticket, None);
    }
    altered(event)
}

/// Reads a ticket that somebody is to work on, unless it is over already.
fn wanted(
    ticket: Option<TicketSnapshot>,
    event: &Envelope,
    change: fn(Arrival) -> Change,
) -> Result<Option<Change>, Error> {
    let open = ticket.filter(is_open);
    open.map(|ticket| arrival(&ticket, event).map(change)).transpose()
}

fn ended(ticket: Option<TicketSnapshot>, solver: Option<String>) -> Result<Option<Change>, Error> {
    let ticket = ticket.map(|ticket| id::parse(&ticket.id, "ticket.id")).transpose()?;
    Ok(ticket.map(|ticket| Change::Ended(ticket, solver)))
}

fn altered(event: &Envelope) -> Result<Option<Change>, Error> {
    let ticket = if let Some(event) = read::<TicketReprioritized>(event)? {
        event.ticket
    } else if let Some(event) = read::<TicketPromised>(event)? {
        event.ticket
    } else if let Some(event) = read::<TicketExtended>(event)? {
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
    let ticket = ticket.map(|ticket| arrival(&ticket, event)).transpose()?;
    Ok(ticket.map(|arrival| Change::Altered(arrival.ticket)))
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
            region: ticket.region.clone(),
            key_account: ticket.key_account,
            channel: ticket.channel(),
            created_at: from_proto(ticket.created_at.as_ref()).unwrap_or(occurred_at(event)),
            // What was promised sooner is due sooner.
            resolution_due_at: [&ticket.resolution_due_at, &ticket.answer_due_at]
                .into_iter()
                .filter_map(|due| from_proto(due.as_ref()))
                .min(),
        },
        team_key: ticket.team_key.clone(),
        sender: event.actor.clone(),
    })
}
