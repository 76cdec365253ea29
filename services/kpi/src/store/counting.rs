//! Counts events that wait: many at a time, so that what many of them add to one cell is written once. Figures
//! are asked for only once everything that came before is counted.

use chrono_tz::Tz;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_proto::events::v1::Envelope;
use uuid::Uuid;

use super::rollups::Edition;
use super::{book, facts, history, pending, rollups, standings};
use crate::domain::cell::cells;
use crate::domain::fact::Fact;
use crate::domain::reading;

/// Events counted in one transaction at most.
pub(crate) const BATCH: u64 = 250;

/// Counts what waits.
///
/// # Errors
/// When the database fails; then what was counted before stays so, and the rest waits on.
pub async fn catch_up(db: &Db) -> Result<(), Error> {
    // As many rounds as what waits now needs: who also counted what comes meanwhile would never answer while it comes.
    for _ in 0..pending::count(db.reader()).await?.div_ceil(BATCH) {
        let tx = db.begin().await?;
        let zone = book::lock(&tx).await?;
        let counted = count_some(&tx, zone).await?;
        tx.commit().await?;
        if counted < BATCH {
            break;
        }
    }
    Ok(())
}

/// Counts what waits in a transaction that holds the book.
pub(super) async fn count_all(tx: &Tx, zone: Tz) -> Result<(), Error> {
    while count_some(tx, zone).await? == BATCH {}
    Ok(())
}

async fn count_some(tx: &Tx, zone: Tz) -> Result<u64, Error> {
    let events = pending::some(tx, BATCH).await?;
    if events.is_empty() {
        return Ok(0);
    }
    let ids = events.iter().map(|event| id::parse(&event.id, "id")).collect::<Result<Vec<_>, _>>()?;
    // The inbox forgets after some days; a redelivery later than that must not count twice either.
    let new = history::keep_new(tx, events).await?;
    count(tx, Edition::Live, zone, &new).await?;
    pending::remove(tx, &ids).await?;
    Ok(u64::try_from(ids.len()).unwrap_or(BATCH))
}

/// Counts events, and tells how many facts they told.
pub(super) async fn count(tx: &Tx, edition: Edition, zone: Tz, events: &[Envelope]) -> Result<usize, Error> {
    let mut told: Vec<(Uuid, Vec<Fact>)> = Vec::new();
    for event in events {
        let facts = reading::facts(event).map_err(anyhow::Error::from)?;
        told.push((id::parse(&event.id, "id")?, facts));
    }
    let number = told.iter().map(|(_, facts)| facts.len()).sum();
    told.extend(standings::learn(tx, events, zone).await?);
    facts::insert(tx, &told).await?;
    let cells = cells(told.iter().flat_map(|(_, facts)| facts), zone);
    rollups::add(tx, edition, &cells).await?;
    Ok(number)
}
