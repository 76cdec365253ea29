//! What people do now, a row for each who ever said so.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use hotline_proto::dispatch::v1::PresenceState;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::PresenceRow;
use super::entity::presence::{ActiveModel, Column, Entity};
use super::entity::presence_team;

/// Returns what somebody does and keeps others from changing it until the transaction ends; who never said anything is
/// offline from now on.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, subject: &str, now: DateTime<Utc>) -> Result<PresenceRow, Error> {
    let find = || Entity::find_by_id(subject).lock_exclusive().one(&**tx);
    if let Some(known) = find().await? {
        return Ok(known);
    }
    let row = offline(subject, now);
    let once = OnConflict::column(Column::Subject).do_nothing().to_owned();
    Entity::insert(row.clone().into_active_model()).on_conflict(once).exec_without_returning(&**tx).await?;
    // Of two who come first, the second finds what the first put in.
    Ok(find().await?.unwrap_or(row))
}

/// Returns what there is of these people.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of(db: &impl ConnectionTrait, subjects: &[String]) -> Result<Vec<PresenceRow>, Error> {
    Ok(Entity::find().filter(Column::Subject.is_in(subjects)).all(db).await?)
}

/// Writes with the commit what somebody does; the transaction has locked it.
pub(crate) fn save(tx: &Tx, row: PresenceRow) {
    let changed = ActiveModel {
        state: Set(row.state),
        reason: Set(row.reason),
        since: Set(row.since),
        changed_by: Set(row.changed_by),
        idle_since: Set(row.idle_since),
        until: Set(row.until),
        heartbeat_seconds: Set(row.heartbeat_seconds),
        seen_at: Set(row.seen_at),
        reported: Set(row.reported),
        version: Set(row.version),
        ..Default::default()
    };
    tx.later(Entity::update_many().set(changed).filter(Column::Subject.eq(row.subject)).into_query());
}

/// Keeps the teams of somebody's token: people are offered the work of these too, as they may claim it.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn keep_teams(tx: &Tx, subject: &str, teams: &[String]) -> Result<(), Error> {
    presence_team::Entity::delete_many()
        .filter(presence_team::Column::Subject.eq(subject))
        .filter(presence_team::Column::TeamKey.is_not_in(teams))
        .exec(&**tx)
        .await?;
    let rows = teams.iter().map(|team_key| presence_team::ActiveModel {
        team_key: Set(team_key.clone()),
        subject: Set(subject.to_owned()),
    });
    if !teams.is_empty() {
        let once = OnConflict::columns([presence_team::Column::TeamKey, presence_team::Column::Subject])
            .do_nothing()
            .to_owned();
        presence_team::Entity::insert_many(rows).on_conflict(once).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

/// Returns who is of a team, or of any where it is empty, by the token with which they last said what they do, each with
/// the team.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn by_token(
    db: &impl ConnectionTrait,
    team_key: &str,
) -> Result<Vec<(String, String)>, Error> {
    let mut rows = presence_team::Entity::find();
    if !team_key.is_empty() {
        rows = rows.filter(presence_team::Column::TeamKey.eq(team_key));
    }
    let rows = rows.order_by_asc(presence_team::Column::Subject).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.team_key, row.subject)).collect())
}

/// Returns the teams of somebody's token.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn teams_by_token(db: &impl ConnectionTrait, subject: &str) -> Result<Vec<String>, Error> {
    let teams = presence_team::Entity::find().filter(presence_team::Column::Subject.eq(subject));
    let rows = teams.order_by_asc(presence_team::Column::TeamKey).all(db).await?;
    Ok(rows.into_iter().map(|row| row.team_key).collect())
}

/// Notes that somebody was heard of; `None` of who never said anything.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn seen(tx: &Tx, subject: &str, at: DateTime<Utc>) -> Result<Option<PresenceRow>, Error> {
    let rows = Entity::update_many()
        .col_expr(Column::SeenAt, Expr::value(at))
        .filter(Column::Subject.eq(subject))
        .exec_with_returning(&**tx)
        .await?;
    Ok(rows.into_iter().next())
}

/// Notes that those of `subjects` who are in a state are given work now, and returns who they are: each stays as they are
/// until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn take_on(
    tx: &Tx,
    subjects: impl IntoIterator<Item = &str>,
    state: PresenceState,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    let rows = Entity::update_many()
        .col_expr(Column::IdleSince, Expr::value(now))
        .filter(Column::Subject.is_in(subjects))
        .filter(Column::State.eq(i32::from(state)))
        .exec_with_returning(&**tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

/// Notes that somebody has been without new work since `at`, unless it is noted of later.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn idle(tx: &Tx, subject: &str, at: DateTime<Utc>) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::IdleSince, Expr::value(at))
        .filter(Column::Subject.eq(subject))
        .filter(Column::IdleSince.lt(at))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn offline(subject: &str, now: DateTime<Utc>) -> PresenceRow {
    PresenceRow {
        subject: subject.to_owned(),
        id: id::new(),
        state: PresenceState::Offline.into(),
        reason: String::new(),
        since: now,
        changed_by: subject.to_owned(),
        idle_since: now,
        until: None,
        heartbeat_seconds: 0,
        seen_at: None,
        reported: false,
        version: 1,
    }
}
