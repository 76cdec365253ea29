//! Emergency plans: one for each region.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Select,
};
use uuid::Uuid;

use super::EmergencyPlanRow;
use super::entity::emergency_plan::{Column, Entity};

/// Returns a plan.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<EmergencyPlanRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns a plan and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<EmergencyPlanRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Returns the plans of some regions, and the one for all.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of_regions(
    db: &impl ConnectionTrait,
    regions: &[&str],
) -> Result<Vec<EmergencyPlanRow>, Error> {
    Ok(of(regions).all(db).await?)
}

/// Adds a plan; false where its region has one.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: EmergencyPlanRow) -> Result<bool, Error> {
    let mut once = OnConflict::column(Column::Region);
    hotline_core::db::insert_new(&**tx, row.into_active_model(), once.do_nothing()).await
}

/// Writes a changed plan; false where its region has another one.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: EmergencyPlanRow) -> Result<bool, Error> {
    let same = Entity::find().filter(Column::Region.eq(&*row.region)).filter(Column::Id.ne(row.id));
    if same.one(&**tx).await?.is_some() {
        return Ok(false);
    }
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(true)
}

/// Returns a page of plans and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
) -> Result<(Vec<EmergencyPlanRow>, String), Error> {
    let rows = listed(page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

fn listed(page: &Page) -> Select<Entity> {
    page.apply(Entity::find(), Column::CreatedAt, Column::Id)
}

fn of(regions: &[&str]) -> Select<Entity> {
    Entity::find().filter(Column::Region.is_in(regions.iter().copied().chain([""])))
}

#[cfg(test)]
mod tests {
    use hotline_core::page::Page;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::dispatch::v1::ListEmergencyPlansRequest;
    use sea_orm::{DbBackend, QueryTrait};

    use super::{listed, of};
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn plans_are_found_by_an_index() {
        let db = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListEmergencyPlansRequest::default()).expect("a first page");
        for (statement, index) in [
            (listed(&page).build(DbBackend::Sqlite), "emergency_plans_by_age"),
            (of(&["西区"]).build(DbBackend::Sqlite), "(region=?)"),
        ] {
            let steps = plan(&db.db, statement).await;
            assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{index}: {steps}");
        }
    }
}
