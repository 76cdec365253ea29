//! Carries outbox rows to the bus: one relay at a time for each service, however many replicas run.

use std::sync::Arc;
use std::time::Duration;

use hotline_proto::events::v1::Envelope;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{SENT, UNSENT, is_empty, row, unsent};
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
/// "number greater than the last": a lower number can be committed later.
pub async fn run(source: &'static str, db: Db, bus: Arc<dyn Bus>, stop: CancellationToken) {
    let turn = Turn::new(&db, "relay");
    // What is under way when the stop comes is put again by the next relay.
    stop.run_until_cancelled(carry(source, &db, bus.as_ref(), &turn)).await;
    turn.give_up().await;
}

async fn carry(source: &str, db: &Db, bus: &dyn Bus, turn: &Turn) {
    loop {
        match step(source, db, bus, turn).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = db.outbox.notified() => {}
                    () = sleep(IDLE) => {}
                }
            }
            Err(error) => {
                tracing::warn!(source, error = %chain(&error), "relay will try again");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Carries one batch; tells whether there may be more at once.
async fn step(source: &str, db: &Db, bus: &dyn Bus, turn: &Turn) -> Result<bool, Error> {
    if !turn.take().await? || is_empty(db).await? {
        return Ok(false);
    }
    settle(source, db, bus, turn).await?;
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

/// Removes what every consumer has applied; puts everything back that a bus which lost its data may not hold.
async fn settle(source: &str, db: &Db, bus: &dyn Bus, turn: &Turn) -> Result<(), Error> {
    // In this order: a loss between the two questions is seen by the second, and the answer to the first is dropped.
    let applied = bus.applied_through(source).await?;
    if let Some(note) = bus.lost_since(source, turn.note().await?.as_deref()).await? {
        send_again(db).await?;
        turn.write_note(&note).await?;
    } else if let Some(applied) = applied {
        confirm(db, applied).await?;
    }
    Ok(())
}

async fn remove(db: &Db, batch: &[Envelope]) -> Result<(), Error> {
    let ids = batch.iter().filter_map(|event| event.id.parse::<Uuid>().ok());
    row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(&*db.writer().await).await?;
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
            // A relay that took over meanwhile has put the row again: its receipt is the later one.
            .filter(row::Column::Sent.eq(UNSENT))
            .exec(&*tx)
            .await?;
    }
    tx.commit().await
}

async fn confirm(db: &Db, applied: String) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::Sent.eq(SENT))
        .filter(row::Column::Receipt.lte(applied))
        .exec(&*db.writer().await)
        .await?;
    Ok(())
}

/// Marks everything that is not confirmed as unsent: the bus lost what it held. Inboxes drop what came before.
async fn send_again(db: &Db) -> Result<(), Error> {
    let again = row::Entity::update_many()
        .col_expr(row::Column::Sent, Expr::value(UNSENT))
        .filter(row::Column::Sent.eq(SENT))
        .exec(&*db.writer().await)
        .await?;
    if again.rows_affected > 0 {
        tracing::warn!(
            events = again.rows_affected,
            "the bus may have lost data: unconfirmed events are sent again"
        );
    }
    Ok(())
}
