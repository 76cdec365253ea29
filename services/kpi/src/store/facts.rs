//! Facts: what is read for the parts of an hour at the edges of a report, and what anybody can look at with
//! SQL.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error as CoreError;
use hotline_core::id;
use hotline_proto::events::v1::Envelope;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use super::rollups::{group_of, members_of};
use crate::domain::calendar::Span;
use crate::domain::dimension::Grouping;
use crate::domain::fact::{Fact, Measure};
use crate::domain::report::Sheet;
use crate::domain::tally::Tally;
use crate::error::Error;

/// Rows of one statement: below what SQLite takes, 32,766 values.
const CHUNK: usize = 1000;

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

/// Writes the facts of events.
pub(crate) async fn insert(tx: &Tx, told: &[(&Envelope, &[Fact])]) -> Result<(), CoreError> {
    let mut rows = Vec::new();
    for (event, facts) in told {
        let event_id = id::parse(&event.id, "id")?;
        for (position, fact) in (0..).zip(*facts) {
            rows.push(row::ActiveModel {
                event_id: Set(event_id),
                position: Set(position),
                measure: Set(fact.measure.code().to_owned()),
                at: Set(fact.at),
                members: Set(members_of(&Grouping::FULL.group(&fact.dims))?),
                times: Set(fact.times),
                amount: Set(fact.amount),
            });
        }
    }
    for chunk in rows.chunks(CHUNK) {
        row::Entity::insert_many(chunk.to_vec()).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// Removes all facts, before they are read from history again.
pub(crate) async fn clear(tx: &Tx) -> Result<(), CoreError> {
    row::Entity::delete_many().exec(&**tx).await?;
    Ok(())
}

/// Adds the facts of a span to a sheet.
pub(crate) async fn read(
    db: &Db,
    span: Span,
    measures: &BTreeSet<Measure>,
    grouping: Grouping,
    sheet: &mut Sheet,
) -> Result<(), Error> {
    let mut rows = select(span, measures).stream(db.reader()).await?;
    while let Some(row) = rows.try_next().await? {
        let Some(measure) = measures.iter().find(|measure| measure.code() == row.measure) else {
            continue;
        };
        let mut tally = Tally::default();
        tally.add(row.times, row.amount);
        let group = grouping.narrow(&group_of(&row.members)?, Grouping::FULL);
        sheet.add(row.at, group, *measure, &tally)?;
    }
    Ok(())
}

pub(super) fn select(span: Span, measures: &BTreeSet<Measure>) -> Select<row::Entity> {
    row::Entity::find()
        .filter(row::Column::At.gte(span.from))
        .filter(row::Column::At.lt(span.to))
        .filter(row::Column::Measure.is_in(measures.iter().map(|measure| measure.code())))
}
