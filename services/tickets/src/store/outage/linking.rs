//! Tickets that are linked to an outage by hand, and those that are worked on again after theirs was over.

use hotline_core::db::Tx;
use hotline_proto::tickets::v1::OutageState;
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;

use super::{Entity, found};
use crate::domain::draft::Who;
use crate::domain::number::Reference;
use crate::domain::outage::Outage;
use crate::domain::outage::moves::Move;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::{Changes, Store};

impl Store {
    /// Links an open ticket to an outage that is open, or to none; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`](hotline_core::error::Error::NotFound), [`Core::Stale`](hotline_core::error::Error::Stale),
    /// [`Error::OutageState`] or [`Error::State`]; then nothing has changed.
    pub(crate) async fn link_outage(
        &self,
        which: &Reference,
        given_etag: &str,
        who: Who,
        outage: Option<Uuid>,
        note: &str,
    ) -> Result<(Tx, Ticket), Error> {
        let tx = self.db.begin().await?;
        if let Some(id) = outage {
            // Whoever ends it waits, and finds the ticket linked.
            let row = Entity::find_by_id(id).lock_shared().one(&*tx).await?;
            found(row, id)?.must(Move::Link)?;
        }
        self.change_in(tx, which, given_etag, who, |draft| draft.link_outage(outage, note)).await
    }

    /// Unlinks a ticket that is worked on again from an outage that was over or withdrawn meanwhile: nothing would solve
    /// it any more.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database), or as unlinking it.
    pub(in crate::store) async fn part_with_past_outage(
        &self,
        tx: &Tx,
        changes: &mut Changes,
        ticket: Uuid,
        who: Who,
    ) -> Result<(), Error> {
        let Some(id) = changes.ticket(ticket).and_then(|ticket| ticket.outage_id) else { return Ok(()) };
        let outage = found(Entity::find_by_id(id).one(&**tx).await?, id)?;
        let Some(note) = past(&outage) else { return Ok(()) };
        changes.change(ticket, self.clock.now(), who, |draft| draft.link_outage(None, &note))
    }
}

/// Says that an outage is a matter of the past, where it is.
fn past(outage: &Outage) -> Option<String> {
    let title = &outage.notice.title;
    match outage.state {
        OutageState::Recovering | OutageState::Recovered => {
            Some(format!("故障「{title}」已恢复，本工单单独处理"))
        }
        OutageState::Withdrawn => Some(format!("故障「{title}」已撤回，本工单单独处理")),
        OutageState::Open | OutageState::Proposed | OutageState::Unspecified => None,
    }
}
