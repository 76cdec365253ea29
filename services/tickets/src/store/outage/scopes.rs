//! Whom notices concern, a row for each value; [`EVERY`] is everybody.

use hotline_core::db::Tx;
use hotline_proto::tickets::v1::ListOutagesRequest;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, Query};
use sea_orm::{IntoActiveModel, QueryTrait};

use super::{Column as OutageColumn, Entity as Outages};
use crate::domain::catalogue::Catalogue;
use crate::domain::outage::scope::{Place, lineage};
use crate::domain::outage::{Notice, Outage};
use crate::error::Error;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outage_scopes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) outage_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) dimension: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) value: String,
}

impl ActiveModelBehavior for ActiveModel {}

const PROJECT: i32 = 1;
const CATEGORY: i32 = 2;
const REGION: i32 = 3;
const EVERY: &str = "";

/// Returns the statement that writes whom a notice concerns.
pub(super) fn insert(outage: &Outage) -> InsertStatement {
    Entity::insert_many(rows(outage)).into_query()
}

/// Removes whom a notice concerned.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(super) async fn delete(tx: &Tx, outage: Uuid) -> Result<(), Error> {
    Entity::delete_many().filter(Column::OutageId.eq(outage)).exec(&**tx).await?;
    Ok(())
}

/// Tells whether a notice concerns others than before.
pub(super) fn differ(before: &Outage, now: &Outage) -> bool {
    rows(before) != rows(now)
}

fn rows(outage: &Outage) -> Vec<ActiveModel> {
    let Notice { projects, category_codes, regions, .. } = &outage.notice;
    let mut rows = Vec::new();
    for (dimension, values) in [(PROJECT, projects), (CATEGORY, category_codes), (REGION, regions)] {
        let every = values.is_empty().then_some(EVERY);
        let values = values.iter().map(String::as_str).chain(every);
        rows.extend(values.map(|value| {
            let row = Model { outage_id: outage.id, dimension, value: value.to_owned() };
            row.into_active_model()
        }));
    }
    rows
}

/// Selects what the request asks for.
pub(super) fn select(request: &ListOutagesRequest, catalogue: &Catalogue) -> Select<Outages> {
    let ListOutagesRequest { project, region, category_code: category, .. } = request;
    let place = Place { category, project, region };
    let mut select = Outages::find();
    if !request.state.is_empty() {
        select = select.filter(OutageColumn::State.is_in(request.state.iter().copied()));
    }
    if request.every_project {
        select = select.filter(concerns(PROJECT, [EVERY])).filter(concerns(REGION, [EVERY]));
    }
    if !project.is_empty() {
        select = select.filter(concerns(PROJECT, [EVERY, project]));
    }
    if !(project.is_empty() && region.is_empty()) {
        select = select.filter(concerns(REGION, [EVERY].into_iter().chain(place.regions())));
    }
    if !category.is_empty() {
        // A notice for a board concerns its leaves.
        let values = [EVERY].into_iter().chain(lineage(catalogue, category));
        select = select.filter(concerns(CATEGORY, values));
    }
    select
}

fn concerns<'a>(dimension: i32, values: impl IntoIterator<Item = &'a str>) -> Expr {
    let scope = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::OutageId)).equals((Outages, OutageColumn::Id)))
        .and_where(Column::Dimension.eq(dimension))
        .and_where(Column::Value.is_in(values))
        .to_owned();
    Expr::exists(scope)
}

#[cfg(test)]
mod tests {
    use hotline_core::page::Page;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::tickets::v1::OutageState;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_the_screen_asks_for_reads_the_open_notices_and_nothing_else() {
        let test = sqlite::<Migrator>(NAME).await;
        let request = ListOutagesRequest {
            state: vec![OutageState::Open as i32],
            project: "曲江/阳光花园".into(),
            ..ListOutagesRequest::default()
        };
        let page = Page::of(&request).expect("a first page");
        let catalogue = Catalogue::default();
        let select = page.apply(select(&request, &catalogue), OutageColumn::CreatedAt, OutageColumn::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("outages_by_state"), "{plan}");
        assert!(plan.contains("SEARCH outage_scopes") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
