//! What a claim costs, by claimers and by how much waits (B09).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use hotline_queue::WorkQueue;
use tokio::time::Instant;

use super::ground::Ground;
use super::ours::{LEASE, QUEUE, fill, now, queues};
use super::round::Round;

/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(3);

/// One measurement.
struct Cost {
    waiting: usize,
    claimers: usize,
    round: Round,
    /// Of claims alone, sorted.
    times: Vec<Duration>,
}

/// All measurements.
pub struct Costs(Vec<Cost>);

impl Costs {
    /// Claims and releases, so that as much goes on waiting.
    pub async fn measure(ground: &Ground, most: usize) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for waiting in [1000, 100_000, most] {
            ground.empty().await;
            let queue = queues(ground)?;
            fill(&*queue, waiting).await?;
            for claimers in [1, 16, 64] {
                all.push(cost(ground, &queue, waiting, claimers).await?);
            }
        }
        Ok(Self(all))
    }
}

async fn cost(
    ground: &Ground,
    queue: &Arc<dyn WorkQueue>,
    waiting: usize,
    claimers: usize,
) -> anyhow::Result<Cost> {
    let mut times = Vec::new();
    let end = Instant::now() + TIME;
    let round = Round::of(ground, String::new(), 0, async || {
        let all = (0..claimers).map(|number| claimer(queue.clone(), format!("member-{number}"), end));
        for claimer in try_join_all(all.map(tokio::spawn)).await? {
            times.extend(claimer?);
        }
        Ok(())
    });
    let round = round.await?;
    times.sort();
    Ok(Cost { waiting, claimers, round: Round { jobs: times.len(), ..round }, times })
}

async fn claimer(queue: Arc<dyn WorkQueue>, holder: String, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        let claimed = queue.claim(QUEUE, &holder, 1, LEASE, now()).await?;
        times.push(start.elapsed());
        for claimed in claimed {
            queue.release(QUEUE, claimed.id).await?;
        }
    }
    Ok(times)
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| waiting | claimers | claims a second | p50 ms | p99 ms | Redis µs a claim and release |"
        )?;
        writeln!(f, "|--:|--:|--:|--:|--:|--:|")?;
        for Cost { waiting, claimers, round, times } in &self.0 {
            let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1000.0;
            writeln!(
                f,
                "| {waiting} | {claimers} | {:.0} | {:.2} | {:.2} | {:.1} |",
                round.per_second(),
                at(50),
                at(99),
                round.servers.redis * 1e6 / round.jobs as f64
            )?;
        }
        Ok(())
    }
}
