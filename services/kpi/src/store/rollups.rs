//! Rollups: cells as rows. A count is added where it is; a cell that knows how amounts are spread is changed by
//! reading it, adding and writing it back, which is safe because whoever changes figures holds the book.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error as CoreError;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Select,
};

use self::row::Column;
use super::spread;
use crate::domain::calendar::Span;
use crate::domain::cell::{Key, Level};
use crate::domain::dimension::{Group, Grouping};
use crate::domain::fact::Measure;
use crate::domain::tally::Tally;
use crate::error::Error;

/// What finds a cell in its edition.
const KEY: [Column; 5] = [Column::Grouping, Column::Level, Column::Measure, Column::Start, Column::Members];

pub(super) mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rollups")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub draft: bool,
        #[sea_orm(primary_key, auto_increment = false)]
        pub grouping: i16,
        #[sea_orm(primary_key, auto_increment = false)]
        pub level: i16,
        #[sea_orm(primary_key, auto_increment = false)]
        pub measure: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub start: DateTimeUtc,
        #[sea_orm(primary_key, auto_increment = false)]
        pub members: String,
        pub count: i64,
        pub sum: i64,
        pub spread: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The rollups that reports read, or those that are being computed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    Live,
    Draft,
}

impl Edition {
    fn is_draft(self) -> bool {
        self == Self::Draft
    }
}

/// What finds a cell, as in the row.
type RowKey = (i16, i16, String, DateTime<Utc>, String);

/// Adds to cells.
pub(crate) async fn add(tx: &Tx, edition: Edition, cells: &[(Key, Tally)]) -> Result<(), CoreError> {
    let (spread, counted): (Vec<_>, Vec<_>) = cells
        .iter()
        .map(|(key, tally)| (row_key(key), tally))
        .partition(|(_, tally)| tally.spread.ends.is_some());
    let add = |column: Column| {
        let name = sea_orm::IdenStatic::as_str(&column);
        (column, Expr::cust(format!("rollups.{name} + excluded.{name}")))
    };
    let added = conflict().values([add(Column::Count), add(Column::Sum)]).to_owned();
    let rows = counted.into_iter().map(|(key, tally)| model(edition, key, tally)).collect();
    bulk::insert::<row::Entity>(&**tx, rows, Some(added)).await?;
    let mut rows = Vec::with_capacity(spread.len());
    for piece in bulk::pieces(tx.get_database_backend(), spread) {
        let mut stored = load(tx, edition, piece.iter().map(|(key, _)| key)).await?;
        for (key, added) in piece {
            let mut tally = stored.remove(&key).unwrap_or_default();
            tally.merge(added);
            rows.push(model(edition, key, &tally));
        }
    }
    let replaced = conflict().update_columns([Column::Count, Column::Sum, Column::Spread]).to_owned();
    bulk::insert::<row::Entity>(&**tx, rows, Some(replaced)).await
}

fn conflict() -> OnConflict {
    OnConflict::columns(KEY.into_iter().chain([Column::Draft]))
}

async fn load(
    tx: &Tx,
    edition: Edition,
    keys: impl Iterator<Item = &RowKey>,
) -> Result<HashMap<RowKey, Tally>, CoreError> {
    let rows = select_keys(tx.get_database_backend(), edition, keys).all(&**tx).await?;
    rows.into_iter()
        .map(|row| {
            let tally = tally(&row)?;
            Ok(((row.grouping, row.level, row.measure, row.start, row.members), tally))
        })
        .collect()
}

pub(super) fn select_keys<'a>(
    backend: DbBackend,
    edition: Edition,
    keys: impl Iterator<Item = &'a RowKey>,
) -> Select<row::Entity> {
    let values = |key: &RowKey| {
        let (grouping, level, measure, start, members) = key.clone();
        vec![grouping.into(), level.into(), measure.into(), start.into(), members.into()]
    };
    let wanted = bulk::list(backend, keys.map(values).collect());
    row::Entity::find()
        .filter(Column::Draft.eq(edition.is_draft()))
        .filter(Expr::tuple(KEY.map(Expr::col)).in_subquery(wanted))
}

/// One cell as it is read.
pub(crate) struct Read {
    pub(crate) measure: Measure,
    pub(crate) start: DateTime<Utc>,
    pub(crate) group: Group,
    pub(crate) tally: Tally,
}

/// Hands the cells of a span to `take`, with their groups in `grouping`.
pub(crate) async fn read(
    tx: &DatabaseTransaction,
    (level, span): (Level, Span),
    measures: &BTreeSet<Measure>,
    grouping: Grouping,
    mut take: impl FnMut(Read) -> Result<(), Error>,
) -> Result<(), Error> {
    let kept = grouping.kept();
    let mut rows = select(kept, level, span, measures).stream(tx).await?;
    while let Some(row) = rows.try_next().await? {
        let Some(measure) = measures.iter().find(|measure| measure.code() == row.measure) else {
            continue;
        };
        let group = grouping.narrow(&group_of(&row.members)?, kept);
        take(Read { measure: *measure, start: row.start, group, tally: tally(&row)? })?;
    }
    Ok(())
}

pub(super) fn select(
    kept: Grouping,
    level: Level,
    span: Span,
    measures: &BTreeSet<Measure>,
) -> Select<row::Entity> {
    row::Entity::find()
        .filter(Column::Draft.eq(false))
        .filter(Column::Grouping.eq(kept.code()))
        .filter(Column::Level.eq(level.code()))
        .filter(Column::Measure.is_in(measures.iter().map(|measure| measure.code())))
        .filter(Column::Start.gte(span.from))
        .filter(Column::Start.lt(span.to))
}

/// Tells how many live and draft cells differ. A cell of nothing is as good as none: what was added to it was
/// taken back.
pub(crate) async fn differing(tx: &Tx) -> Result<i64, CoreError> {
    let same_key = "SELECT 1 FROM rollups AS other WHERE other.grouping = cell.grouping \
                    AND other.level = cell.level AND other.measure = cell.measure \
                    AND other.start = cell.start AND other.members = cell.members";
    let something = "(cell.count <> 0 OR cell.sum <> 0)";
    let missing = format!(
        "SELECT COUNT(*) AS number FROM rollups AS cell WHERE cell.draft = TRUE AND {something} \
         AND NOT EXISTS ({same_key} AND other.draft = FALSE)"
    );
    let wrong = format!(
        "SELECT COUNT(*) AS number FROM rollups AS cell WHERE cell.draft = FALSE AND {something} \
         AND NOT EXISTS ({same_key} AND other.draft = TRUE AND other.count = cell.count AND other.sum = cell.sum AND other.spread = \
         cell.spread)"
    );
    let mut differing = 0;
    for sql in [missing, wrong] {
        let statement = sea_orm::Statement::from_string(tx.get_database_backend(), sql);
        let row = tx.query_one_raw(statement).await?;
        differing += row.map(|row| row.try_get::<i64>("", "number")).transpose()?.unwrap_or(0);
    }
    Ok(differing)
}

/// Puts the draft in the place of the live rollups.
pub(crate) async fn adopt_draft(tx: &Tx) -> Result<(), CoreError> {
    clear(tx, Edition::Live).await?;
    row::Entity::update_many().col_expr(Column::Draft, Expr::value(false)).exec(&**tx).await?;
    Ok(())
}

/// Removes all cells of an edition.
pub(crate) async fn clear(tx: &Tx, edition: Edition) -> Result<(), CoreError> {
    row::Entity::delete_many().filter(Column::Draft.eq(edition.is_draft())).exec(&**tx).await?;
    Ok(())
}

/// Returns the group that a row holds.
pub(super) fn group_of(members: &str) -> Result<Group, CoreError> {
    serde_json::from_str(members).map_err(|error| CoreError::Internal(error.into()))
}

fn row_key(key: &Key) -> RowKey {
    let measure = key.measure.code().to_owned();
    (key.grouping.code(), key.level.code(), measure, key.start, key.members.to_string())
}

fn model(edition: Edition, (grouping, level, measure, start, members): RowKey, tally: &Tally) -> row::Model {
    row::Model {
        draft: edition.is_draft(),
        grouping,
        level,
        measure,
        start,
        members,
        count: tally.count,
        sum: tally.sum,
        spread: spread::encode(&tally.spread),
    }
}

fn tally(row: &row::Model) -> Result<Tally, CoreError> {
    Ok(Tally { count: row.count, sum: row.sum, spread: spread::decode(&row.spread)? })
}
