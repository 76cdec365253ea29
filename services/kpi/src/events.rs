//! What the service does with events: each is kept, read into facts and added to the rollups, in one
//! transaction.

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_proto::events::v1::Envelope;

use crate::NAME;
use crate::domain::cell::cells;
use crate::domain::reading::facts;
use crate::domain::words::without_words;
use crate::store::{book, facts as fact_rows, history, rollups};

/// Turns events into figures.
pub(crate) struct Facts {
    db: Db,
}

impl Facts {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
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
        let event = without_words(event).map_err(anyhow::Error::from)?;
        let facts = facts(&event).map_err(anyhow::Error::from)?;
        let zone = book::lock(tx).await?;
        // The inbox forgets after some days; a redelivery later than that must not count twice either.
        if !history::keep(tx, &event).await? {
            return Ok(());
        }
        fact_rows::insert(tx, &[(&event, facts.as_slice())]).await?;
        rollups::add(tx, rollups::Edition::Live, &cells(&facts, zone)).await
    }
}
