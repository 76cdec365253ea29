//! News of tickets that make and end callbacks, and what callbacks tell.

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::{id, outbox};
use hotline_proto::callbacks::v1::CallbackState;
use hotline_proto::events::v1::{
    CalendarsChanged, CallbackAttempted, CallbackCompleted, Envelope, TicketCancelled, TicketClosed,
    TicketReinstated, TicketReopened, TicketResolved, TicketSnapshot,
};

use crate::NAME;
use crate::domain::{Attempt, Callback};
use crate::work::{MERGED, Work};

/// Takes in what tickets publish.
pub(crate) struct Intake(Work);

impl Intake {
    /// Makes the consumer of the service.
    pub(crate) fn new(work: Work) -> Self {
        Self(work)
    }
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
        let (work, at) = (&self.0, outbox::occurred_at(event));
        if let Some(event) = outbox::read::<TicketResolved>(event)? {
            work.solved(tx, &event, at).await?;
        } else if let Some(event) = outbox::read::<TicketReopened>(event)? {
            work.reopened(tx, &id_of(event.ticket), at).await?;
        } else if let Some(event) = outbox::read::<TicketClosed>(event)? {
            work.gone(tx, &id_of(event.ticket), "TICKET_CLOSED", at).await?;
        } else if let Some(event) = outbox::read::<TicketCancelled>(event)? {
            let reason = if event.survivor_id.is_empty() { "TICKET_CANCELLED" } else { MERGED };
            work.gone(tx, &id_of(event.ticket), reason, at).await?;
        } else if let Some(event) = outbox::read::<TicketReinstated>(event)? {
            work.reinstated(tx, &id_of(event.ticket), at).await?;
        } else if let Some(event) = outbox::read::<CalendarsChanged>(event)? {
            work.policies.take_over(tx, &event).await?;
        }
        Ok(())
    }
}

fn id_of(ticket: Option<TicketSnapshot>) -> String {
    ticket.unwrap_or_default().id
}

/// Publishes that somebody tried to reach the customer.
pub(crate) fn attempted(tx: &Tx, callback: &Callback, attempt: &Attempt) -> Result<(), Error> {
    let event = CallbackAttempted {
        callback_id: callback.id.to_string(),
        ticket_id: id::text(callback.draft.ticket.as_ref().map(|ticket| ticket.id)),
        agent: attempt.agent.clone(),
        outcome: attempt.outcome.as_str_name().to_owned(),
        attempt: attempt.number,
    };
    outbox::put(tx, callback.id, attempt.at, &event)
}

/// Publishes that a callback came to its end by its last try. One that is ended by hand or by its ticket was neither
/// done nor missed: nothing tells of it.
pub(crate) fn completed(tx: &Tx, callback: &Callback, last: &Attempt) -> Result<(), Error> {
    let ticket = callback.draft.ticket.as_ref();
    let event = CallbackCompleted {
        callback_id: callback.id.to_string(),
        ticket_id: id::text(ticket.map(|ticket| ticket.id)),
        agent: last.agent.clone(),
        reached: callback.state == CallbackState::Completed,
        satisfied: callback.answer.satisfied,
        score: callback.answer.score,
        in_time: last.at <= callback.draft.due_at,
        category_code: ticket.map(|ticket| ticket.category_code.clone()).unwrap_or_default(),
        team_key: ticket.map(|ticket| ticket.team_key.clone()).unwrap_or_default(),
        solved_by: ticket.map(|ticket| ticket.solved_by.clone()).unwrap_or_default(),
        priority: ticket.map_or(0, |ticket| ticket.priority.into()),
        channel: ticket.map_or(0, |ticket| ticket.channel.into()),
        r#type: ticket.map_or(0, |ticket| ticket.ticket_type.into()),
    };
    outbox::put(tx, callback.id, last.at, &event)
}
