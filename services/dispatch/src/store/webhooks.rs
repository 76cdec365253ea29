//! Webhooks.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::WebhookRow;
use super::entity::webhook::{Column, Entity};
use crate::domain::access::Sight;

/// Returns a webhook.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<WebhookRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns a webhook and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<WebhookRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Returns all webhooks, by id.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<WebhookRow>, Error> {
    Ok(Entity::find().order_by_asc(Column::Id).all(db).await?)
}

/// Returns those of these webhooks that are there.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<WebhookRow>, Error> {
    Ok(Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await?)
}

/// Returns a page of webhooks that the caller may see, of one team or all, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    team_key: &str,
    sight: &Sight,
) -> Result<(Vec<WebhookRow>, String), Error> {
    let rows = listed(page, team_key, sight).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

pub(super) fn listed(page: &Page, team_key: &str, sight: &Sight) -> Select<Entity> {
    let mut webhooks = Entity::find();
    if !team_key.is_empty() {
        webhooks = webhooks.filter(Column::TeamKey.eq(team_key));
    }
    if let Sight::Teams(teams) = sight {
        webhooks = webhooks.filter(Column::TeamKey.is_in(teams));
    }
    page.apply(webhooks, Column::CreatedAt, Column::Id)
}

/// Adds a webhook.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: WebhookRow) -> Result<(), Error> {
    Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed webhook, which the transaction has locked.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: WebhookRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Removes a webhook.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), Error> {
    Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}
