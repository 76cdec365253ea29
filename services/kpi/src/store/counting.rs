//! Counts events that wait: many at a time, so that what many of them add to one cell is written once. Figures
//! are asked for only once everything that came before is counted. An event that can't be counted is parked, so that
//! it keeps no other from it.

use chrono_tz::Tz;
use futures::join;
use hotline_core::db::{Db, Tx};
use hotline_core::error::{Error, Reason, caught, chain};
use hotline_core::{id, parked};
use hotline_proto::events::v1::Envelope;
use tonic::Code;
use uuid::Uuid;

use super::rollups::Edition;
use super::{book, facts, history, pending, rollups, standings};
use crate::domain::cell::cells;
use crate::domain::fact::Fact;
use crate::domain::reading;

/// Events counted in one transaction at most.
pub(crate) const BATCH: u64 = 400;

/// Counts what waits.
///
/// # Errors
/// When the database fails; then what was counted before stays so, and the rest waits on.
pub async fn catch_up(db: &Db) -> Result<(), Error> {
    // As many rounds as what waits now needs: who also counted what comes meanwhile would never answer while it comes.
    for _ in 0..pending::count(db.reader()).await?.div_ceil(BATCH) {
        let counted = match caught(count_together(db)).await {
            Err(error) if !passes(&error) => {
                tracing::info!(error = %chain(&error), "events are counted one by one");
                count_singly(db).await?
            }
            counted => counted?,
        };
        if counted < BATCH {
            break;
        }
    }
    Ok(())
}

/// Tells whether a fault is not in the events: then they wait until it is over.
fn passes(error: &Error) -> bool {
    matches!(error.code(), Code::Unavailable | Code::DeadlineExceeded)
}

async fn count_together(db: &Db) -> Result<u64, Error> {
    let tx = db.begin().await?;
    let zone = book::lock(&tx).await?;
    let counted = count_some(&tx, zone).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Counts what would be counted together each by itself, and parks what can't be; tells how many do not wait any more.
async fn count_singly(db: &Db) -> Result<u64, Error> {
    let events = pending::some(db.reader(), BATCH).await?;
    let number = size(&events);
    for event in events {
        match caught(count_one(db, event.clone())).await {
            Err(error) if !passes(&error) => park(db, &event, &error).await?,
            counted => counted?,
        }
    }
    Ok(number)
}

async fn count_one(db: &Db, event: Envelope) -> Result<(), Error> {
    let tx = db.begin().await?;
    let zone = book::lock(&tx).await?;
    count_waiting(&tx, zone, vec![event]).await?;
    tx.commit().await
}

async fn park(db: &Db, event: &Envelope, error: &Error) -> Result<(), Error> {
    let tx = db.begin().await?;
    parked::park_applied(&tx, event, &chain(error)).await?;
    pending::remove(&tx, &[id::parse(&event.id, "id")?]).await?;
    tx.commit().await
}

/// Counts what waits in a transaction that holds the book.
pub(super) async fn count_all(tx: &Tx, zone: Tz) -> Result<(), Error> {
    while count_some(tx, zone).await? == BATCH {}
    Ok(())
}

async fn count_some(tx: &Tx, zone: Tz) -> Result<u64, Error> {
    let events = pending::some(&**tx, BATCH).await?;
    let number = size(&events);
    if number > 0 {
        count_waiting(tx, zone, events).await?;
    }
    Ok(number)
}

fn size(events: &[Envelope]) -> u64 {
    u64::try_from(events.len()).unwrap_or(BATCH)
}

async fn count_waiting(tx: &Tx, zone: Tz, events: Vec<Envelope>) -> Result<(), Error> {
    let ids = events.iter().map(|event| id::parse(&event.id, "id")).collect::<Result<Vec<_>, _>>()?;
    // The inbox forgets after some days; a redelivery later than that must not count twice either.
    let new = history::keep_new(tx, events).await?;
    count(tx, Edition::Live, zone, &new).await?;
    pending::remove(tx, &ids).await
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
    // The database writes the facts, and then each round of cells, while the next round is added up.
    let mut rounds = cells(told.iter().flat_map(|(_, facts)| facts), zone);
    let (written, mut next) = join!(facts::insert(tx, &told), async { rounds.next() });
    written?;
    while let Some(cells) = next {
        let (added, round) = join!(rollups::add(tx, edition, &cells), async { rounds.next() });
        added?;
        next = round;
    }
    Ok(number)
}
