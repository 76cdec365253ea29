//! Who does not want which work. Rows go when the work ends, so that the table stays as small as what is open.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::decline::{Column, Entity, Model};

/// Notes that a member declined work, and why.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn note(
    tx: &Tx,
    assignment_id: Uuid,
    subject: &str,
    reason: &str,
    declined_at: DateTime<Utc>,
) -> Result<(), Error> {
    let row = Model { assignment_id, subject: subject.to_owned(), reason: reason.to_owned(), declined_at };
    let once = OnConflict::columns([Column::AssignmentId, Column::Subject])
        .update_columns([Column::Reason, Column::DeclinedAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Forgets who declined work that has ended.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn forget(tx: &Tx, assignment_id: Uuid) -> Result<(), Error> {
    Entity::delete_many().filter(Column::AssignmentId.eq(assignment_id)).exec(&**tx).await?;
    Ok(())
}

/// Returns those of `ids` that a member declined.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn among(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    subject: &str,
) -> Result<HashSet<Uuid>, Error> {
    let declined = Entity::find()
        .filter(Column::AssignmentId.is_in(ids.iter().copied()))
        .filter(Column::Subject.eq(subject))
        .select_only()
        .column(Column::AssignmentId);
    Ok(declined.into_tuple().all(db).await?.into_iter().collect())
}

/// Returns the query for all that a member declined.
pub(super) fn ids_of(subject: &str) -> SelectStatement {
    Query::select().column(Column::AssignmentId).from(Entity).and_where(Column::Subject.eq(subject)).take()
}
