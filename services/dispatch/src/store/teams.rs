//! Teams: by id or key.

use std::collections::{HashMap, HashSet};

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::{Expr, IntoCondition, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::entity::member;
use super::entity::team::{Column, Entity};
use super::{MemberRow, TeamRow};
use crate::domain::flow::Flow;

/// Returns the team with this id or key.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id_or_key: &str) -> Result<Option<TeamRow>, Error> {
    Ok(named(id_or_key).one(db).await?)
}

/// Returns the team with this id or key, and a person's membership in it.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find_with_member(
    db: &impl ConnectionTrait,
    id_or_key: &str,
    subject: &str,
) -> Result<Option<(TeamRow, Option<MemberRow>)>, Error> {
    let team = named(id_or_key).join(JoinType::LeftJoin, membership_of(subject));
    Ok(team.select_also(member::Entity).one(db).await?)
}

/// Returns the team with this id or key and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id_or_key: &str) -> Result<Option<TeamRow>, Error> {
    Ok(named(id_or_key).lock_exclusive().one(&**tx).await?)
}

/// Returns all teams, by key.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<TeamRow>, Error> {
    Ok(Entity::find().order_by_asc(Column::Key).all(db).await?)
}

/// Tells how a team's queue runs.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn flow(db: &impl ConnectionTrait, key: &str) -> Result<Flow, Error> {
    let select = Entity::find().select_only().column(Column::Flow).filter(Column::Key.eq(key));
    Ok(Flow::from_number(select.into_tuple().one(db).await?.unwrap_or_default()))
}

/// Returns the key of the team that is named by its id or key; what names no team stays as it is.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn key_of(db: &impl ConnectionTrait, id_or_key: &str) -> Result<String, Error> {
    if Uuid::parse_str(id_or_key).is_err() {
        return Ok(id_or_key.to_owned());
    }
    let team = find(db, id_or_key).await?;
    Ok(team.map_or_else(|| id_or_key.to_owned(), |team| team.key))
}

/// Returns the keys of those teams that are named by their ids or keys, each under its name.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn keys_of(
    db: &impl ConnectionTrait,
    names: HashSet<String>,
) -> Result<HashMap<String, String>, Error> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = names.iter().filter_map(|name| Uuid::parse_str(name).ok());
    let named = Condition::any().add(Column::Key.is_in(&names)).add(Column::Id.is_in(ids));
    let teams = Entity::find().select_only().columns([Column::Id, Column::Key]).filter(named);
    let teams: Vec<(Uuid, String)> = teams.into_tuple().all(db).await?;
    let key = |name: &str| {
        let id = Uuid::parse_str(name).ok();
        teams.iter().find(|(team, key)| key == name || Some(*team) == id).map(|(_, key)| key.clone())
    };
    Ok(names.into_iter().filter_map(|name| key(&name).map(|key| (name, key))).collect())
}

/// Adds a team; false where its key is taken.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: TeamRow) -> Result<bool, Error> {
    let inserted = Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Ok(inserted == 1)
}

/// Writes a changed team.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: TeamRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Marks the teams that nobody was told of as told of, and returns them: each to one transaction only.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn mark_announced(tx: &Tx) -> Result<Vec<TeamRow>, Error> {
    let told = Entity::update_many()
        .col_expr(Column::Announced, Expr::value(true))
        .filter(Column::Announced.eq(false))
        .exec_with_returning(&**tx)
        .await?;
    Ok(told)
}

/// Returns a page of teams and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(db: &impl ConnectionTrait, page: &Page) -> Result<(Vec<TeamRow>, String), Error> {
    let rows = page.apply(Entity::find(), Column::CreatedAt, Column::Id).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

/// Returns the keys of all teams in alphabetical order.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn keys(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let keys = Entity::find().select_only().column(Column::Key).order_by_asc(Column::Key);
    Ok(keys.into_tuple().all(db).await?)
}

fn membership_of(subject: &str) -> RelationDef {
    let subject = subject.to_owned();
    Entity::belongs_to(member::Entity)
        .from(Column::Key)
        .to(member::Column::TeamKey)
        .on_condition(move |_, members| {
            Expr::col((members, member::Column::Subject)).eq(subject.clone()).into_condition()
        })
        .into()
}

fn named(id_or_key: &str) -> Select<Entity> {
    let teams = Entity::find();
    match Uuid::parse_str(id_or_key) {
        Ok(id) => teams.filter(Column::Id.eq(id)),
        Err(_) => teams.filter(Column::Key.eq(id_or_key)),
    }
}
