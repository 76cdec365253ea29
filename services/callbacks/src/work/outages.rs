//! Customers of an outage that is over: each is called once, about all tickets that it caused them (T13, V1).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as CoreError;
use hotline_core::id;
use hotline_proto::callbacks::v1::CallbackKind;
use hotline_proto::events::v1::TicketResolved;
use tonic::Code;

use super::Work;
use crate::Error;
use crate::domain::{Attempt, Callback, Draft, Report, Settlement, Ticket};
use crate::store::{callbacks, outages};

/// Nobody is called.
pub(super) const NO_CALL: &str = "NONE";
/// The customer is called because an outage is over.
pub(super) const OUTAGE_OVER: &str = "OUTAGE";

impl Work {
    /// Makes the callback of a customer of an outage that is over, or adds the ticket to the one that there is.
    ///
    /// # Errors
    /// [`Error::Core`] or [`Error::Calendar`].
    pub(super) async fn outage_over(
        &self,
        tx: &Tx,
        event: &TicketResolved,
        ticket: Ticket,
        over_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let snapshot = event.ticket.clone().unwrap_or_default();
        let outage = id::parse(&event.outage_id, "outageId")?;
        let customer_id = id::parse(&snapshot.customer_id, "ticket.customerId")?;
        let (opens_at, due_at) = self.policies.get().after_outage(over_at)?;
        let draft = Draft {
            kind: CallbackKind::OutageRecovered,
            ticket: Some(ticket.clone()),
            customer_id: Some(customer_id),
            subject: snapshot.subject,
            opens_at,
            due_at,
        };
        let callback = Callback::new(id::new(), draft, self.clock.now());
        if outages::claim(tx, outage, customer_id, callback.id).await? {
            self.schedule(tx, &callback).await?;
            return Ok(());
        }
        let Some(first) = outages::callback_of(tx, outage, customer_id).await? else { return Ok(()) };
        // Who was called already is not called again.
        if callbacks::locked(tx, first).await?.is_live() {
            outages::add_ticket(tx, first, ticket.id).await?;
        }
        Ok(())
    }

    /// Tells the ticket service the customer's answer also for the other tickets that the callback is about.
    ///
    /// # Errors
    /// What the ticket service answers, but for a ticket that has moved on by itself.
    pub(super) async fn settle_others(
        &self,
        callback: &Callback,
        settlement: Settlement,
        report: &Report,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        if callback.draft.kind != CallbackKind::OutageRecovered {
            return Ok(());
        }
        for ticket in outages::tickets_of(self.db.reader(), callback.id).await? {
            let settled =
                self.tickets.settle_another(ticket, callback.id, attempt.number, settlement, report.cause());
            match settled.await {
                Err(CoreError::Upstream(status)) if status.code() == Code::FailedPrecondition => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }
}
