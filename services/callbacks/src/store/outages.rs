//! Which callback each customer of an outage has, and about which other tickets it is.

use hotline_core::db::{Tx, insert_new};
use hotline_core::error::Error;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::entity::{other_ticket, outage};
use super::{callbacks, known};
use crate::domain::Ticket;

/// Notes which callback a customer of an outage has; false where there is one already.
pub(crate) async fn claim(tx: &Tx, outage: Uuid, customer: Uuid, callback: Uuid) -> Result<bool, Error> {
    let row = outage::Model { outage_id: outage, customer_id: customer, callback_id: callback };
    let mut once = OnConflict::columns([outage::Column::OutageId, outage::Column::CustomerId]);
    insert_new(&**tx, row.into_active_model().reset_all(), once.do_nothing()).await
}

/// Returns the callback that a customer of an outage has; nobody else gives them another before the transaction ends.
pub(crate) async fn callback_of(tx: &Tx, outage: Uuid, customer: Uuid) -> Result<Option<Uuid>, Error> {
    let row = outage::Entity::find_by_id((outage, customer)).lock_exclusive().one(&**tx).await?;
    Ok(row.map(|row| row.callback_id))
}

/// Notes which other callback a customer of an outage has, after the one before has ended.
pub(crate) async fn replace(tx: &Tx, outage: Uuid, customer: Uuid, callback: Uuid) -> Result<(), Error> {
    outage::Entity::update_many()
        .col_expr(outage::Column::CallbackId, Expr::value(callback))
        .filter(outage::Column::OutageId.eq(outage))
        .filter(outage::Column::CustomerId.eq(customer))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Adds a ticket to what a callback is about.
pub(crate) async fn add_ticket(tx: &Tx, callback: Uuid, ticket: &Ticket, subject: &str) -> Result<(), Error> {
    let ticket = ticket.clone();
    let row = other_ticket::Model {
        callback_id: callback,
        ticket_id: ticket.id,
        subject: subject.to_owned(),
        ticket_number: ticket.number,
        ticket_type: ticket.ticket_type.into(),
        category_code: ticket.category_code,
        team_key: ticket.team_key,
        solved_by: ticket.solved_by,
        priority: ticket.priority.into(),
        channel: ticket.channel.into(),
        resolution: ticket.resolution,
    };
    let mut once = OnConflict::columns([other_ticket::Column::CallbackId, other_ticket::Column::TicketId]);
    insert_new(&**tx, row.into_active_model().reset_all(), once.do_nothing()).await?;
    Ok(())
}

/// Takes a ticket out of what callbacks are about besides their own.
pub(crate) async fn remove_ticket(tx: &Tx, ticket: Uuid) -> Result<(), Error> {
    let rows = other_ticket::Entity::delete_many().filter(other_ticket::Column::TicketId.eq(ticket));
    rows.exec(&**tx).await?;
    Ok(())
}

/// Returns the first of the other tickets that a callback is about, and its subject, without those that have a live
/// callback of their own.
pub(crate) async fn next_ticket(tx: &Tx, callback: Uuid) -> Result<Option<(Ticket, String)>, Error> {
    for row in rows(&**tx, callback).await? {
        if callbacks::is_called_about(tx, row.ticket_id).await? {
            continue;
        }
        let ticket = Ticket {
            id: row.ticket_id,
            number: row.ticket_number,
            ticket_type: known(row.ticket_type)?,
            category_code: row.category_code,
            team_key: row.team_key,
            solved_by: row.solved_by,
            priority: known(row.priority)?,
            channel: known(row.channel)?,
            resolution: row.resolution,
            solved: true,
        };
        return Ok(Some((ticket, row.subject)));
    }
    Ok(None)
}

/// Returns the other tickets that a callback is about.
pub(crate) async fn tickets_of(db: &impl ConnectionTrait, callback: Uuid) -> Result<Vec<Uuid>, Error> {
    Ok(rows(db, callback).await?.into_iter().map(|row| row.ticket_id).collect())
}

async fn rows(db: &impl ConnectionTrait, callback: Uuid) -> Result<Vec<other_ticket::Model>, Error> {
    let rows = other_ticket::Entity::find()
        .filter(other_ticket::Column::CallbackId.eq(callback))
        .order_by_asc(other_ticket::Column::TicketId);
    Ok(rows.all(db).await?)
}
