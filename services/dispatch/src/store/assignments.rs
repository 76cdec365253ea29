//! Assignments, one or a few at a time.

use std::collections::HashMap;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::etag;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::declines;
use super::entity::assignment::{ActiveModel, Column, Entity};
use crate::domain::assignment::Assignment;
use crate::domain::state::{HELD, OPEN, State};

/// Returns an assignment.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Assignment>, Error> {
    one(Entity::find_by_id(id), db).await
}

/// Returns an assignment and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Assignment>, Error> {
    one(Entity::find_by_id(id).lock_exclusive(), &**tx).await
}

/// Returns a ticket's open assignment, of which there is one at most, locked.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_open_of(tx: &Tx, ticket_id: Uuid) -> Result<Option<Assignment>, Error> {
    let open = Entity::find()
        .filter(Column::TicketId.eq(ticket_id))
        .filter(Column::State.is_in(OPEN.map(State::number)));
    one(open.lock_exclusive(), &**tx).await
}

/// Returns those of `ids` that there are.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn among(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Assignment>, Error> {
    by_id(of(ids), db).await
}

/// Returns those of `ids` that there are, locked.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_among(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Assignment>, Error> {
    // One order for all, so that two claims of the same work wait for each other and never both.
    by_id(of(ids).order_by_asc(Column::Id).lock_exclusive(), &**tx).await
}

/// Returns the ids of the most urgent work of a team that waits and that `subject` did not decline.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn most_urgent(
    db: &impl ConnectionTrait,
    team_key: &str,
    subject: &str,
    limit: usize,
) -> Result<Vec<Uuid>, Error> {
    let ids = most_urgent_of(team_key, subject, limit).select_only().column(Column::Id);
    Ok(ids.into_tuple().all(db).await?)
}

/// Returns how much of a team's work a member holds.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn held_by(db: &impl ConnectionTrait, team_key: &str, subject: &str) -> Result<u64, Error> {
    Ok(held(team_key, subject).count(db).await?)
}

/// Adds an assignment.
///
/// # Errors
/// [`Error::Database`], also where the ticket has an open one.
pub(crate) async fn insert(tx: &Tx, work: &Assignment) -> Result<(), Error> {
    Entity::insert(ActiveModel::from(work)).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed assignment and moves it to its next version.
///
/// # Errors
/// [`Error::Stale`] where somebody else changed it meanwhile.
pub(crate) async fn save(tx: &Tx, work: &mut Assignment) -> Result<(), Error> {
    let read = work.version;
    work.version += 1;
    let written = Entity::update_many()
        .set(ActiveModel::from(&*work))
        .filter(Column::Id.eq(work.id))
        .filter(Column::Version.eq(read))
        .exec(&**tx)
        .await?;
    if written.rows_affected == 1 { Ok(()) } else { Err(Error::Stale { current: etag::of(work.version) }) }
}

pub(super) fn most_urgent_of(team_key: &str, subject: &str, limit: usize) -> Select<Entity> {
    in_state(team_key, State::Queued)
        .filter(Column::Id.not_in_subquery(declines::ids_of(subject)))
        .order_by_asc(Column::OrderValue)
        .order_by_asc(Column::Id)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
}

pub(super) fn held(team_key: &str, subject: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::Holder.eq(subject))
        .filter(Column::State.is_in(HELD.map(State::number)))
        .filter(Column::TeamKey.eq(team_key))
}

pub(super) fn in_state(team_key: &str, state: State) -> Select<Entity> {
    Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::State.eq(state.number()))
}

fn of(ids: &[Uuid]) -> Select<Entity> {
    Entity::find().filter(Column::Id.is_in(ids.iter().copied()))
}

async fn one(select: Select<Entity>, db: &impl ConnectionTrait) -> Result<Option<Assignment>, Error> {
    select.one(db).await?.map(Assignment::try_from).transpose()
}

async fn by_id(
    select: Select<Entity>,
    db: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, Assignment>, Error> {
    let rows = select.all(db).await?;
    rows.into_iter().map(|row| Ok((row.id, row.try_into()?))).collect()
}
