//! Counters: the serials of each day. Raising one holds it until the transaction ends.

use chrono::NaiveDate;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use sea_orm::ActiveValue::Set;
use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

use crate::error::Error;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "counters")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: String,
    pub(crate) last: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The counter that lets one import after another go.
pub(crate) const IMPORTS: &str = "imports";

/// Returns the name of the counter of a day's tickets.
pub(crate) fn of_day(day: NaiveDate) -> String {
    format!("tickets-of-{day}")
}

/// Raises a counter by `by` and returns the first number it has given out, starting with 1.
///
/// # Errors
/// [`Core::Database`].
pub(crate) async fn next(tx: &Tx, name: &str, by: i64) -> Result<i64, Error> {
    let row = ActiveModel { name: Set(name.to_owned()), last: Set(by) };
    let raise = OnConflict::column(Column::Name)
        .value(Column::Last, Expr::col((Entity, Column::Last)).add(by))
        .to_owned();
    let raised =
        Entity::insert(row).on_conflict(raise).exec_with_returning(&**tx).await.map_err(Core::from)?;
    Ok(raised.last - by + 1)
}
