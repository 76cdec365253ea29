//! Carries outbox rows to the bus: one relay at a time for each service, however many replicas run.

use std::sync::Arc;
use std::time::Duration;

use hotline_proto::events::v1::Envelope;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{SENT, UNSENT, row, unsent};
use crate::bus::{Bus, Delivery};
use crate::db::Db;
use crate::error::{Error, chain};
use crate::turns::Turn;

/// Rows carried in one go.
const BATCH: u64 = 100;
/// How long the relay waits for a commit's signal before it looks by itself, for rows of other processes.
const IDLE: Duration = Duration::from_millis(250);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Carries the events of `source` from its outbox to the bus until `stop`. Rows are read by their state, never by
/// "id greater than the last": a lower id can be committed later.
pub async fn run(source: &'static str, db: Db, bus: Arc<dyn Bus>, stop: CancellationToken) {
    let turn = Turn::new(&db, "relay");
    while !stop.is_cancelled() {
        let outcome = tokio::select! {
            () = stop.cancelled() => break,
            outcome = step(source, &db, bus.as_ref(), &turn) => outcome,
        };
        let wait = match outcome {
            Ok(true) => continue,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::warn!(source, error = %chain(&error), "relay will try again");
                sleep(PAUSE).await;
                continue;
            }
        };
        // A timeout is as good as a signal: the next step looks either way.
        let _ = timeout(wait, db.outbox.notified()).await;
    }
    turn.give_up().await;
}

/// Carries one batch; tells whether there may be more at once.
async fn step(source: &str, db: &Db, bus: &dyn Bus, turn: &Turn) -> Result<bool, Error> {
    if !turn.take().await? {
        return Ok(false);
    }
    if let Some(generation) = bus.lost_since(source, turn.note().await?.as_deref()).await? {
        send_again(db).await?;
        turn.write_note(&generation).await?;
    }
    confirm(source, db, bus).await?;
    let batch = unsent(db, BATCH).await?;
    if batch.is_empty() {
        return Ok(false);
    }
    match bus.publish(source, &batch).await? {
        Delivery::Applied => remove(db, &batch).await?,
        Delivery::Sent(receipts) => mark_sent(db, &batch, receipts).await?,
    }
    Ok(true)
}

async fn remove(db: &Db, batch: &[Envelope]) -> Result<(), Error> {
    let ids = batch.iter().filter_map(|event| event.id.parse::<Uuid>().ok());
    row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(db.reader()).await?;
    Ok(())
}

async fn mark_sent(db: &Db, batch: &[Envelope], receipts: Vec<String>) -> Result<(), Error> {
    let tx = db.begin().await?;
    for (event, receipt) in batch.iter().zip(receipts) {
        let Ok(id) = event.id.parse::<Uuid>() else {
            continue;
        };
        row::Entity::update_many()
            .col_expr(row::Column::Sent, Expr::value(SENT))
            .col_expr(row::Column::Receipt, Expr::value(receipt))
            .filter(row::Column::Id.eq(id))
            .exec(&*tx)
            .await?;
    }
    tx.commit().await
}

/// Removes the rows that every consumer has applied, as far as the bus knows.
async fn confirm(source: &str, db: &Db, bus: &dyn Bus) -> Result<(), Error> {
    if let Some(applied) = bus.applied_through(source).await? {
        row::Entity::delete_many()
            .filter(row::Column::Sent.eq(SENT))
            .filter(row::Column::Receipt.lte(applied))
            .exec(db.reader())
            .await?;
    }
    Ok(())
}

/// Marks everything that is not confirmed as unsent: the bus lost what it held. Inboxes drop what came before.
async fn send_again(db: &Db) -> Result<(), Error> {
    let again = row::Entity::update_many()
        .col_expr(row::Column::Sent, Expr::value(UNSENT))
        .filter(row::Column::Sent.eq(SENT))
        .exec(db.reader())
        .await?;
    if again.rows_affected > 0 {
        tracing::warn!(
            events = again.rows_affected,
            "the bus lost its data: unconfirmed events are sent again"
        );
    }
    Ok(())
}
