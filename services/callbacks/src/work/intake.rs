//! How callbacks come to be, and how news of their tickets ends them (V1, V2).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as CoreError;
use hotline_core::id;
use hotline_core::time::from_proto;
use hotline_proto::callbacks::v1::CreateCallbackRequest;
use hotline_proto::events::v1::{TicketResolved, TicketSnapshot};
use uuid::Uuid;

use super::{Work, alarms, outages};
use crate::Error;
use crate::domain::{Callback, Draft, Ticket};
use crate::store::{self, callbacks};

/// Why a callback ended whose ticket was merged into another: the one end of a ticket that is undone.
pub(crate) const MERGED: &str = "TICKET_MERGED";

impl Work {
    /// Makes a callback by hand.
    ///
    /// # Errors
    /// For a wrong field, [`Error::AlreadyOpen`], or what the ticket service answers.
    pub(crate) async fn create(&self, request: CreateCallbackRequest) -> Result<(Tx, Callback), Error> {
        let now = self.clock.now();
        let kind = request.kind();
        let customer_id = id::parse(&request.customer_id, "customerId")?;
        let ticket = self.ticket(&request.ticket_id, customer_id).await?;
        let wanted = from_proto(request.opens_at.as_ref()).unwrap_or(now).max(now);
        let policy = self.policies.get();
        let opens_at = policy.next_allowed(wanted)?;
        let due_at = match from_proto(request.due_at.as_ref()) {
            Some(due_at) if due_at < opens_at => return Err(too_early().into()),
            Some(due_at) => due_at,
            None => policy.due_at(opens_at, opens_at)?,
        };
        let customer_id = Some(customer_id);
        let draft = Draft { kind, ticket, customer_id, subject: request.subject, opens_at, due_at };
        let callback = Callback::new(id::new(), draft, now);
        let tx = self.db.begin().await?;
        match self.schedule(&tx, &callback).await? {
            None => Ok((tx, callback)),
            Some(live) => Err(Error::AlreadyOpen { id: live.id }),
        }
    }

    /// Makes the callback of a ticket that was solved, where the policy wants one. A live one of the ticket is kept and
    /// asks about the new solution.
    ///
    /// # Errors
    /// [`Error::Core`] or [`Error::Calendar`].
    pub(crate) async fn solved(
        &self,
        tx: &Tx,
        event: &TicketResolved,
        happened: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (ticket, resolved_at) = Ticket::solved(event, happened)?;
        let live = match callbacks::live_of(tx, ticket.id).await? {
            Some(live) => Some(live),
            None if event.follow_up == outages::NO_CALL => return Ok(()),
            None if event.follow_up == outages::OUTAGE_OVER => {
                return self.outage_over(tx, event, ticket, resolved_at).await;
            }
            None => {
                let snapshot = event.ticket.clone().unwrap_or_default();
                let Some(draft) = self.draft(&ticket, snapshot, resolved_at)? else {
                    return Ok(());
                };
                self.schedule(tx, &Callback::new(id::new(), draft, self.clock.now())).await?
            }
        };
        if let Some(mut live) = live {
            live.draft.ticket = Some(ticket);
            callbacks::save(tx, &mut live).await?;
        }
        Ok(())
    }

    /// Ends the callback that asks about a solution which did not hold, or has it go on about another ticket.
    ///
    /// # Errors
    /// [`Error::Core`].
    pub(crate) async fn reopened(&self, tx: &Tx, ticket_id: &str, at: DateTime<Utc>) -> Result<(), Error> {
        match self.live_without(tx, ticket_id).await? {
            // A promised answer is still promised.
            Some(live) if live.settles().is_some() => self.leave(tx, live, "TICKET_REOPENED", at).await,
            _ => Ok(()),
        }
    }

    /// Ends the callback of a ticket that came to its own end, for this reason, or has it go on about another ticket.
    ///
    /// # Errors
    /// [`Error::Core`].
    pub(crate) async fn gone(
        &self,
        tx: &Tx,
        ticket_id: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        match self.live_without(tx, ticket_id).await? {
            Some(live) => self.leave(tx, live, reason, at).await,
            None => Ok(()),
        }
    }

    /// Has the callback live again that ended because its ticket was merged: it was no duplicate.
    ///
    /// # Errors
    /// [`Error::Core`].
    pub(crate) async fn reinstated(&self, tx: &Tx, ticket_id: &str, at: DateTime<Utc>) -> Result<(), Error> {
        let ticket_id = id::parse(ticket_id, "ticket.id")?;
        let Some(mut callback) = callbacks::overtaken_of(tx, ticket_id, MERGED).await? else {
            return Ok(());
        };
        // Somebody may have promised another call meanwhile.
        if !callbacks::is_called_about(tx, ticket_id).await? {
            callback.reinstate(at);
            callbacks::save(tx, &mut callback).await?;
            alarms::set_opening(tx, &callback);
        }
        Ok(())
    }

    /// Takes a ticket out of what callbacks are about besides their own; returns its own live one.
    async fn live_without(&self, tx: &Tx, ticket_id: &str) -> Result<Option<Callback>, Error> {
        let ticket_id = id::parse(ticket_id, "ticket.id")?;
        store::outages::remove_ticket(tx, ticket_id).await?;
        Ok(callbacks::live_of(tx, ticket_id).await?)
    }

    /// Returns what the policy makes of a solved ticket.
    fn draft(
        &self,
        ticket: &Ticket,
        snapshot: TicketSnapshot,
        resolved_at: DateTime<Utc>,
    ) -> Result<Option<Draft>, Error> {
        let policy = self.policies.get();
        let Some(kind) = policy.kind(ticket, snapshot.key_account) else {
            return Ok(None);
        };
        let opens_at = policy.opens_at(resolved_at)?;
        Ok(Some(Draft {
            kind,
            ticket: Some(ticket.clone()),
            customer_id: id::parse_optional(&snapshot.customer_id, "ticket.customerId")?,
            subject: snapshot.subject,
            opens_at,
            due_at: policy.due_at(resolved_at, opens_at)?,
        }))
    }

    /// Writes a new callback; returns the live one of its ticket where there is one already.
    pub(super) async fn schedule(&self, tx: &Tx, callback: &Callback) -> Result<Option<Callback>, Error> {
        if callbacks::insert(tx, callback).await? {
            alarms::set_opening(tx, callback);
            return Ok(None);
        }
        let ticket_id = callback.draft.ticket.as_ref().map(|ticket| ticket.id);
        Ok(callbacks::live_of(tx, ticket_id.unwrap_or_default()).await?)
    }

    /// Returns what is to be known of the ticket of a callback that is made by hand.
    async fn ticket(&self, ticket_id: &str, customer_id: Uuid) -> Result<Option<Ticket>, Error> {
        if ticket_id.is_empty() {
            return Ok(None);
        }
        let ticket = self.ticket_names.get(ticket_id).await?;
        if ticket.customer_id != customer_id.to_string() {
            return Err(not_theirs().into());
        }
        Ok(Some(Ticket::standing(ticket)?))
    }
}

fn too_early() -> CoreError {
    CoreError::Field { field: "dueAt", en: "is before the callback opens", zh: "早于可回访时间" }
}

fn not_theirs() -> CoreError {
    CoreError::Field {
        field: "customerId", en: "is not the ticket's customer", zh: "不是该工单的客户"
    }
}
