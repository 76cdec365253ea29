//! Routing rules, in the order they are tried.

use std::collections::BTreeMap;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::RuleRow;
use super::entity::rule::{Column, Entity};

/// Returns all rules in the order they are tried.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<RuleRow>, Error> {
    // Ids sort by age: they break ties of position.
    let rules = Entity::find().order_by_asc(Column::Rank).order_by_asc(Column::Id);
    Ok(rules.all(db).await?)
}

/// Returns a rule and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<RuleRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Adds a rule.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: RuleRow) -> Result<(), Error> {
    Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed rule.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: RuleRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Removes a rule.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), Error> {
    Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Counts with the commit how much work each rule routed; no change of a rule, so its etag stays.
pub(crate) fn count_hits(tx: &Tx, hits: &BTreeMap<Uuid, i64>) {
    if hits.is_empty() {
        return;
    }
    let added = hits
        .iter()
        .fold(CaseStatement::new(), |added, (id, hits)| added.case(Expr::col(Column::Id).eq(*id), *hits));
    // Locked in one order: of two transactions that count the same rules one waits, never both.
    let counted = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(hits.keys().copied()))
        .order_by_asc(Column::Id)
        .lock_exclusive();
    let update = Entity::update_many()
        .col_expr(Column::Hits, Expr::col(Column::Hits).add(added.finally(0_i64)))
        .filter(Column::Id.in_subquery(counted.into_query()));
    tx.later(update.into_query());
}

/// Returns a page of rules and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(db: &impl ConnectionTrait, page: &Page) -> Result<(Vec<RuleRow>, String), Error> {
    let rows = page.apply(Entity::find(), Column::Rank, Column::Id).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.rank, id: row.id }))
}
