//! Carries outbox rows to the bus: one relay at a time for each service, however many replicas run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline_proto::events::v1::Envelope;
use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{SENT, UNSENT, is_empty, row, unsent};
use crate::bus::{Bus, Delivery};
use crate::db::Db;
use crate::error::Error;
use crate::trouble::Trouble;
use crate::turns::Turn;

/// Rows carried in one go.
const BATCH: usize = 100;
/// How long the relay waits for a commit's signal before it looks by itself, for rows of other processes; also how often
/// it looks what of the outbox is done.
const IDLE: Duration = Duration::from_millis(250);
/// How long it rests after a batch that was not full. A lone event goes at once; of many, those that come meanwhile share
/// the statements, commands and commits that a batch costs, here and at every consumer.
const PACE: Duration = Duration::from_millis(20);
/// How long it waits after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Carries the events of `source` from its outbox to the bus until `stop`. Rows are read by their state, never by
/// "number greater than the last": a lower number can be committed later.
pub async fn run(source: &'static str, db: Db, bus: Arc<dyn Bus>, stop: CancellationToken) {
    let turn = Turn::new(&db, "relay");
    let relay = Relay { source, db: &db, bus: bus.as_ref(), turn: &turn, settled: None, note: None };
    // What is under way when the stop comes is put again by the next relay.
    stop.run_until_cancelled(relay.carry()).await;
    turn.give_up().await;
}

/// When to look for the next batch.
enum Next {
    /// There may be more.
    AtOnce,
    /// When more may have come to share a batch.
    Paced,
    /// When something comes.
    Idle,
}

struct Relay<'a> {
    source: &'static str,
    db: &'a Db,
    bus: &'a dyn Bus,
    turn: &'a Turn,
    /// When it last looked what of the outbox is done.
    settled: Option<Instant>,
    /// What it wrote down of the bus.
    note: Option<String>,
}

impl Relay<'_> {
    async fn carry(mut self) {
        let trouble = Trouble::of(format!("relay of {}", self.source));
        loop {
            match self.step().await {
                Ok(next) => {
                    trouble.works();
                    self.wait(next).await;
                }
                Err(error) => {
                    trouble.failed(&error);
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn wait(&self, next: Next) {
        match next {
            Next::AtOnce => return,
            Next::Paced => sleep(PACE).await,
            Next::Idle => {}
        }
        tokio::select! {
            () = self.db.outbox.notified() => {}
            () = sleep(IDLE) => {}
        }
    }

    /// Carries one batch; tells when to look for the next.
    async fn step(&mut self) -> Result<Next, Error> {
        if !self.turn.take().await? {
            (self.settled, self.note) = (None, None);
            return Ok(Next::Idle);
        }
        let settles = self.settled.is_none_or(|settled| settled.elapsed() >= IDLE);
        if settles && is_empty(self.db).await? {
            self.settled = Some(Instant::now());
            return Ok(Next::Idle);
        }
        let batch = unsent(self.db, BATCH).await?;
        if batch.is_empty() && !settles {
            return Ok(Next::Idle);
        }
        if self.sent_again(settles).await? {
            return Ok(Next::AtOnce);
        }
        if batch.is_empty() {
            return Ok(Next::Idle);
        }
        match self.bus.publish(self.source, &batch).await? {
            Delivery::Applied => remove(self.db, &batch).await?,
            Delivery::Sent(receipts) => mark_sent(self.db, &batch, receipts).await?,
        }
        Ok(if batch.len() == BATCH { Next::AtOnce } else { Next::Paced })
    }

    /// Puts everything back that a bus which lost its data may not hold, before anything later goes on it; tells whether
    /// it did. Removes what every consumer has applied, where it `settles`.
    async fn sent_again(&mut self, settles: bool) -> Result<bool, Error> {
        if self.note.is_none() {
            self.note = self.turn.note().await?;
        }
        // In this order: a loss between the two questions is seen by the second, and the answer to the first is dropped.
        let applied = if settles { self.bus.applied_through(self.source).await? } else { None };
        if let Some(note) = self.bus.lost_since(self.source, self.note.as_deref()).await? {
            send_again(self.db).await?;
            self.turn.write_note(&note).await?;
            self.note = Some(note);
            return Ok(true);
        }
        if let Some(applied) = applied {
            confirm(self.db, applied).await?;
        }
        if settles {
            self.settled = Some(Instant::now());
        }
        Ok(false)
    }
}

async fn remove(db: &Db, batch: &[Envelope]) -> Result<(), Error> {
    let ids = batch.iter().filter_map(|event| event.id.parse::<Uuid>().ok());
    row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(&*db.writer().await).await?;
    Ok(())
}

async fn mark_sent(db: &Db, batch: &[Envelope], receipts: Vec<String>) -> Result<(), Error> {
    let (mut ids, mut receipt_of) = (Vec::new(), CaseStatement::new());
    for (event, receipt) in batch.iter().zip(receipts) {
        if let Ok(id) = event.id.parse::<Uuid>() {
            receipt_of = receipt_of.case(row::Column::Id.eq(id), Expr::value(receipt));
            ids.push(id);
        }
    }
    row::Entity::update_many()
        .col_expr(row::Column::Sent, Expr::value(SENT))
        .col_expr(row::Column::Receipt, receipt_of.into())
        .filter(row::Column::Id.is_in(ids))
        // A relay that took over meanwhile has put the row again: its receipt is the later one.
        .filter(row::Column::Sent.eq(UNSENT))
        .exec(&*db.writer().await)
        .await?;
    Ok(())
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
