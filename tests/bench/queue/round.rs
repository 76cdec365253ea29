//! One way to work off jobs, once.

use std::time::Duration;

use super::ground::{Ground, Used};

/// What working off jobs took.
#[derive(Clone, Debug)]
pub struct Round {
    /// Who did it.
    pub what: String,
    /// Jobs that were claimed and completed.
    pub jobs: usize,
    /// Wall time.
    pub time: Duration,
    /// Processor time of the client, seconds.
    pub client: f64,
    /// Processor time of the servers.
    pub servers: Used,
}

impl Round {
    /// Has jobs done by this process and measures it.
    pub async fn of(
        ground: &Ground,
        what: String,
        jobs: usize,
        work: impl AsyncFnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let (client, servers) = (own_time(), ground.used());
        let start = tokio::time::Instant::now();
        work().await?;
        let time = start.elapsed();
        Ok(Self { what, jobs, time, client: own_time() - client, servers: ground.used() - servers })
    }

    /// Returns how many jobs are done in a second.
    pub fn per_second(&self) -> f64 {
        self.jobs as f64 / self.time.as_secs_f64()
    }

    /// Returns the processor time of a job, client and servers, milliseconds.
    pub fn cost(&self) -> f64 {
        (self.client + self.servers.redis + self.servers.postgres) * 1000.0 / self.jobs as f64
    }
}

/// Returns the processor time that this process has used, seconds.
fn own_time() -> f64 {
    hotline_tests::machine::processor_time(std::process::id()).as_secs_f64()
}
