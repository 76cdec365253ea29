//! What was made of calendars at run time, as the ticket service told it last: one row.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::events::v1::CalendarsChanged;
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ExprTrait, QuerySelect};

use super::entity::calendars::{ActiveModel, Column, Entity};

/// The one row.
const ROW: i32 = 1;

/// Takes over what holds of calendars, unless something later is known.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn put(tx: &Tx, told: &CalendarsChanged) -> Result<(), Error> {
    let row = ActiveModel { id: Set(ROW), revision: Set(told.revision), content: Set(told.encode_to_vec()) };
    let newer = Expr::col((Entity, Column::Revision)).lt(told.revision);
    let mut take_over = OnConflict::column(Column::Id);
    take_over.update_columns([Column::Revision, Column::Content]).action_and_where(newer);
    Entity::insert(row).on_conflict(take_over).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Returns the revision of what is known of calendars; 0 before anything is.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn revision(db: &impl ConnectionTrait) -> Result<i64, Error> {
    let revision =
        Entity::find_by_id(ROW).select_only().column(Column::Revision).into_tuple().one(db).await?;
    Ok(revision.unwrap_or_default())
}

/// Returns what is known of calendars.
///
/// # Errors
/// [`Error::Database`], or [`Error::Internal`] for what this release can't read.
pub(crate) async fn get(db: &impl ConnectionTrait) -> Result<CalendarsChanged, Error> {
    let Some(row) = Entity::find_by_id(ROW).one(db).await? else { return Ok(CalendarsChanged::default()) };
    CalendarsChanged::decode(row.content.as_slice()).map_err(|error| Error::Internal(error.into()))
}
