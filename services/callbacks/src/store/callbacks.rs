//! Callbacks: written, read, listed.

use hotline_core::db::{Tx, insert_new};
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::callbacks::v1::CallbackState;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::entity::callback;
use super::known;
use crate::domain::{Answer, Callback, Draft, Ticket};

/// Which callbacks are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) customer_id: Option<Uuid>,
    pub(crate) ticket_id: Option<Uuid>,
    /// In any of these; empty is in any.
    pub(crate) states: Vec<CallbackState>,
}

/// Writes a new callback; false when its ticket has a live one.
pub(crate) async fn insert(tx: &Tx, callback: &Callback) -> Result<bool, Error> {
    insert_new(&**tx, row(callback), OnConflict::column(callback::Column::LiveTicketId).do_nothing()).await
}

/// Writes a callback's change as its next version. It must have been read under a lock in the same transaction.
pub(crate) async fn save(tx: &Tx, callback: &mut Callback) -> Result<(), Error> {
    callback.version += 1;
    row(callback).update(&**tx).await?;
    Ok(())
}

/// Returns a callback.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Callback, Error> {
    one(db, callback::Entity::find_by_id(id), id).await
}

/// Returns a callback that no other transaction changes before this one ends.
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<Callback, Error> {
    one(&**tx, callback::Entity::find_by_id(id).lock_exclusive(), id).await
}

/// Returns the live callback of a ticket, locked as by [`locked`].
pub(crate) async fn live_of(tx: &Tx, ticket_id: Uuid) -> Result<Option<Callback>, Error> {
    let select = callback::Entity::find().filter(callback::Column::LiveTicketId.eq(ticket_id));
    let found = select.lock_exclusive().one(&**tx).await?;
    found.map(callback).transpose()
}

/// Tells whether a ticket has a live callback.
pub(crate) async fn is_called_about(tx: &Tx, ticket_id: Uuid) -> Result<bool, Error> {
    let live = callback::Entity::find().filter(callback::Column::LiveTicketId.eq(ticket_id));
    let id: Option<Uuid> = live.select_only().column(callback::Column::Id).into_tuple().one(&**tx).await?;
    Ok(id.is_some())
}

/// Returns the latest callback of a ticket that ended for this reason because of news of it, locked as by [`locked`].
pub(crate) async fn overtaken_of(tx: &Tx, ticket_id: Uuid, reason: &str) -> Result<Option<Callback>, Error> {
    let select = callback::Entity::find()
        .filter(callback::Column::TicketId.eq(ticket_id))
        .filter(callback::Column::Overtaken.eq(true))
        .filter(callback::Column::EndReason.eq(reason))
        .order_by_desc(callback::Column::CreatedAt)
        .order_by_desc(callback::Column::Id);
    select.lock_exclusive().one(&**tx).await?.map(callback).transpose()
}

/// Returns a page of callbacks, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    filter: &Filter,
) -> Result<(Vec<Callback>, String), Error> {
    let select = page.apply(matching(filter), callback::Column::CreatedAt, callback::Column::Id);
    let (rows, next) = page.finish(select.all(db).await?, |row| Key { at: row.created_at, id: row.id });
    Ok((rows.into_iter().map(callback).collect::<Result<_, _>>()?, next))
}

pub(super) fn matching(filter: &Filter) -> Select<callback::Entity> {
    let mut select = callback::Entity::find();
    if let Some(id) = filter.customer_id {
        select = select.filter(callback::Column::CustomerId.eq(id));
    }
    if let Some(id) = filter.ticket_id {
        select = select.filter(callback::Column::TicketId.eq(id));
    }
    if !filter.states.is_empty() {
        let states = filter.states.iter().map(|state| i32::from(*state));
        select = select.filter(callback::Column::State.is_in(states));
    }
    select
}

async fn one(
    db: &impl ConnectionTrait,
    select: Select<callback::Entity>,
    id: Uuid,
) -> Result<Callback, Error> {
    let found = select.one(db).await?;
    callback(found.ok_or_else(|| Error::NotFound { what: "callback", id: id.to_string() })?)
}

/// Reads a row.
pub(super) fn callback(row: callback::Model) -> Result<Callback, Error> {
    let ticket = match row.ticket_id {
        None => None,
        Some(id) => Some(Ticket {
            id,
            number: row.ticket_number,
            ticket_type: known(row.ticket_type)?,
            category_code: row.category_code,
            team_key: row.team_key,
            solved_by: row.solved_by,
            priority: known(row.priority)?,
            channel: known(row.channel)?,
            resolution: row.resolution,
            solved: row.solved,
        }),
    };
    Ok(Callback {
        id: row.id,
        draft: Draft {
            kind: known(row.kind)?,
            ticket,
            customer_id: row.customer_id,
            subject: row.subject,
            opens_at: row.opens_at,
            due_at: row.due_at,
        },
        state: known(row.state)?,
        holder: row.holder,
        epoch: row.epoch,
        token: row.token,
        lease_expires_at: row.lease_expires_at,
        answer: Answer { satisfied: row.satisfied, score: row.score },
        end_reason: row.end_reason,
        overtaken: row.overtaken,
        created_at: row.created_at,
        ended_at: row.ended_at,
        version: row.version,
    })
}

fn row(callback: &Callback) -> callback::ActiveModel {
    let Draft { kind, ticket, customer_id, subject, opens_at, due_at } = callback.draft.clone();
    let ticket_id = ticket.as_ref().map(|ticket| ticket.id);
    callback::ActiveModel {
        id: Set(callback.id),
        kind: Set(kind.into()),
        customer_id: Set(customer_id),
        subject: Set(subject),
        state: Set(callback.state.into()),
        opens_at: Set(opens_at),
        due_at: Set(due_at),
        holder: Set(callback.holder.clone()),
        epoch: Set(callback.epoch),
        token: Set(callback.token.clone()),
        lease_expires_at: Set(callback.lease_expires_at),
        satisfied: Set(callback.answer.satisfied),
        score: Set(callback.answer.score),
        end_reason: Set(callback.end_reason.clone()),
        overtaken: Set(callback.overtaken),
        created_at: Set(callback.created_at),
        ended_at: Set(callback.ended_at),
        version: Set(callback.version),
        ticket_id: Set(ticket_id),
        live_ticket_id: Set(ticket_id.filter(|_| callback.is_live())),
        ..ticket_columns(ticket)
    }
}

fn ticket_columns(ticket: Option<Ticket>) -> callback::ActiveModel {
    let text = |of: fn(&Ticket) -> &String| Set(ticket.as_ref().map(of).cloned().unwrap_or_default());
    let number = |of: fn(&Ticket) -> i32| Set(ticket.as_ref().map_or(0, of));
    callback::ActiveModel {
        ticket_number: text(|ticket| &ticket.number),
        ticket_type: number(|ticket| ticket.ticket_type.into()),
        category_code: text(|ticket| &ticket.category_code),
        team_key: text(|ticket| &ticket.team_key),
        solved_by: text(|ticket| &ticket.solved_by),
        priority: number(|ticket| ticket.priority.into()),
        channel: number(|ticket| ticket.channel.into()),
        resolution: text(|ticket| &ticket.resolution),
        solved: Set(ticket.as_ref().is_some_and(|ticket| ticket.solved)),
        ..Default::default()
    }
}
