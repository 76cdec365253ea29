//! Customers of an outage that is over: each is called once, about all tickets that it caused them (T13, V1).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as CoreError;
use hotline_core::id;
use hotline_proto::callbacks::v1::CallbackKind;
use hotline_proto::events::v1::TicketResolved;
use tonic::Code;
use uuid::Uuid;

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
            subject: snapshot.subject.clone(),
            opens_at,
            due_at,
        };
        let callback = Callback::new(id::new(), draft, self.clock.now());
        if !outages::claim(tx, outage, customer_id, callback.id).await? {
            let Some(first) = outages::callback_of(tx, outage, customer_id).await? else { return Ok(()) };
            if callbacks::locked(tx, first).await?.is_live() {
                return Ok(outages::add_ticket(tx, first, &ticket, &snapshot.subject).await?);
            }
            // That one says nothing of this ticket, which nothing else would close.
            outages::replace(tx, outage, customer_id, callback.id).await?;
        }
        self.schedule(tx, &callback).await?;
        Ok(())
    }

    /// Has a callback go on about the next ticket of its customer that its outage caused, as its own has moved on by
    /// itself; without one it ends, for this reason.
    ///
    /// # Errors
    /// [`Error::Core`].
    pub(super) async fn leave(
        &self,
        tx: &Tx,
        mut callback: Callback,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let of_outage = callback.draft.kind == CallbackKind::OutageRecovered;
        let next = if of_outage { outages::next_ticket(tx, callback.id).await? } else { None };
        let Some((ticket, subject)) = next else {
            return self.overtake(tx, callback, reason, at).await;
        };
        callback.go_on_about(ticket, subject);
        Ok(callbacks::save(tx, &mut callback).await?)
    }

    /// Tells the ticket service the customer's answer for every ticket that the callback of an outage is about; returns
    /// these tickets.
    ///
    /// # Errors
    /// What the ticket service answers, but for another ticket that has moved on by itself.
    pub(super) async fn settle_all(
        &self,
        callback: &Callback,
        own: &Ticket,
        settlement: Settlement,
        report: &Report,
        attempt: &Attempt,
    ) -> Result<Vec<Uuid>, Error> {
        let settle = |ticket: Uuid| {
            self.tickets.settle_one_of(ticket, callback.id, attempt.number, settlement, report.cause())
        };
        // Read first: what is settled leaves the callback with its own news.
        let mut tickets = outages::tickets_of(self.db.reader(), callback.id).await?;
        tickets.retain(|other| *other != own.id);
        settle(own.id).await?;
        for other in &tickets {
            match settle(*other).await {
                Err(CoreError::Upstream(status)) if status.code() == Code::FailedPrecondition => {}
                outcome => outcome?,
            }
        }
        tickets.push(own.id);
        Ok(tickets)
    }

    /// Tells whether other tickets than these have come to the callback of an outage.
    ///
    /// # Errors
    /// [`Error::Core`].
    pub(super) async fn others_came(
        &self,
        tx: &Tx,
        callback: &Callback,
        told: &[Uuid],
    ) -> Result<bool, Error> {
        if callback.draft.kind != CallbackKind::OutageRecovered {
            return Ok(false);
        }
        let tickets = outages::tickets_of(&**tx, callback.id).await?;
        Ok(tickets.iter().any(|ticket| !told.contains(ticket)))
    }
}
