//! What is counted of notices: never stored, so that it can't drift from what it counts.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{FromQueryResult, QuerySelect};

use super::{Column, Entity, contacts, readers};
use crate::error::Error;
use crate::store::ticket;

/// What is counted of one notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tickets that are linked to it.
    pub(crate) linked: i64,
    /// Contacts in which it was told.
    pub(crate) told: i64,
    /// Those who have read it.
    pub(crate) readers: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    linked: i64,
    told: i64,
    readers: i64,
}

/// Returns what is counted of these notices, in one statement; nothing for none.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(crate) async fn of(db: &impl ConnectionTrait, outages: &[Uuid]) -> Result<HashMap<Uuid, Counts>, Error> {
    if outages.is_empty() {
        return Ok(HashMap::new());
    }
    let count = |of| Expr::SubQuery(None, Box::new(SelectStatement::into(of)));
    let rows = Entity::find()
        .select_only()
        .column(Column::Id)
        .column_as(count(number(ticket::Entity, ticket::Column::OutageId)), "linked")
        .column_as(count(number(contacts::Entity, contacts::Column::OutageId)), "told")
        .column_as(count(number(readers::Entity, readers::Column::OutageId)), "readers")
        .filter(Column::Id.is_in(outages.iter().copied()))
        .into_model::<Row>()
        .all(db)
        .await?;
    let counts = |Row { id, linked, told, readers }: Row| (id, Counts { linked, told, readers });
    Ok(rows.into_iter().map(counts).collect())
}

/// Selects how many rows of a table are of the notice that the outer statement reads.
fn number<E: EntityTrait, C: ColumnTrait>(rows: E, of: C) -> SelectStatement {
    Query::select()
        .expr(Expr::col((rows, Alias::new("id"))).count())
        .from(rows)
        .and_where(Expr::col((rows, of)).equals((Entity, Column::Id)))
        .take()
}
