//! The queues of the suite, as its services use them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use hotline_queue::{Entry, Settings, WorkQueue, connect};
use sea_orm::prelude::Uuid;

use super::ground::Ground;
use super::round::Round;

/// The queue that everybody works on.
pub const QUEUE: &str = "second-line-network";

/// How long leases run.
pub const LEASE: Duration = Duration::from_mins(1);

/// Returns what the queues are called that are asked for so many jobs at once.
pub fn name(batch: usize) -> String {
    if batch == 1 { "services/queue".into() } else { format!("services/queue, {batch} at once") }
}

/// Connects as a service does.
pub fn queues(ground: &Ground) -> anyhow::Result<Arc<dyn WorkQueue>> {
    Ok(connect(&Settings { url: ground.redis.url(), namespace: "bench".into() })?)
}

/// Puts so many jobs into an empty queue.
pub async fn fill(queue: &dyn WorkQueue, jobs: usize) -> anyhow::Result<()> {
    let entries: Vec<Entry> = (0..jobs).map(entry).collect();
    Ok(queue.put(QUEUE, &entries).await?)
}

/// A job of some thousand different deadlines, in no order.
pub fn entry(number: usize) -> Entry {
    let number = number as u64;
    let order = number.wrapping_mul(1_000_003) % 8_640_000;
    Entry { id: Uuid::from_u128(u128::from(number) << 64 | u128::from(number)), order: order.cast_signed() }
}

/// The present.
pub fn now() -> DateTime<Utc> {
    hotline_core::clock::wall()
}

/// Puts jobs into a queue and has so many claimers claim and complete them, each so many at once.
pub async fn work_off(ground: &Ground, jobs: usize, in_flight: usize, batch: usize) -> anyhow::Result<Round> {
    ground.empty().await;
    let queue = queues(ground)?;
    fill(&*queue, jobs).await?;
    let claimers = (0..in_flight).map(|number| claimer(queue.clone(), format!("member-{number}"), batch));
    let round = Round::of(ground, name(batch), jobs, async || {
        let done: usize =
            try_join_all(claimers.map(tokio::spawn)).await?.into_iter().sum::<anyhow::Result<_>>()?;
        anyhow::ensure!(done == jobs, "{done} of {jobs} were done");
        Ok(())
    });
    round.await
}

async fn claimer(queue: Arc<dyn WorkQueue>, holder: String, batch: usize) -> anyhow::Result<usize> {
    let mut done = 0;
    loop {
        let claimed = queue.claim(QUEUE, &holder, batch, LEASE, now()).await?;
        if claimed.is_empty() {
            return Ok(done);
        }
        done += claimed.len();
        let ids: Vec<Uuid> = claimed.iter().map(|claimed| claimed.id).collect();
        queue.finish(QUEUE, &ids).await?;
    }
}
