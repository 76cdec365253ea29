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
    QueryTrait, Select, UpdateMany,
};
use uuid::Uuid;

use super::DeliveryRow;
use super::entity::delivery::{ActiveModel, Column, Entity};

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

/// Lets everything that waits for its next attempt be tried now: the receiver answers again.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn hurry(tx: &Tx, webhook: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let waiting = pending_of(webhook).filter(Column::NextAt.gt(now));
    waiting.col_expr(Column::NextAt, Expr::value(now)).exec(&**tx).await?;
    Ok(())
}

/// Holds what waits for a webhook that is disabled.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn hold(tx: &Tx, webhook: Uuid) -> Result<(), Error> {
    let held = Expr::value(i32::from(State::Held));
    pending_of(webhook).col_expr(Column::State, held).exec(&**tx).await?;
    Ok(())
}

/// Lets what was held go on, from its first attempt.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn release(tx: &Tx, webhook: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    anew(now)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(i32::from(State::Held)))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Sends a message once more; `None` where there is none that was delivered or given up.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn replay(
    tx: &Tx,
    webhook: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<DeliveryRow>, Error> {
    let replayed = anew(now)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in([State::Dead, State::Delivered].map(i32::from)))
        .exec_with_returning(&**tx)
        .await?;
    Ok(replayed.into_iter().next())
}

/// Sends all messages once more that were given up, of events in a time; returns how many.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn replay_dead(
    tx: &Tx,
    webhook: Uuid,
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let mut dead =
        anew(now).filter(Column::WebhookId.eq(webhook)).filter(Column::State.eq(i32::from(State::Dead)));
    if let Some(from) = from {
        dead = dead.filter(Column::CreatedAt.gte(from));
    }
    if let Some(to) = to {
        dead = dead.filter(Column::CreatedAt.lt(to));
    }
    Ok(dead.exec(&**tx).await?.rows_affected)
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

/// Removes all messages of a webhook.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete_of(tx: &Tx, webhook: Uuid) -> Result<(), Error> {
    Entity::delete_many().filter(Column::WebhookId.eq(webhook)).exec(&**tx).await?;
    Ok(())
}

/// Forgets messages of events before `before` that were delivered or given up.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<(), Error> {
    let done = [State::Delivered, State::Dead].map(i32::from);
    Entity::delete_many()
        .filter(Column::State.is_in(done))
        // Their next attempt was their last: the index of what is due begins at it.
        .filter(Column::NextAt.lt(before))
        .exec(&**tx)
        .await?;
    Ok(())
}

fn pending_of(webhook: Uuid) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(i32::from(State::Pending)))
}

fn anew(now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(i32::from(State::Pending)))
        .col_expr(Column::Attempts, Expr::value(0))
        .col_expr(Column::NextAt, Expr::value(now))
}

#[cfg(test)]
mod tests;
