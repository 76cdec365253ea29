//! The least that can be done: two scripts over two sorted sets, without places, holders, expiry or wake-ups.

use futures::future::try_join_all;
use redis::aio::MultiplexedConnection;
use redis::{Client, Script};

use super::ground::Ground;
use super::ours::entry;
use super::round::Round;

/// Waiting work, and work that is held.
const KEYS: [&str; 2] = ["{raw}:ready", "{raw}:leases"];

const CLAIM: &str = "local taken = redis.call('ZPOPMIN', KEYS[1], ARGV[1]) \
    for i = 1, #taken, 2 do redis.call('ZADD', KEYS[2], ARGV[2], taken[i]) end return taken";

const FINISH: &str = "return redis.call('ZREM', KEYS[2], unpack(ARGV))";

/// Puts jobs into a sorted set and has so many claimers claim and complete them, each so many at once.
pub async fn work_off(ground: &Ground, jobs: usize, in_flight: usize, batch: usize) -> anyhow::Result<Round> {
    ground.empty().await;
    let connection = Client::open(ground.redis.url())?.get_multiplexed_async_connection().await?;
    for start in (0..jobs).step_by(1000) {
        let mut put = redis::cmd("ZADD");
        put.arg(KEYS[0]);
        for entry in (start..jobs.min(start + 1000)).map(entry) {
            put.arg(entry.order).arg(entry.id.to_string());
        }
        put.query_async::<()>(&mut connection.clone()).await?;
    }
    let claimers = (0..in_flight).map(|_| claimer(connection.clone(), batch));
    let what = if batch == 1 { "raw scripts".into() } else { format!("raw scripts, {batch} at once") };
    let round = Round::of(ground, what, jobs, async || {
        let done: usize =
            try_join_all(claimers.map(tokio::spawn)).await?.into_iter().sum::<anyhow::Result<_>>()?;
        anyhow::ensure!(done == jobs, "{done} of {jobs} were done");
        Ok(())
    });
    round.await
}

async fn claimer(mut connection: MultiplexedConnection, batch: usize) -> anyhow::Result<usize> {
    let (claim, finish) = (Script::new(CLAIM), Script::new(FINISH));
    let mut done = 0;
    loop {
        let mut call = claim.prepare_invoke();
        call.key(&KEYS).arg(batch).arg(1_900_000_000_000_i64);
        let taken: Vec<(String, i64)> = call.invoke_async(&mut connection).await?;
        if taken.is_empty() {
            return Ok(done);
        }
        done += taken.len();
        let mut call = finish.prepare_invoke();
        call.key(&KEYS);
        for (id, _) in &taken {
            call.arg(id);
        }
        call.invoke_async::<()>(&mut connection).await?;
    }
}
