//! What systems of teams said.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::ReceivedRow;
use super::entity::received::{Column, Entity};

/// Returns what was answered to a message.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    message_id: &str,
) -> Result<Option<ReceivedRow>, Error> {
    Ok(Entity::find_by_id((webhook, message_id.to_owned())).one(db).await?)
}

/// Keeps with the commit what is answered to a message, which fails where a twin of it was answered first.
pub(crate) fn keep(tx: &Tx, row: ReceivedRow) {
    tx.later(Entity::insert(row.into_active_model()).into_query());
}

/// Forgets what was answered before `before`: longer ago than a message may be.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<(), Error> {
    Entity::delete_many().filter(Column::ReceivedAt.lt(before)).exec(&**tx).await?;
    Ok(())
}
