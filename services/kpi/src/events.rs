//! What the service does with events: each is put down in its transaction, and counted together with others a
//! moment later, or when a report is asked for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::db::{Db, Tx};
use hotline_core::error::{Error, caught};
use hotline_core::trouble::Trouble;
use hotline_proto::events::v1::Envelope;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::NAME;
use crate::domain::reading::{Unreadable, is_read};
use crate::domain::words::without_words;
use crate::store::{counting, pending};

/// How long events are gathered before they are counted: the more at once, the less each costs. Reports don't wait
/// for it, they count first.
const GATHER: Duration = Duration::from_secs(2);

/// Puts events down.
pub(crate) struct Facts {
    db: Db,
    came: Arc<Notify>,
}

impl Facts {
    /// `came` is told of every event.
    pub(crate) fn new(db: Db, came: Arc<Notify>) -> Self {
        Self { db, came }
    }
}

#[async_trait]
impl Consumer for Facts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn db(&self) -> &Db {
        &self.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        self.apply_all(tx, &[event]).await
    }

    async fn apply_all(&self, tx: &Tx, events: &[&Envelope]) -> Result<(), Error> {
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            // What can't be counted must be known now, while it can still be parked.
            if !is_read(&event.name) {
                return Err(anyhow::Error::from(Unreadable::Unknown(event.name.clone())).into());
            }
            kept.push(without_words(event).map_err(anyhow::Error::from)?);
        }
        pending::put(tx, &kept)?;
        let came = self.came.clone();
        tx.after_commit(async move { came.notify_one() });
        Ok(())
    }
}

/// Counts events as they come until `stop`, those first that an earlier run left.
pub(crate) async fn count(db: Db, came: Arc<Notify>, stop: CancellationToken) {
    let trouble = Trouble::of("counting of events");
    let counting = async {
        loop {
            match caught(counting::catch_up(&db)).await {
                Ok(()) => trouble.works(),
                Err(error) => {
                    trouble.failed(&error);
                    came.notify_one();
                }
            }
            came.notified().await;
            sleep(GATHER).await;
        }
    };
    stop.run_until_cancelled(counting).await;
}
