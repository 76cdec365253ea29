//! The bus of one process: a batch is delivered when every consumer has applied it, so a crash loses nothing that
//! the outbox does not still hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use hotline_proto::events::{self, v1::Envelope};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::feed::Feed;
use super::{Bus, Consumer, Delivery, Listener, Since, apply_all_until_done};
use crate::error::Error;

mod feed;

/// How long a batch waits for a consumer that has not started yet.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Default)]
pub struct LocalBus {
    seats: watch::Sender<BTreeMap<&'static str, Seat>>,
    feed: Feed,
}

/// A consumer while it runs.
#[derive(Clone)]
struct Seat {
    consumer: Arc<dyn Consumer>,
    stop: CancellationToken,
}

impl LocalBus {
    /// Makes a bus without consumers.
    pub fn new() -> Self {
        Self::default()
    }

    async fn seat(&self, name: &str) -> Result<Seat, Error> {
        let mut seats = self.seats.subscribe();
        let taken = timeout(PATIENCE, seats.wait_for(|seats| seats.contains_key(name))).await;
        let seat = taken.ok().and_then(Result::ok).and_then(|seats| seats.get(name).cloned());
        seat.ok_or_else(|| anyhow::anyhow!("the consumer `{name}` does not run in this process").into())
    }
}

impl Seat {
    /// Applies the events in order; false when the consumer stopped before the last.
    async fn apply(self, events: Vec<&Envelope>) -> bool {
        apply_all_until_done(self.consumer.as_ref(), &events, &self.stop).await == events.len()
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, source: &str, batch: &[Envelope]) -> Result<Delivery, Error> {
        // Before the consumers: who listens does not wait for one that is stuck.
        self.feed.put(source, batch);
        let mut lanes: BTreeMap<&str, Vec<&Envelope>> = BTreeMap::new();
        for event in batch {
            for consumer in events::road(&event.name).into_iter().flat_map(|road| &road.consumers) {
                lanes.entry(consumer).or_default().push(event);
            }
        }
        let mut applying = Vec::new();
        for (name, events) in lanes {
            applying.push(self.seat(name).await?.apply(events));
        }
        if join_all(applying).await.into_iter().all(|applied| applied) {
            Ok(Delivery::Applied)
        } else {
            Err(anyhow::anyhow!("a consumer stopped").into())
        }
    }

    async fn applied_through(&self, _source: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn lost_since(&self, _source: &str, _note: Option<&str>) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken) {
        let name = consumer.name();
        let seat = Seat { consumer: consumer.clone(), stop: stop.clone() };
        self.seats.send_modify(|seats| drop(seats.insert(name, seat)));
        stop.cancelled().await;
        self.seats.send_if_modified(|seats| {
            // The consumer's successor may have started already.
            let mine = seats.get(name).is_some_and(|seat| Arc::ptr_eq(&seat.consumer, &consumer));
            mine && seats.remove(name).is_some()
        });
    }

    async fn listen(&self, listener: Arc<dyn Listener>, since: Since, stop: CancellationToken) {
        self.feed.listen(listener.as_ref(), since, &stop).await;
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}
