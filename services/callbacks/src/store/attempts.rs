//! Tries to reach customers.

use std::collections::HashMap;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entity::attempt;
use super::known;
use crate::domain::Attempt;

/// Writes a try.
pub(crate) async fn insert(tx: &Tx, callback_id: Uuid, attempt: &Attempt) -> Result<(), Error> {
    let row = attempt::ActiveModel {
        callback_id: Set(callback_id),
        number: Set(attempt.number),
        at: Set(attempt.at),
        agent: Set(attempt.agent.clone()),
        outcome: Set(attempt.outcome.into()),
        reasons: Set(serde_json::to_value(&attempt.reasons).map_err(anyhow::Error::from)?),
        comment: Set(attempt.comment.clone()),
    };
    attempt::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Returns the tries of one callback, oldest first.
pub(crate) async fn of(db: &impl ConnectionTrait, callback_id: Uuid) -> Result<Vec<Attempt>, Error> {
    Ok(of_all(db, &[callback_id]).await?.remove(&callback_id).unwrap_or_default())
}

/// Returns the tries of callbacks, oldest first.
pub(crate) async fn of_all(
    db: &impl ConnectionTrait,
    callback_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Attempt>>, Error> {
    let rows = attempt::Entity::find()
        .filter(attempt::Column::CallbackId.is_in(callback_ids.iter().copied()))
        .order_by_asc(attempt::Column::Number)
        .all(db)
        .await?;
    let mut of: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
    for row in rows {
        of.entry(row.callback_id).or_default().push(attempt(row)?);
    }
    Ok(of)
}

fn attempt(row: attempt::Model) -> Result<Attempt, Error> {
    Ok(Attempt {
        number: row.number,
        at: row.at,
        agent: row.agent,
        outcome: known(row.outcome)?,
        reasons: serde_json::from_value(row.reasons).map_err(anyhow::Error::from)?,
        comment: row.comment,
    })
}
