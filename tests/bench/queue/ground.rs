//! The servers that all of them use, and what these use.

use std::ops::Sub;
use std::time::Duration;

use hotline_queue::testing::RedisServer;
use hotline_tests::machine;
use hotline_tests::servers::Postgres;
use redis::cmd;
use tokio::time::sleep;

/// Processor time that servers have used since they began, seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Of Redis.
    pub redis: f64,
    /// Of PostgreSQL and all its children.
    pub postgres: f64,
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { redis: self.redis - before.redis, postgres: self.postgres - before.postgres }
    }
}

/// The servers.
pub struct Ground {
    /// Redis with `appendonly yes` and `appendfsync everysec`.
    pub redis: RedisServer,
    /// PostgreSQL with `fsync`, where it is installed.
    pub postgres: Option<Postgres>,
}

impl Ground {
    /// Starts them; `None`, with a word about it, where Redis is not installed.
    pub fn make() -> anyhow::Result<Option<Self>> {
        let Some(redis) = RedisServer::start_with_log() else { return Ok(None) };
        let postgres = Postgres::start();
        if postgres.is_none() {
            println!("skipped in PostgreSQL: it is not installed");
        }
        Ok(Some(Self { redis, postgres }))
    }

    /// Returns what the servers have used.
    pub fn used(&self) -> Used {
        let seconds = |pid: u32| machine::processor_time(pid).as_secs_f64();
        let postgres = self.postgres.as_ref().map(Postgres::pids).unwrap_or_default();
        Used { redis: seconds(self.redis.pid()), postgres: postgres.into_iter().map(seconds).sum() }
    }

    /// Empties Redis: nobody inherits what another left.
    pub async fn empty(&self) {
        self.redis.ask::<()>(&cmd("FLUSHALL")).await;
        // The log of what is gone would be rewritten in the middle of a measurement.
        self.redis.ask::<()>(&cmd("BGREWRITEAOF")).await;
        while self.redis.ask::<String>(cmd("INFO").arg("persistence")).await.contains("rewrite_in_progress:1")
        {
            sleep(Duration::from_millis(20)).await;
        }
    }
}
