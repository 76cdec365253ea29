//! What happens to many messages of a webhook at once: they are held, let go on, sent once more, forgotten.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::WebhookDeliveryState as State;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany};
use uuid::Uuid;

use crate::store::DeliveryRow;
use crate::store::entity::delivery::{Column, Entity};

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

pub(super) fn pending_of(webhook: Uuid) -> UpdateMany<Entity> {
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
