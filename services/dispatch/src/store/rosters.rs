//! Rosters, drafts among them.

use chrono::NaiveDate;
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::dispatch::v1::RosterState;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::RosterRow;
use super::entity::roster::{Column, Entity};
use crate::domain::access::Sight;

/// Returns a roster.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<RosterRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns a roster and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<RosterRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Returns the published roster of a team by whose clocks a date is read: that of the date, else the last before it, else
/// the first of all.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn near(
    db: &impl ConnectionTrait,
    team_key: &str,
    date: NaiveDate,
) -> Result<Option<RosterRow>, Error> {
    match before(team_key, date).one(db).await? {
        Some(row) => Ok(Some(row)),
        None => Ok(published(team_key).order_by_asc(Column::FirstDate).one(db).await?),
    }
}

fn published(team_key: &str) -> Select<Entity> {
    Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::PublishedAt.is_not_null())
}

pub(super) fn before(team_key: &str, date: NaiveDate) -> Select<Entity> {
    published(team_key).filter(Column::FirstDate.lte(date)).order_by_desc(Column::FirstDate)
}

/// Returns the last date of all published rosters of a team.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn last_date(db: &impl ConnectionTrait, team_key: &str) -> Result<Option<NaiveDate>, Error> {
    Ok(last_of(team_key).into_tuple().one(db).await?)
}

/// Published rosters of a team share no date: that which begins last ends last.
pub(super) fn last_of(team_key: &str) -> Select<Entity> {
    let last = published(team_key).select_only().column(Column::LastDate);
    last.order_by_desc(Column::FirstDate).limit(1)
}

/// Adds a roster.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: RosterRow) -> Result<(), Error> {
    Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed roster.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: RosterRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Throws a roster away.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), Error> {
    Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Returns a page of the rosters of a team, or of all in sight where it is empty, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    whose: (&str, &Sight),
    state: RosterState,
    page: &Page,
) -> Result<(Vec<RosterRow>, String), Error> {
    let rows = listed(whose, state, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

pub(super) fn listed((team_key, sight): (&str, &Sight), state: RosterState, page: &Page) -> Select<Entity> {
    let mut found = Entity::find();
    match sight {
        _ if !team_key.is_empty() => found = found.filter(Column::TeamKey.eq(team_key)),
        Sight::Teams(teams) => found = found.filter(Column::TeamKey.is_in(teams)),
        Sight::All => {}
    }
    match state {
        RosterState::Unspecified => {}
        RosterState::Draft => found = found.filter(Column::PublishedAt.is_null()),
        RosterState::Published => found = found.filter(Column::PublishedAt.is_not_null()),
    }
    page.apply(found, Column::CreatedAt, Column::Id)
}
