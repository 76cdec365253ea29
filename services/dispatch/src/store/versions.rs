//! Versions of the routing rules as a whole: every change makes one, and none is ever changed.

use chrono::{DateTime, Utc};
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use hotline_proto::dispatch::v1::RoutingChange;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::entity::routing_version::{Column, Entity, Rules};
use super::{RuleRow, VersionRow, rules};
use crate::domain::targets::Target;

/// What made a version.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What happened.
    pub(crate) kind: RoutingChange,
    /// The rule that it happened to; none for all.
    pub(crate) rule: Option<(Uuid, String)>,
    /// The version that was restored; 0 for none.
    pub(crate) restored: i64,
    /// Who did it.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Makes the first version of rules that have none; of processes that start together one does.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn begin(db: &Db, at: DateTime<Utc>) -> Result<(), Error> {
    if Entity::find().count(db.reader()).await? > 0 {
        return Ok(());
    }
    let tx = db.begin().await?;
    rules::lock_all(&tx).await?;
    let found = Change { kind: RoutingChange::Found, rule: None, restored: 0, by: String::new(), at };
    let first = row(&tx, 1, found).await?;
    let once = OnConflict::column(Column::Number).do_nothing().to_owned();
    Entity::insert(first.into_active_model()).on_conflict(once).exec_without_returning(&*tx).await?;
    tx.commit().await
}

/// Records the rules as the transaction, which has locked all, leaves them; returns the version.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn record(tx: &Tx, change: Change) -> Result<VersionRow, Error> {
    let latest = Entity::find().select_only().expr(Column::Number.max());
    let latest: Option<i64> = latest.into_tuple::<Option<i64>>().one(&**tx).await?.flatten();
    let next = row(tx, latest.unwrap_or_default() + 1, change).await?;
    Entity::insert(next.clone().into_active_model()).exec_without_returning(&**tx).await?;
    Ok(next)
}

/// Returns a version.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, number: i64) -> Result<Option<VersionRow>, Error> {
    Ok(Entity::find().filter(Column::Number.eq(number)).one(db).await?)
}

/// Returns the targets that a rule had in a version; none where there was no such rule.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn targets_of(
    db: &impl ConnectionTrait,
    number: i64,
    rule: Option<Uuid>,
) -> Result<Vec<Target>, Error> {
    let rules = find(db, number).await?.map(|version| version.rules.0).unwrap_or_default();
    let found = rules.iter().find(|row| Some(row.id) == rule);
    Ok(found.map(RuleRow::targets).unwrap_or_default())
}

/// Returns a page of versions and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(db: &impl ConnectionTrait, page: &Page) -> Result<(Vec<VersionRow>, String), Error> {
    let rows = page.apply(Entity::find(), Column::RecordedAt, Column::Id).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.recorded_at, id: row.id }))
}

async fn row(tx: &Tx, number: i64, change: Change) -> Result<VersionRow, Error> {
    let rules = rules::in_order().all(&**tx).await?;
    let (rule_id, rule_name) = change.rule.unzip();
    Ok(VersionRow {
        id: id::new(),
        number,
        recorded_at: change.at,
        recorded_by: change.by,
        change: change.kind.into(),
        rule_id,
        rule_name: rule_name.unwrap_or_default(),
        restored: change.restored,
        // Hits are no part of a rule as it is written.
        rules: Rules(rules.into_iter().map(|rule| RuleRow { hits: 0, ..rule }).collect()),
    })
}
