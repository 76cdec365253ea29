//! The bus of one process: a batch is delivered when every consumer has applied it, so a crash loses nothing that
//! the outbox does not still hold.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use futures::future::join_all;
use hotline_proto::events::{self, v1::Envelope};
use tokio_util::sync::CancellationToken;

use super::{Bus, Consumer, Delivery, apply_until_done};
use crate::error::Error;

/// See the module.
#[derive(Default)]
pub struct LocalBus {
    consumers: RwLock<BTreeMap<&'static str, Arc<dyn Consumer>>>,
    stop: CancellationToken,
}

impl LocalBus {
    /// Makes a bus without consumers.
    pub fn new() -> Self {
        Self::default()
    }

    fn consumer(&self, name: &str) -> Result<Arc<dyn Consumer>, Error> {
        let consumers = self.consumers.read().expect("nothing panics while the list is locked");
        let known = consumers.get(name).cloned();
        known.ok_or_else(|| anyhow::anyhow!("the consumer `{name}` does not run in this process").into())
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, _source: &str, batch: &[Envelope]) -> Result<Delivery, Error> {
        let mut lanes: BTreeMap<&str, Vec<&Envelope>> = BTreeMap::new();
        for event in batch {
            for consumer in events::road(&event.name).into_iter().flat_map(|road| &road.consumers) {
                lanes.entry(consumer).or_default().push(event);
            }
        }
        let lanes = lanes
            .into_iter()
            .map(|(name, events)| Ok((self.consumer(name)?, events)))
            .collect::<Result<Vec<_>, Error>>()?;
        let applied = join_all(lanes.into_iter().map(async |(consumer, events)| {
            for event in events {
                if !apply_until_done(consumer.as_ref(), event, &self.stop).await {
                    return false;
                }
            }
            true
        }));
        if applied.await.into_iter().all(|applied| applied) {
            Ok(Delivery::Applied)
        } else {
            Err(anyhow::anyhow!("the process stops").into())
        }
    }

    async fn applied_through(&self, _source: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn lost_since(&self, _source: &str, _note: Option<&str>) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken) {
        self.consumers
            .write()
            .expect("nothing panics while the list is locked")
            .insert(consumer.name(), consumer);
        stop.cancelled().await;
        self.stop.cancel();
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}
