//! Duplicates are merged, and merges undone: both tickets in one transaction (T17).

use hotline_core::db::Tx;
use hotline_core::error::{Error as Core, Field};
use hotline_core::etag;
use hotline_proto::common::v1::TicketState;
use uuid::Uuid;

use crate::domain::draft::Who;
use crate::domain::lifecycle::{Event, is_open, next};
use crate::domain::number::Reference;
use crate::domain::refusal::Refusal;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::change::Changes;
use crate::store::plan;
use crate::store::{Store, lock};

/// How many merges in a row are followed: more were made by a circle, which can't be.
pub(super) const MOST_MERGES: usize = 100;

impl Store {
    /// Returns a ticket, or of one that was merged what survived: where words about it land.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn survivor(&self, which: &Reference) -> Result<Ticket, Error> {
        let mut ticket = self.get(which).await?;
        for _ in 0..MOST_MERGES {
            let Some(survivor) = ticket.survivor_id else { break };
            ticket = self.get(&Reference::Id(survivor)).await?;
        }
        Ok(ticket)
    }

    /// Merges a duplicate into what survives; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], or what the rules of merges refuse; then nothing has changed.
    pub(crate) async fn merge(
        &self,
        duplicate: &Reference,
        into: &Reference,
        given_etag: &str,
        who: Who,
        reason: &str,
    ) -> Result<(Tx, Ticket), Error> {
        let (duplicate, into) = (self.get(duplicate).await?.id, self.survivor(into).await?.id);
        let (tx, mut changes) = self.both(duplicate, into).await?;
        let (one, survivor) = (of(&changes, duplicate)?, of(&changes, into)?);
        etag::check(given_etag, one.version)?;
        check(&one, &survivor)?;
        plan::not_under_way(&tx, duplicate).await?;
        let now = self.clock.now();
        let mut watchers = Default::default();
        changes.change(into, now, who.clone(), |draft| {
            watchers = draft.absorb(&one)?;
            Ok(())
        })?;
        changes.change(duplicate, now, who, |draft| draft.merge_into(&survivor, watchers, reason))?;
        let ticket = of(&changes, duplicate)?;
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    /// Undoes a merge; the transaction waits for the reply.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub(crate) async fn unmerge(
        &self,
        duplicate: &Reference,
        given_etag: &str,
        who: Who,
        reason: &str,
    ) -> Result<(Tx, Ticket), Error> {
        let known = self.get(duplicate).await?;
        let into = known.survivor_id.ok_or(Refusal::NotMerged)?;
        let (tx, mut changes) = self.both(known.id, into).await?;
        let one = of(&changes, known.id)?;
        etag::check(given_etag, one.version)?;
        if one.survivor_id != Some(into) {
            return Err(Refusal::NotMerged.into());
        }
        let (now, mut merge) = (self.clock.now(), None);
        changes.change(known.id, now, who.clone(), |draft| {
            merge = Some(draft.unmerge(reason)?);
            Ok(())
        })?;
        self.part_with_past_outage(&tx, &mut changes, known.id, who.clone()).await?;
        let watchers = merge.map(|merge| merge.watchers).unwrap_or_default();
        changes.change(into, now, who, |draft| draft.let_go(&one, &watchers))?;
        let ticket = of(&changes, known.id)?;
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    async fn both(&self, one: Uuid, other: Uuid) -> Result<(Tx, Changes), Error> {
        let tx = self.db.begin().await?;
        let changes = Changes::lock(&tx, self.rules(), [one, other]).await?;
        Ok((tx, changes))
    }
}

/// Reads a ticket that a transaction is going to change, or of one that was merged what survived; nobody else changes it
/// until the transaction ends.
///
/// # Errors
/// [`Core::NotFound`].
pub(super) async fn lock_survivor(tx: &Tx, which: &Reference) -> Result<Ticket, Error> {
    let mut ticket = lock(tx, which).await?;
    for _ in 0..MOST_MERGES {
        let Some(survivor) = ticket.survivor_id else { break };
        ticket = lock(tx, &Reference::Id(survivor)).await?;
    }
    Ok(ticket)
}

/// Refuses two tickets that are not the same matter of the same customer.
fn check(duplicate: &Ticket, survivor: &Ticket) -> Result<(), Error> {
    if next(duplicate.state, Event::Merge).is_none() {
        return Err(Error::State { state: duplicate.state, event: Event::Merge });
    }
    if duplicate.id == survivor.id {
        return Err(refused(
            "names the ticket itself, or one that was merged into it",
            "不能是工单自己或已并入本工单的工单",
        ));
    }
    if survivor.survivor_id.is_some() {
        return Err(refused(
            "was merged itself meanwhile: name its survivor",
            "该工单刚被合并：请填写其并入的工单",
        ));
    }
    if !is_open(survivor.state) && survivor.state != TicketState::Resolved {
        return Err(refused(
            "has ended, and nobody would look after the matter: reopen it first, or link the tickets instead",
            "该工单已经了结，并入后无人跟进：请先重新打开，或改用关联",
        ));
    }
    if duplicate.customer_id != survivor.customer_id {
        return Err(refused(
            "belongs to another customer, who is to be called back too: link the tickets instead",
            "属于另一位客户，该客户也需要回访：请改用关联",
        ));
    }
    if duplicate.matters.children > 0 {
        return Err(refused(
            "the duplicate has children: unlink them first",
            "该重复工单有子工单：请先解除关联",
        ));
    }
    Ok(())
}

fn refused(en: &str, zh: &str) -> Error {
    Error::Fields(vec![Field { path: "into".into(), en: en.to_owned(), zh: zh.to_owned() }])
}

fn of(changes: &Changes, id: Uuid) -> Result<Ticket, Error> {
    let ticket = changes.ticket(id).cloned();
    ticket.ok_or_else(|| Core::NotFound { what: "ticket", id: id.to_string() }.into())
}
