//! Routing rules, in the order they are tried.

use std::collections::{BTreeMap, HashSet};

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::RuleRow;
use super::entity::rule::{Column, Entity};
use super::entity::{routing_version as version, team};
use crate::domain::flow::Flow;

/// All rules, of one version.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleRows {
    /// The version; 0 before there is one.
    pub(crate) version: i64,
    /// The rules in the order they are tried.
    pub(crate) rules: Vec<RuleRow>,
    /// The teams whose queues run empty.
    pub(crate) draining: HashSet<String>,
}

#[derive(FromQueryResult)]
struct Read {
    #[sea_orm(nested)]
    rule: RuleRow,
    draining: Option<String>,
    set_version: Option<i64>,
}

/// Returns all rules, and the teams that take nothing in.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<RuleRows, Error> {
    let latest = version::Entity::find().select_only().expr(version::Column::Number.max()).into_query();
    let mut select = in_order()
        .column_as(Expr::col((team::Entity, team::Column::Key)), "draining")
        .column_as(Expr::SubQuery(None, Box::new(latest.into())), "set_version");
    // Few queues run empty at a time: each rule comes once, or once for each of them.
    let drains = Expr::col((team::Entity, team::Column::Flow)).eq(Flow::Draining.number());
    QuerySelect::query(&mut select).join(JoinType::LeftJoin, team::Entity, drains);
    let mut all = RuleRows::default();
    for Read { rule, draining, set_version } in select.into_model::<Read>().all(db).await? {
        all.version = set_version.unwrap_or_default();
        all.draining.extend(draining);
        if all.rules.last().is_none_or(|last| last.id != rule.id) {
            all.rules.push(rule);
        }
    }
    Ok(all)
}

/// Returns all rules in the order they are tried.
pub(super) fn in_order() -> Select<Entity> {
    // Ids sort by age: they break ties of position.
    Entity::find().order_by_asc(Column::Rank).order_by_asc(Column::Id)
}

/// Returns the default rule; none before there is one.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn default(db: &impl ConnectionTrait) -> Result<Option<RuleRow>, Error> {
    Ok(Entity::find().filter(Column::IsDefault.eq(true)).one(db).await?)
}

/// Keeps others from changing any rule until the transaction ends: the default rule, which is always there, stands for
/// all, and whoever changes rules locks it first.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_all(tx: &Tx) -> Result<(), Error> {
    Entity::find().filter(Column::IsDefault.eq(true)).lock_exclusive().one(&**tx).await?;
    Ok(())
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
