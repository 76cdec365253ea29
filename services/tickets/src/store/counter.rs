//! Counters: the serials of each day. Raising one holds it until the transaction ends.

use std::collections::HashMap;

use chrono::NaiveDate;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use sea_orm::ActiveValue::Set;
use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, OnConflict};

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
    let given = next_each(tx, vec![(name.to_owned(), by)]).await?;
    Ok(given.get(name).copied().unwrap_or_default())
}

/// Raises several counters, each named once, in one statement; returns the first number that each has given out. Two
/// transactions that name them in the same order never wait for each other in a circle.
///
/// # Errors
/// [`Core::Database`].
pub(crate) async fn next_each(tx: &Tx, wanted: Vec<(String, i64)>) -> Result<HashMap<String, i64>, Error> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let by: HashMap<String, i64> = wanted.iter().cloned().collect();
    let rows = wanted.into_iter().map(|(name, by)| ActiveModel { name: Set(name), last: Set(by) });
    let more = Expr::col((Alias::new("excluded"), Column::Last));
    let raise = OnConflict::column(Column::Name)
        .value(Column::Last, Expr::col((Entity, Column::Last)).add(more))
        .to_owned();
    let insert = Entity::insert_many(rows).on_conflict(raise);
    let raised = insert.exec_with_returning(&**tx).await.map_err(Core::from)?;
    let first = |row: Model| {
        let by = by.get(&row.name).copied().unwrap_or_default();
        (row.name, row.last - by + 1)
    };
    Ok(raised.into_iter().map(first).collect())
}

/// Returns the last number that a counter has given out; 0 for none.
///
/// # Errors
/// [`Core::Database`].
pub(crate) async fn last(db: &impl ConnectionTrait, name: &str) -> Result<i64, Error> {
    let row = Entity::find_by_id(name).one(db).await.map_err(Core::from)?;
    Ok(row.map_or(0, |row| row.last))
}
