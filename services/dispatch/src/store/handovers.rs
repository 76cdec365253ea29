//! Hand-over notes.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::HandoverRow;
use super::agreements::Filter;
use super::entity::handover::{Column, Entity};

/// Returns a hand-over.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<HandoverRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns a hand-over and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<HandoverRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Adds a hand-over.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: HandoverRow) -> Result<(), Error> {
    Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed hand-over.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: HandoverRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Returns what was handed over to the turn of duty of a team that begins then.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of_turn(
    db: &impl ConnectionTrait,
    team_key: &str,
    begins_at: DateTime<Utc>,
) -> Result<Vec<HandoverRow>, Error> {
    Ok(turn(team_key, begins_at).all(db).await?)
}

/// Returns when a team last handed anything over to a turn of duty before that which begins then.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn last_before(
    db: &impl ConnectionTrait,
    team_key: &str,
    begins_at: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let found = before(team_key, begins_at).one(db).await?;
    Ok(found.map(|row| row.written_at))
}

/// Returns a page of hand-overs, to the filter's person where it names one, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<HandoverRow>, String), Error> {
    let rows = listed(filter, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.written_at, id: row.id }))
}

fn turn(team_key: &str, begins_at: DateTime<Utc>) -> Select<Entity> {
    Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::BeginsAt.eq(begins_at))
}

fn before(team_key: &str, begins_at: DateTime<Utc>) -> Select<Entity> {
    let earlier = Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::BeginsAt.lt(begins_at));
    earlier.order_by_desc(Column::BeginsAt).limit(1)
}

fn listed(filter: &Filter, page: &Page) -> Select<Entity> {
    let mut found = filter.of_teams(Entity::find(), &Column::TeamKey);
    if !filter.subject.is_empty() {
        found = found.filter(Column::ToSubject.eq(&*filter.subject));
    }
    page.apply(found, Column::WrittenAt, Column::Id)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hotline_core::page::Page;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::dispatch::v1::ListHandoversRequest;
    use sea_orm::{DbBackend, QueryTrait};

    use super::{before, listed, turn};
    use crate::domain::access::Sight;
    use crate::store::agreements::Filter;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn hand_overs_are_read_in_order_from_an_index() {
        let db = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListHandoversRequest::default()).expect("a first page");
        let all = Filter { team_key: String::new(), sight: Sight::All, subject: String::new() };
        let team = Filter { team_key: "desk".into(), ..all.clone() };
        let to = Filter { subject: "ann".into(), ..all.clone() };
        let (sqlite, at) = (DbBackend::Sqlite, DateTime::UNIX_EPOCH);
        for (statement, index) in [
            (listed(&all, &page).build(sqlite), "handovers_by_age"),
            (listed(&team, &page).build(sqlite), "handovers_of_team"),
            (listed(&to, &page).build(sqlite), "handovers_to"),
            (turn("desk", at).build(sqlite), "handovers_of_turn"),
            (before("desk", at).build(sqlite), "handovers_of_turn"),
        ] {
            let steps = plan(&db.db, statement).await;
            assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{index}: {steps}");
        }
    }
}
