//! Computes all figures anew from the history of events (K8).

use chrono_tz::Tz;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error as CoreError;
use hotline_core::id;

use super::rollups::Edition;
use super::{book, counting, facts, history, rollups, standings};
use crate::error::Error;

/// Events in memory at a time.
const PAGE: u64 = 2_000;

/// What was recomputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recomputed {
    /// Facts that the events of the history tell.
    pub facts: i64,
    /// Rollup rows that differed from what was stored; 0 in a healthy system.
    pub changed: i64,
}

/// Computes all facts and rollups anew and puts them in the place of the stored ones, in one transaction:
/// reports go on meanwhile, new events wait.
///
/// # Errors
/// When the database fails, or the history holds an event that can't be read; then nothing has changed.
pub async fn recompute(db: &Db) -> Result<Recomputed, Error> {
    // What waits and can't be counted is parked, before a transaction would fail for it.
    counting::catch_up(db).await?;
    let tx = db.begin().await?;
    let zone = book::lock(&tx).await?;
    counting::count_all(&tx, zone).await?;
    let recomputed = rebuild(&tx, zone).await?;
    tx.commit().await?;
    if recomputed.changed > 0 {
        tracing::warn!(changed = recomputed.changed, "rollups differed from the history and were put right");
    }
    Ok(recomputed)
}

/// The same in a transaction that holds the book; days are those of `zone`.
pub(super) async fn rebuild(tx: &Tx, zone: Tz) -> Result<Recomputed, CoreError> {
    facts::clear(tx).await?;
    standings::clear(tx).await?;
    let (mut last, mut read) = (None, 0);
    loop {
        let page = history::page(tx, last, PAGE).await?;
        let Some(event) = page.last() else { break };
        last = Some(id::parse(&event.id, "id")?);
        read += counting::count(tx, Edition::Draft, zone, &page).await?;
    }
    let changed = rollups::differing(tx).await?;
    if changed > 0 {
        rollups::adopt_draft(tx).await?;
    } else {
        rollups::clear(tx, Edition::Draft).await?;
    }
    book::note(tx, zone).await?;
    Ok(Recomputed { facts: i64::try_from(read).unwrap_or(i64::MAX), changed })
}
