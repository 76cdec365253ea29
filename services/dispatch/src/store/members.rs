//! Members of teams.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::MemberRow;
use super::entity::member::{Column, Entity};

/// Which members to list; empty is all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of this team.
    pub(crate) team_key: String,
    /// Of this person.
    pub(crate) subject: String,
}

/// Returns a person's membership in a team.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    team_key: &str,
    subject: &str,
) -> Result<Option<MemberRow>, Error> {
    Ok(Entity::find()
        .filter(Column::TeamKey.eq(team_key))
        .filter(Column::Subject.eq(subject))
        .one(db)
        .await?)
}

/// Returns a team's members.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of_team(db: &impl ConnectionTrait, team_key: &str) -> Result<Vec<MemberRow>, Error> {
    let all = Entity::find().filter(Column::TeamKey.eq(team_key));
    Ok(all.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(db).await?)
}

/// Returns the keys of a person's teams.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn teams_of(db: &impl ConnectionTrait, subject: &str) -> Result<Vec<String>, Error> {
    let keys = Entity::find().filter(Column::Subject.eq(subject)).select_only().column(Column::TeamKey);
    Ok(keys.into_tuple().all(db).await?)
}

/// Returns the members of a team, or of all teams where it is empty, by team and age.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all_of(db: &impl ConnectionTrait, team_key: &str) -> Result<Vec<MemberRow>, Error> {
    let filter = Filter { team_key: team_key.to_owned(), ..Filter::default() };
    let ordered = filtered(&filter).order_by_asc(Column::TeamKey).order_by_asc(Column::Id);
    Ok(ordered.all(db).await?)
}

/// Returns a member and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<MemberRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Adds a member; false where the person is one already.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: MemberRow) -> Result<bool, Error> {
    let once = OnConflict::columns([Column::TeamKey, Column::Subject]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(&**tx).await?;
    Ok(inserted == 1)
}

/// Writes a changed member.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: MemberRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Removes a member.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete(tx: &Tx, id: Uuid) -> Result<(), Error> {
    Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Returns a page of members and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<MemberRow>, String), Error> {
    let rows = page.apply(filtered(filter), Column::CreatedAt, Column::Id).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

fn filtered(filter: &Filter) -> Select<Entity> {
    let mut members = Entity::find();
    if !filter.team_key.is_empty() {
        members = members.filter(Column::TeamKey.eq(&*filter.team_key));
    }
    if !filter.subject.is_empty() {
        members = members.filter(Column::Subject.eq(&*filter.subject));
    }
    members
}
