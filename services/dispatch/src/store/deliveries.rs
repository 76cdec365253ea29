//! Messages that go to webhooks. Of those about one subject only the first that is not done is due: the others wait for it.

use chrono::{DateTime, Utc};
use hotline_core::db::{Db, Tx, bulk};
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::dispatch::v1::WebhookDeliveryState as State;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Alias, Expr, InsertStatement, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use self::together::pending_of;
use super::DeliveryRow;
use super::entity::delivery::{ActiveModel, Column, Entity};

mod together;

pub(crate) use together::{delete_of, forget, hold, hurry, release, replay, replay_dead};

/// A message that is new.
#[derive(Clone, Debug)]
pub(crate) struct Fresh {
    /// Its id.
    pub(crate) id: Uuid,
    /// The webhook.
    pub(crate) webhook_id: Uuid,
    /// The event.
    pub(crate) event_id: Uuid,
    /// What happened.
    pub(crate) event_type: String,
    /// What it is about.
    pub(crate) subject: String,
    /// What is sent.
    pub(crate) body: String,
    /// Whether it is sent, or held.
    pub(crate) state: State,
    /// When it happened.
    pub(crate) at: DateTime<Utc>,
}

/// What an attempt leaves behind.
#[derive(Clone, Debug)]
pub(crate) struct Attempted {
    /// What became of the message.
    pub(crate) state: State,
    /// When it is tried again, where it is.
    pub(crate) next_at: Option<DateTime<Utc>>,
    /// The receiver's answer.
    pub(crate) status: Option<i32>,
    /// What it came to.
    pub(crate) outcome: &'static str,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// Returns the statements that add messages in their order.
pub(crate) fn inserts(backend: DbBackend, fresh: Vec<Fresh>) -> Vec<InsertStatement> {
    let once = OnConflict::columns([Column::WebhookId, Column::EventId]).do_nothing().to_owned();
    let insert = |rows: Vec<Fresh>| {
        let rows = rows.into_iter().map(row);
        let mut insert = Entity::insert_many(rows).on_conflict(once.clone()).into_query();
        insert.take()
    };
    bulk::pieces(backend, fresh).map(insert).collect()
}

/// Adds a message.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, fresh: Fresh) -> Result<(), Error> {
    Entity::insert(row(fresh)).exec_without_returning(&**tx).await?;
    Ok(())
}

fn row(fresh: Fresh) -> ActiveModel {
    ActiveModel {
        seq: NotSet,
        id: Set(fresh.id),
        webhook_id: Set(fresh.webhook_id),
        event_id: Set(fresh.event_id),
        event_type: Set(fresh.event_type),
        subject: Set(fresh.subject),
        body: Set(fresh.body),
        state: Set(fresh.state.into()),
        attempts: Set(0),
        next_at: Set(fresh.at),
        claim: Set(0),
        claimed_until: Set(fresh.at),
        last_status: Set(None),
        last_outcome: Set(String::new()),
        last_at: Set(None),
        created_at: Set(fresh.at),
    }
}

/// Returns the webhooks for which something is due, or was when a process died over it.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn webhooks_with_due(db: &Db, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
    let due = due_at(now).select_only().column(Column::WebhookId).distinct();
    Ok(due.into_tuple().all(db.reader()).await?)
}

fn due_at(now: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(i32::from(State::Pending)))
        .filter(Column::NextAt.lte(now))
        .filter(Column::ClaimedUntil.lte(now))
}

/// Returns what is due of a webhook and first about its subject, longest due first.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    now: DateTime<Utc>,
    most: u64,
) -> Result<Vec<DeliveryRow>, Error> {
    Ok(due_of(webhook, now, most).all(db).await?)
}

fn due_of(webhook: Uuid, now: DateTime<Utc>, most: u64) -> Select<Entity> {
    due_at(now)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Expr::exists(earlier(webhook)).not())
        .order_by_asc(Column::NextAt)
        .order_by_asc(Column::Seq)
        .limit(most)
}

/// Messages about the same subject that come before.
fn earlier(webhook: Uuid) -> SelectStatement {
    let other = Alias::new("earlier");
    let of = |column: Column| Expr::col((other.clone(), column));
    let own = |column: Column| Expr::col((Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, other.clone())
        .and_where(of(Column::WebhookId).eq(webhook))
        .and_where(of(Column::State).eq(i32::from(State::Pending)))
        .and_where(of(Column::Subject).eq(own(Column::Subject)))
        .and_where(of(Column::Seq).lt(own(Column::Seq)))
        .take()
}

/// Begins an attempt: of several who try, one may make it. Until `until` nobody else does.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn claim(tx: &Tx, row: &DeliveryRow, until: DateTime<Utc>) -> Result<bool, Error> {
    let claimed = Entity::update_many()
        .col_expr(Column::Claim, Expr::value(row.claim + 1))
        .col_expr(Column::ClaimedUntil, Expr::value(until))
        .filter(Column::Seq.eq(row.seq))
        .filter(Column::Claim.eq(row.claim))
        .filter(Column::State.eq(i32::from(State::Pending)));
    Ok(claimed.exec(&**tx).await?.rows_affected == 1)
}

/// Ends an attempt that was begun with this claim; false where the message is another's by now.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn finish(tx: &Tx, row: &DeliveryRow, claim: i64, ended: &Attempted) -> Result<bool, Error> {
    let finished = Entity::update_many()
        .col_expr(Column::State, Expr::value(i32::from(ended.state)))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::NextAt, Expr::value(ended.next_at.unwrap_or(ended.at)))
        .col_expr(Column::ClaimedUntil, Expr::value(ended.at))
        .col_expr(Column::LastStatus, Expr::value(ended.status))
        .col_expr(Column::LastOutcome, Expr::value(ended.outcome))
        .col_expr(Column::LastAt, Expr::value(ended.at))
        .filter(Column::Seq.eq(row.seq))
        .filter(Column::Claim.eq(claim))
        .filter(Column::State.eq(i32::from(State::Pending)));
    if finished.exec(&**tx).await?.rows_affected == 0 {
        return Ok(false);
    }
    // What waits for this one has nothing to look for until then.
    let then = ended.next_at.unwrap_or(ended.at);
    let followers = pending_of(row.webhook_id).filter(Column::Subject.eq(&row.subject));
    let followers = followers.filter(Column::Seq.gt(row.seq)).filter(Column::NextAt.ne(then));
    followers.col_expr(Column::NextAt, Expr::value(then)).exec(&**tx).await?;
    Ok(true)
}

/// Returns a message of a webhook.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    webhook: Uuid,
    id: Uuid,
) -> Result<Option<DeliveryRow>, Error> {
    let found = Entity::find().filter(Column::Id.eq(id)).filter(Column::WebhookId.eq(webhook));
    Ok(found.one(db).await?)
}

/// Returns a page of a webhook's messages and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    webhook: Uuid,
    state: State,
) -> Result<(Vec<DeliveryRow>, String), Error> {
    let rows = page.apply(all_of(webhook, state), Column::CreatedAt, Column::Id).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.created_at, id: row.id }))
}

fn all_of(webhook: Uuid, state: State) -> Select<Entity> {
    let all = Entity::find().filter(Column::WebhookId.eq(webhook));
    if state == State::Unspecified { all } else { all.filter(Column::State.eq(i32::from(state))) }
}

#[cfg(test)]
mod tests;
