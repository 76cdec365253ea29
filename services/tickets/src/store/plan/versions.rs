//! Versions of plans as they were approved: never changed, never removed.

use hotline_core::db::Tx;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait;
use sea_orm::entity::prelude::*;

use crate::domain::plan::Plan;
use crate::domain::plan::differences::{Difference, differences};
use crate::domain::plan::version::Version;
use crate::error::Error;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_versions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) plan_id: Uuid,
    pub(crate) number: i32,
    pub(crate) approved_at: DateTimeUtc,
    pub(crate) content: Json,
}

impl ActiveModelBehavior for ActiveModel {}

/// Keeps the version that has been approved, where that is another than before.
///
/// # Errors
/// Where it can't be written as JSON.
pub(super) fn keep(tx: &Tx, before: &Plan, now: &Plan) -> Result<(), Error> {
    let Some(version) = now.approved.as_ref().filter(|_| before.approved != now.approved) else {
        return Ok(());
    };
    let kept = ActiveModel {
        id: Set(id::new()),
        plan_id: Set(now.id),
        number: Set(version.number),
        approved_at: Set(now.updated_at),
        content: Set(row::json(version)?),
    };
    tx.later(Entity::insert(kept).into_query());
    Ok(())
}

impl Store {
    /// Returns a page of the versions of a plan, the latest first, each with how it differs from the one before, and the
    /// token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn plan_versions(
        &self,
        plan: Uuid,
        page: &Page,
    ) -> Result<(Vec<(Version, Vec<Difference>)>, String), Error> {
        let of_plan = Entity::find().filter(Column::PlanId.eq(plan));
        let rows = page.apply(of_plan, Column::ApprovedAt, Column::Id).all(self.db.reader()).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let version: Version = row::read(row.content)?;
            all.push((Key { at: row.approved_at, id: row.id }, version));
        }
        // Of a full page the row that follows is the version before its last one.
        let compared = (0..all.len()).map(|place| {
            let (key, version) = &all[place];
            let before = all.get(place + 1).map(|(_, before)| &before.content);
            let differing = before.map(|before| differences(before, &version.content)).unwrap_or_default();
            (*key, (version.clone(), differing))
        });
        let (rows, next) = page.finish(compared.collect(), |(key, _)| *key);
        Ok((rows.into_iter().map(|(_, version)| version).collect(), next))
    }
}
