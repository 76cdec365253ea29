//! Contacts.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select,
};
use uuid::Uuid;

use super::entity::interaction;
use super::known;
use crate::domain::{Activity, Interaction};

/// Writes a new contact.
pub(crate) async fn insert(tx: &Tx, interaction: &Interaction) -> Result<(), Error> {
    interaction::Entity::insert(row(interaction)).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a contact's change. The row must be locked by [`locked`] in the same transaction.
pub(crate) async fn update(tx: &Tx, interaction: &Interaction) -> Result<(), Error> {
    row(interaction).update(&**tx).await?;
    Ok(())
}

/// Returns a contact.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Interaction, Error> {
    one(db, interaction::Entity::find_by_id(id), id).await
}

/// Returns a contact that no other transaction changes before this one ends.
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<Interaction, Error> {
    one(&**tx, interaction::Entity::find_by_id(id).lock_exclusive(), id).await
}

/// Returns a page of contacts, newest first, of one customer where one is given.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    customer_id: Option<Uuid>,
) -> Result<(Vec<Interaction>, String), Error> {
    let select = page.apply(of(customer_id), interaction::Column::StartedAt, interaction::Column::Id);
    let (rows, next) = page.finish(select.all(db).await?, |row| Key { at: row.started_at, id: row.id });
    let interactions = rows.into_iter().map(interaction).collect::<Result<_, _>>()?;
    Ok((interactions, next))
}

pub(super) fn of(customer_id: Option<Uuid>) -> Select<interaction::Entity> {
    let select = interaction::Entity::find();
    match customer_id {
        Some(id) => select.filter(interaction::Column::CustomerId.eq(id)),
        None => select,
    }
}

async fn one(
    db: &impl ConnectionTrait,
    select: Select<interaction::Entity>,
    id: Uuid,
) -> Result<Interaction, Error> {
    let found =
        select.one(db).await?.ok_or_else(|| Error::NotFound { what: "interaction", id: id.to_string() })?;
    interaction(found)
}

fn interaction(row: interaction::Model) -> Result<Interaction, Error> {
    Ok(Interaction {
        id: row.id,
        customer_id: row.customer_id,
        channel: known(row.channel)?,
        direction: known(row.direction)?,
        phone: row.phone,
        agent: row.agent,
        started_at: row.started_at,
        ended_at: row.ended_at,
        activity: Activity {
            intent: known(row.intent)?,
            category_code: row.category_code,
            summary: row.summary,
            outcome: known(row.outcome)?,
            ticket_id: row.ticket_id,
        },
        version: row.version,
    })
}

fn row(interaction: &Interaction) -> interaction::ActiveModel {
    let Interaction { activity, .. } = interaction;
    interaction::ActiveModel {
        id: Set(interaction.id),
        customer_id: Set(interaction.customer_id),
        channel: Set(interaction.channel.into()),
        direction: Set(interaction.direction.into()),
        phone: Set(interaction.phone.clone()),
        agent: Set(interaction.agent.clone()),
        started_at: Set(interaction.started_at),
        ended_at: Set(interaction.ended_at),
        intent: Set(activity.intent.into()),
        category_code: Set(activity.category_code.clone()),
        summary: Set(activity.summary.clone()),
        outcome: Set(activity.outcome.into()),
        ticket_id: Set(activity.ticket_id),
        version: Set(interaction.version),
    }
}
