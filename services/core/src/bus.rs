//! The bus between outboxes and inboxes: in this process, or Redis Streams.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hotline_proto::events::v1::Envelope;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::caller::Caller;
use crate::db::{Db, Tx};
use crate::error::{Error, Reason, caught, chain};
use crate::{outbox, parked, telemetry};

mod feed;
mod hub;
mod local;
mod redis;
mod ring;

pub use feed::{Listener, Mark, NotAPosition, Place, Position, Since};
pub use hub::Hub;
pub use local::LocalBus;
pub use redis::RedisBus;
pub use ring::{Cursor, Lost, Ring};

/// How often an event that fails by its own fault is tried before it is parked.
const TRIES: u32 = 5;
/// How long the second try waits; each later one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How long a try waits at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Events applied in one transaction: enough to share its cost, few enough that commands need not wait for long.
const TOGETHER: usize = 32;

/// What a service does with events of others.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// The service's name, as in the events' `consumers`.
    fn name(&self) -> &'static str;

    /// The service's database, where effects and inbox rows are.
    fn db(&self) -> &Db;

    /// Applies an event in the transaction that also notes it as applied. It is called once for each event in effect.
    ///
    /// # Errors
    /// Any: then nothing has changed, and the event comes again.
    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error>;

    /// Applies several events in their order, in one transaction: one after another, unless the consumer knows what is
    /// cheaper.
    ///
    /// # Errors
    /// Any: then nothing has changed, and the events come again, each by itself.
    async fn apply_all(&self, tx: &Tx, events: &[&Envelope]) -> Result<(), Error> {
        for event in events {
            let span = telemetry::event_span(self.name(), event);
            telemetry::within(span, self.apply(tx, event)).await?;
        }
        Ok(())
    }
}

/// How far a batch got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Every consumer has applied every event.
    Applied,
    /// The bus holds the events: one receipt each, sorted as text in the order of the bus.
    Sent(Vec<String>),
}

/// Carries events from one service to others, at least once, in order for each source.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Puts a batch of events of `source` on the bus.
    ///
    /// # Errors
    /// Any: then the batch, or a part of it, may or may not have been delivered; it is put again.
    async fn publish(&self, source: &str, batch: &[Envelope]) -> Result<Delivery, Error>;

    /// Returns the receipt up to which every consumer has applied the events of `source`, where the bus knows one.
    ///
    /// # Errors
    /// When the bus can't be reached.
    async fn applied_through(&self, source: &str) -> Result<Option<String>, Error>;

    /// Tells whether the bus lost what it held since the note was written: then returns the note to write next.
    ///
    /// # Errors
    /// When the bus can't be reached.
    async fn lost_since(&self, source: &str, note: Option<&str>) -> Result<Option<String>, Error>;

    /// Hands events to `consumer` until `stop`.
    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken);

    /// Tells `listener` of every event of every source until `stop`, whoever else consumes or hears it.
    async fn listen(&self, listener: Arc<dyn Listener>, since: Since, stop: CancellationToken);

    /// Checks that the bus answers.
    ///
    /// # Errors
    /// When the bus can't be reached.
    async fn ping(&self) -> Result<(), Error>;
}

/// Applies events once each, effects and inbox rows in one transaction; tells how many were new.
async fn apply_once(consumer: &dyn Consumer, events: &[&Envelope]) -> Result<usize, Error> {
    let tx = consumer.db().begin().await?;
    let fresh = outbox::first_times(&tx, events).await?;
    if fresh.is_empty() {
        return Ok(0);
    }
    consumer.apply_all(&tx, &fresh).await?;
    tx.commit().await?;
    Ok(fresh.len())
}

/// Applies events as the consumer, as [`apply_once`]. A panic is a failure like any other.
pub(crate) async fn apply(consumer: &dyn Consumer, events: &[&Envelope]) -> Result<usize, Error> {
    Caller::service(consumer.name()).scope(caught(apply_once(consumer, events))).await
}

/// Applies events in their order, however often it takes; tells how many, which are all unless `stop` came first.
/// Where several together fail, each is applied by itself, so that one bad event is found.
async fn apply_all_until_done(
    consumer: &dyn Consumer,
    events: &[&Envelope],
    stop: &CancellationToken,
) -> usize {
    let mut done = 0;
    for batch in events.chunks(TOGETHER) {
        if batch.len() > 1 && !stop.is_cancelled() {
            match apply(consumer, batch).await {
                Ok(_) => {
                    done += batch.len();
                    continue;
                }
                Err(error) => {
                    let (name, events) = (consumer.name(), batch.len());
                    tracing::info!(consumer = name, events, error = %chain(&error), "applied one by one");
                }
            }
        }
        for event in batch {
            if !apply_until_done(consumer, event, stop).await {
                return done;
            }
            done += 1;
        }
    }
    done
}

/// Applies one event, however often it takes. Where the fault is in the event, it is parked after [`TRIES`] tries so
/// that those behind it go on; where a database or service is away, it waits. False when `stop` came first.
async fn apply_until_done(consumer: &dyn Consumer, event: &Envelope, stop: &CancellationToken) -> bool {
    let (mut faults, mut wait) = (0, FIRST_WAIT);
    loop {
        let Err(error) = apply(consumer, &[event]).await else { return true };
        let passes = matches!(error.code(), Code::Unavailable | Code::DeadlineExceeded);
        faults += u32::from(!passes);
        tracing::warn!(consumer = consumer.name(), event = event.name, id = event.id, faults, error = %chain(&error), "an event failed");
        if faults >= TRIES && parked::park(consumer.db(), event, &chain(&error)).await.is_ok() {
            return true;
        }
        if stop.run_until_cancelled(sleep(wait)).await.is_none() {
            return false;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn apply_and_release(consumer: &dyn Consumer, event: &Envelope) -> Result<(), Error> {
    let tx = consumer.db().begin().await?;
    let fresh = outbox::first_times(&tx, &[event]).await?;
    if !fresh.is_empty() {
        consumer.apply_all(&tx, &fresh).await?;
    }
    parked::release(&tx, event).await?;
    tx.commit().await
}

/// Tries parked events once more, oldest first: what was wrong may have been mended since. Tells how many remain.
pub(crate) async fn apply_parked(consumer: &dyn Consumer) -> Result<usize, Error> {
    let mut remain = 0;
    for event in parked::all(consumer.db()).await? {
        // With its effect, so that what parks it again at once is not undone.
        let applied = Caller::service(consumer.name()).scope(caught(apply_and_release(consumer, &event)));
        if let Err(error) = applied.await {
            remain += 1;
            tracing::error!(consumer = consumer.name(), event = event.name, id = event.id, error = %chain(&error), "an event stays parked");
        }
    }
    Ok(remain)
}
