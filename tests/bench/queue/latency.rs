//! How long work takes from its way into a queue to one who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hotline_queue::claim_wait;
use sea_orm::prelude::Uuid;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::ground::Ground;
use super::ours::{LEASE, QUEUE, entry, now, queues};

/// Jobs a second.
const RATE: u64 = 200;
/// How many of them, ten seconds' worth.
const JOBS: usize = 2000;

/// Puts jobs into the queue at an even rate while so many wait for them; returns a sentence with p50 and p99.
pub async fn measure(ground: &Ground, waiting: usize) -> anyhow::Result<String> {
    ground.empty().await;
    // One process each: the wake-up goes by Redis.
    let (giver, takers) = (queues(ground)?, queues(ground)?);
    let begun: Arc<Mutex<HashMap<Uuid, Instant>>> = Arc::default();
    let (told, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let mut claimers = tokio::task::JoinSet::new();
    for number in 0..waiting {
        let (takers, told) = (takers.clone(), told.clone());
        claimers.spawn(async move {
            let holder = format!("member-{number}");
            loop {
                let wait = Duration::from_mins(1);
                let claimed = claim_wait(&*takers, QUEUE, &holder, 1, LEASE, wait, now).await?;
                let at = Instant::now();
                for claimed in claimed {
                    told.send((claimed.id, at))?;
                    takers.finish(QUEUE, &[claimed.id]).await?;
                }
            }
            #[expect(unreachable_code, reason = "it gives the loop's errors a type")]
            anyhow::Ok(())
        });
    }
    // The first is not measured: connections are made.
    let mut tick = interval(Duration::from_micros(1_000_000 / RATE));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut times = Vec::with_capacity(JOBS);
    let mut put = 0;
    while times.len() < JOBS {
        tokio::select! {
            _ = tick.tick(), if put < JOBS => {
                let entry = entry(put);
                begun.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.id, Instant::now());
                giver.put(QUEUE, &[entry]).await?;
                put += 1;
            }
            Some((id, at)) = taken.recv() => {
                let begun = begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                times.push(at - begun.expect("it was put before it was taken"));
            }
        }
    }
    times.drain(..waiting);
    times.sort();
    let at = |percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1000.0;
    Ok(format!(
        "offered to one of {waiting} who wait, {RATE} jobs a second: p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms\n",
        at(50),
        at(99),
        times[times.len() - 1].as_secs_f64() * 1000.0
    ))
}
