//! What waits and what is held: what the queue must hold, and what is claimed where there is no queue.

use std::collections::HashMap;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::callbacks::v1::CallbackState::{Leased, Open};
use hotline_queue::{Entry, Leased as Lease, Snapshot};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::callbacks::callback;
use super::entity::callback;
use crate::domain::Callback;

/// Returns those of the callbacks that exist.
pub(crate) async fn among(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Callback>, Error> {
    by_id(these(ids).all(db).await?)
}

/// Returns those of the callbacks that exist, which no other transaction changes before this one ends.
pub(crate) async fn locked_among(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Callback>, Error> {
    by_id(these(ids).lock_exclusive().all(&**tx).await?)
}

/// Returns what is due first of what waits, without what the subject solved.
pub(crate) async fn due_first(
    db: &impl ConnectionTrait,
    subject: &str,
    most: usize,
) -> Result<Vec<Uuid>, Error> {
    let found = due_first_select(subject, most).select_only().column(callback::Column::Id);
    Ok(found.into_tuple().all(db).await?)
}

/// Returns what the queue must hold.
pub(crate) async fn snapshot(db: &impl ConnectionTrait) -> Result<Snapshot, Error> {
    let rows = callback::Entity::find()
        .filter(callback::Column::State.is_in([i32::from(Open), i32::from(Leased)]))
        .all(db)
        .await?;
    let mut snapshot = Snapshot::default();
    for row in rows {
        let entry = Entry { id: row.id, order: row.due_at.timestamp_millis() };
        match row.lease_expires_at {
            Some(expires_at) => snapshot.leased.push(Lease { entry, holder: row.holder, expires_at }),
            None => snapshot.waiting.push(entry),
        }
    }
    Ok(snapshot)
}

/// Returns how many callbacks wait.
pub(crate) async fn count(db: &impl ConnectionTrait) -> Result<u64, Error> {
    let waiting = callback::Entity::find().filter(callback::Column::State.eq(i32::from(Open)));
    Ok(waiting.count(db).await?)
}

pub(super) fn due_first_select(subject: &str, most: usize) -> Select<callback::Entity> {
    callback::Entity::find()
        .filter(callback::Column::State.eq(i32::from(Open)))
        .filter(callback::Column::SolvedBy.ne(subject))
        .order_by_asc(callback::Column::DueAt)
        .order_by_asc(callback::Column::Id)
        .limit(most as u64)
}

/// In the order of their ids, so that two who lock some of the same never wait for each other.
fn these(ids: &[Uuid]) -> Select<callback::Entity> {
    callback::Entity::find()
        .filter(callback::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(callback::Column::Id)
}

fn by_id(rows: Vec<callback::Model>) -> Result<HashMap<Uuid, Callback>, Error> {
    rows.into_iter().map(|row| Ok((row.id, callback(row)?))).collect()
}
