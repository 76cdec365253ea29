//! Facts: what is read for the edges of a report that no rollup ends with, and what anybody can look at with SQL.

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt;
use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error as CoreError;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::rollups::group_of;
use crate::domain::calendar::Span;
use crate::domain::cell::members;
use crate::domain::dimension::{Dims, Group, Grouping};
use crate::domain::fact::{Fact, Measure};
use crate::domain::standing::{AGED, AGING};
use crate::error::Error;

pub(super) mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "facts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub measure: String,
        pub at: DateTimeUtc,
        pub members: String,
        pub times: i64,
        pub amount: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes the facts of events, by event. How open tickets age is only rolled up: it follows from the others.
pub(crate) async fn insert(tx: &Tx, told: &[(Uuid, Vec<Fact>)]) -> Result<(), CoreError> {
    let mut rows = Vec::new();
    let mut places: HashMap<Uuid, i32> = HashMap::new();
    let mut groups: HashMap<&Dims, String> = HashMap::new();
    for (event_id, facts) in told {
        let place = places.entry(*event_id).or_default();
        let kept = |fact: &&Fact| !AGED.contains(&fact.measure) && !AGING.contains(&fact.measure);
        for fact in facts.iter().filter(kept) {
            let group = || members(&Grouping::FULL.group(&fact.dims));
            rows.push(row::Model {
                event_id: *event_id,
                position: *place,
                measure: fact.measure.code().to_owned(),
                at: fact.at,
                members: groups.entry(&fact.dims).or_insert_with(group).clone(),
                times: fact.times,
                amount: fact.amount,
            });
            *place += 1;
        }
    }
    bulk::insert::<row::Entity>(&**tx, rows, None).await
}

/// Removes all facts, before they are read from history again.
pub(crate) async fn clear(tx: &Tx) -> Result<(), CoreError> {
    row::Entity::delete_many().exec(&**tx).await?;
    Ok(())
}

/// One fact as it is read.
pub(crate) struct Read {
    pub(crate) measure: Measure,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    pub(crate) group: Group,
    pub(crate) times: i64,
    pub(crate) amount: Option<i64>,
}

/// Hands the facts of a span to `take`, with their groups in `grouping`.
pub(crate) async fn read(
    tx: &DatabaseTransaction,
    span: Span,
    measures: &BTreeSet<Measure>,
    grouping: Grouping,
    mut take: impl FnMut(Read) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut rows = select(span, measures).stream(tx).await?;
    while let Some(row) = rows.try_next().await? {
        let Some(measure) = measures.iter().find(|measure| measure.code() == row.measure) else {
            continue;
        };
        let group = grouping.narrow(&group_of(&row.members)?, Grouping::FULL);
        take(Read { measure: *measure, at: row.at, group, times: row.times, amount: row.amount })?;
    }
    Ok(())
}

pub(super) fn select(span: Span, measures: &BTreeSet<Measure>) -> Select<row::Entity> {
    row::Entity::find()
        .filter(row::Column::At.gte(span.from))
        .filter(row::Column::At.lt(span.to))
        .filter(row::Column::Measure.is_in(measures.iter().map(|measure| measure.code())))
}
