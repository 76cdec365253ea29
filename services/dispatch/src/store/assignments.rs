//! Assignments, one or a few at a time.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::Key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::declines;
use super::entity::assignment::{ActiveModel, Column, Entity, Model, moved};
use crate::domain::assignment::Assignment;
use crate::domain::state::{LOAD, OPEN, State};
use crate::work::reroute::Wanted;

/// What the database says of proposed work: what there is of it, and which of that the member declined.
pub(crate) type Proposed = (HashMap<Uuid, Assignment>, HashSet<Uuid>);

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

/// Returns the open assignments of tickets, of which each has one at most, locked.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_open_of(tx: &Tx, tickets: &HashSet<Uuid>) -> Result<Vec<Assignment>, Error> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let rows = in_order(open_of(tickets)).all(&**tx).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Tells whether there is, or was, any work on a ticket.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn any_of(db: &impl ConnectionTrait, ticket: Uuid) -> Result<bool, Error> {
    let any = Entity::find().filter(Column::TicketId.eq(ticket)).select_only().column(Column::Id).limit(1);
    Ok(any.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// Returns those of `ids` that there are.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn among(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Assignment>, Error> {
    let rows = of(ids).all(db).await?;
    rows.into_iter().map(|row| Ok((row.id, row.try_into()?))).collect()
}

/// Returns those of `ids` that there are, and which of them a member declined.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn proposed(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    subject: &str,
) -> Result<Proposed, Error> {
    judged(of(ids), db, subject).await
}

/// Returns those of `ids` that there are, locked, and which of them a member declined. A decline that commits while
/// this waits for its row is not seen: its member is asked once more.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_proposed(tx: &Tx, ids: &[Uuid], subject: &str) -> Result<Proposed, Error> {
    judged(in_order(of(ids)), &**tx, subject).await
}

/// Returns those of `ids` that there are, locked, in the order of their ids.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock_among(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Assignment>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = in_order(of(ids)).all(&**tx).await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Returns the waiting work after a key, oldest first, that rules gave to its team and no supervisor decided about. Keys
/// name tickets: work that moves to another team keeps its.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn rerouteable(
    db: &impl ConnectionTrait,
    wanted: &Wanted,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<(Key, Uuid)>, Error> {
    let columns = [Column::QueuedAt, Column::TicketId, Column::Id];
    let select = rerouteable_of(wanted, after, limit).select_only().columns(columns);
    let rows: Vec<(DateTime<Utc>, Uuid, Uuid)> = select.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(at, ticket, work)| (Key { at, id: ticket }, work)).collect())
}

/// Returns a team's work in a state after a key, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn after(
    db: &impl ConnectionTrait,
    (team_key, state): (&str, State),
    after: Option<Key>,
    limit: u64,
) -> Result<Vec<Assignment>, Error> {
    let rows = after_of(team_key, state, after).limit(limit).all(db).await?;
    rows.into_iter().map(Assignment::try_from).collect()
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

/// Returns what a member holds of a team's work, in cost.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn held_by(db: &impl ConnectionTrait, team_key: &str, subject: &str) -> Result<u64, Error> {
    let sum = held(team_key, subject).select_only().column_as(Column::Cost.sum(), "load");
    let load: Option<Option<i64>> = sum.into_tuple().one(db).await?;
    Ok(load.flatten().and_then(|load| u64::try_from(load).ok()).unwrap_or_default())
}

/// Writes with the commit what a move has changed of an assignment, as its next version. The transaction has locked it.
pub(crate) fn save(tx: &Tx, work: &mut Assignment) {
    work.version += 1;
    tx.later(Entity::update_many().set(moved(work)).filter(Column::Id.eq(work.id)).into_query());
}

/// Writes assignments with the commit, which fails where that gives a ticket two open ones: new ones, and others that
/// the transaction has locked, in this order. What ends comes before what takes its place.
pub(crate) fn put_all(tx: &Tx, all: &[Assignment]) {
    if all.is_empty() {
        return;
    }
    let mut insert = Entity::insert_many(all.iter().map(ActiveModel::from));
    if all.iter().any(|work| work.version > 1) {
        let changeable = Column::iter().filter(|column| !matches!(column, Column::Id | Column::TicketId));
        insert = insert.on_conflict(OnConflict::column(Column::Id).update_columns(changeable).to_owned());
    }
    tx.later(insert.into_query());
}

pub(super) fn most_urgent_of(team_key: &str, subject: &str, limit: usize) -> Select<Entity> {
    in_state(team_key, State::Queued)
        .filter(Column::Id.not_in_subquery(declines::ids_of(subject)))
        .order_by_asc(Column::OrderValue)
        .order_by_asc(Column::Id)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
}

pub(super) fn rerouteable_of(wanted: &Wanted, after: Option<Key>, limit: usize) -> Select<Entity> {
    let mut waiting = Entity::find()
        .filter(Column::State.eq(State::Queued.number()))
        .filter(Column::Rule.ne(""))
        .filter(Column::Decided.eq(false));
    if let Some(team) = &wanted.team_key {
        waiting = waiting.filter(Column::TeamKey.eq(team));
    }
    if let Some(rule) = wanted.rule_id {
        waiting = waiting.filter(Column::RuleId.eq(rule));
    }
    waiting = from_key(waiting, after, Column::TicketId);
    let waiting = waiting.order_by_asc(Column::QueuedAt).order_by_asc(Column::TicketId);
    waiting.limit(u64::try_from(limit).unwrap_or(u64::MAX))
}

pub(super) fn after_of(team_key: &str, state: State, after: Option<Key>) -> Select<Entity> {
    let found = from_key(in_state(team_key, state), after, Column::Id);
    found.order_by_asc(Column::QueuedAt).order_by_asc(Column::Id)
}

/// Passes over what was queued before a key's time, or then with an id up to the key's.
fn from_key(found: Select<Entity>, after: Option<Key>, ids: Column) -> Select<Entity> {
    let Some(Key { at, id }) = after else { return found };
    let same = Condition::all().add(Column::QueuedAt.eq(at)).add(ids.gt(id));
    // The first bound is what an index begins at.
    let found = found.filter(Column::QueuedAt.gte(at));
    found.filter(Condition::any().add(Column::QueuedAt.gt(at)).add(same))
}

pub(super) fn held(team_key: &str, subject: &str) -> Select<Entity> {
    Entity::find()
        .filter(Column::Holder.eq(subject))
        .filter(Column::State.is_in(LOAD.map(State::number)))
        .filter(Column::TeamKey.eq(team_key))
}

pub(super) fn in_state(team_key: &str, state: State) -> Select<Entity> {
    Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::State.eq(state.number()))
}

pub(super) fn open_of(tickets: &HashSet<Uuid>) -> Select<Entity> {
    Entity::find()
        .filter(Column::TicketId.is_in(tickets.iter().copied()))
        .filter(Column::State.is_in(OPEN.map(State::number)))
}

pub(super) fn of(ids: &[Uuid]) -> Select<Entity> {
    Entity::find().filter(Column::Id.is_in(ids.iter().copied()))
}

/// Locks what is selected in one order for all, so that of two who want the same work one waits and never both.
pub(super) fn in_order(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::Id).lock_exclusive()
}

async fn one(select: Select<Entity>, db: &impl ConnectionTrait) -> Result<Option<Assignment>, Error> {
    select.one(db).await?.map(Assignment::try_from).transpose()
}

#[derive(FromQueryResult)]
struct Judged {
    #[sea_orm(nested)]
    work: Model,
    declined: bool,
}

async fn judged(select: Select<Entity>, db: &impl ConnectionTrait, subject: &str) -> Result<Proposed, Error> {
    let rows = select.column_as(declines::has(subject), "declined").into_model::<Judged>().all(db).await?;
    let (mut known, mut declined) = (HashMap::with_capacity(rows.len()), HashSet::new());
    for row in rows {
        if row.declined {
            declined.insert(row.work.id);
        }
        known.insert(row.work.id, row.work.try_into()?);
    }
    Ok((known, declined))
}
