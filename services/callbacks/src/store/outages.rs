//! Which callback each customer of an outage has, and about which other tickets it is.

use hotline_core::db::{Tx, insert_new};
use hotline_core::error::Error;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::entity::{other_ticket, outage};

/// Notes which callback a customer of an outage has; false where there is one already.
pub(crate) async fn claim(tx: &Tx, outage: Uuid, customer: Uuid, callback: Uuid) -> Result<bool, Error> {
    let row = outage::Model { outage_id: outage, customer_id: customer, callback_id: callback };
    let mut once = OnConflict::columns([outage::Column::OutageId, outage::Column::CustomerId]);
    insert_new(&**tx, row.into_active_model().reset_all(), once.do_nothing()).await
}

/// Returns the callback that a customer of an outage has.
pub(crate) async fn callback_of(tx: &Tx, outage: Uuid, customer: Uuid) -> Result<Option<Uuid>, Error> {
    let row = outage::Entity::find_by_id((outage, customer)).one(&**tx).await?;
    Ok(row.map(|row| row.callback_id))
}

/// Adds a ticket to what a callback is about.
pub(crate) async fn add_ticket(tx: &Tx, callback: Uuid, ticket: Uuid) -> Result<(), Error> {
    let row = other_ticket::Model { callback_id: callback, ticket_id: ticket };
    let mut once = OnConflict::columns([other_ticket::Column::CallbackId, other_ticket::Column::TicketId]);
    insert_new(&**tx, row.into_active_model().reset_all(), once.do_nothing()).await?;
    Ok(())
}

/// Returns the other tickets that a callback is about.
pub(crate) async fn tickets_of(db: &impl ConnectionTrait, callback: Uuid) -> Result<Vec<Uuid>, Error> {
    let rows = other_ticket::Entity::find()
        .filter(other_ticket::Column::CallbackId.eq(callback))
        .order_by_asc(other_ticket::Column::TicketId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.ticket_id).collect())
}
