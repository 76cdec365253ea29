//! Work queues beside others: `BullMQ` and scripts without any crate around them on the same Redis, graphile-worker and
//! pgqueuer on the same PostgreSQL, in one run and in turn. What is not installed is skipped with a word.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use self::cost::Costs;
use self::ground::Ground;
use self::round::Round;
use self::tools::Tools;

mod cost;
mod durable;
mod ground;
mod latency;
mod ours;
mod raw;
mod round;
mod table;
mod tools;

/// What to measure of work queues.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// What; everything when left out.
    #[arg(long, value_delimiter = ',')]
    what: Vec<What>,
    /// Jobs of a round.
    #[arg(long, default_value_t = 50_000)]
    jobs: usize,
    /// Rounds of each, taken in turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Jobs in flight.
    #[arg(long, default_value_t = 16)]
    in_flight: usize,
    /// Jobs of the large backlog.
    #[arg(long, default_value_t = 1_000_000)]
    backlog: usize,
    /// Where others are installed, by npm and pip.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench-tools")]
    tools: PathBuf,
}

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Claimed and completed on Redis, beside `BullMQ` and raw scripts.
    Redis,
    /// How long work takes from its way into the queue to one who waits for it.
    Latency,
    /// A large backlog worked off, beside a small one.
    Backlog,
    /// What a claim costs with few and many claimers, and with little and much waiting.
    Claims,
    /// Claimed and completed in PostgreSQL too, beside graphile-worker and pgqueuer.
    Postgres,
    /// 64 claimers of 100,000 jobs, each of which must be accepted once (B08).
    Crowd,
}

/// Measures and prints tables.
pub async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let chosen = |what: What| arguments.what.is_empty() || arguments.what.contains(&what);
    let Some(ground) = Ground::make()? else { return Ok(()) };
    let tools = Tools::install(&arguments.tools);
    println!("{}", table::versions(&ground, &tools));
    if chosen(What::Redis) {
        println!("{}", table::rates("on Redis", &on_redis(arguments, &ground, &tools).await?, "BullMQ"));
    }
    if chosen(What::Latency) {
        println!("{}", latency::measure(&ground, arguments.in_flight).await?);
    }
    if chosen(What::Backlog) {
        println!("{}", backlogs(arguments, &ground).await?);
    }
    if chosen(What::Claims) {
        println!("{}", Costs::measure(&ground, arguments.backlog).await?);
    }
    if chosen(What::Crowd) {
        println!("{}", durable::crowd(&ground).await?);
    }
    if chosen(What::Postgres) {
        let all = durable::measure(arguments, &ground, &tools).await?;
        println!("{}", table::rates("in PostgreSQL", &all, "graphile-worker, 500 at once"));
    }
    Ok(())
}

async fn on_redis(arguments: &Arguments, ground: &Ground, tools: &Tools) -> anyhow::Result<Vec<Round>> {
    let (jobs, in_flight) = (arguments.jobs, arguments.in_flight);
    let mut all = Vec::new();
    for _ in 0..arguments.rounds {
        all.extend(tools.bullmq(ground, jobs, in_flight).await?);
        for batch in [1, 16] {
            all.push(ours::work_off(ground, jobs, in_flight, batch).await?);
            all.push(raw::work_off(ground, jobs, in_flight, batch).await?);
        }
    }
    Ok(all)
}

/// Works off a small backlog and a large one in turn.
async fn backlogs(arguments: &Arguments, ground: &Ground) -> anyhow::Result<String> {
    let (small, large, in_flight) = (50_000, arguments.backlog, arguments.in_flight);
    let mut all = Vec::new();
    for batch in [1, 16] {
        for jobs in [small, large, small] {
            let round = ours::work_off(ground, jobs, in_flight, batch).await?;
            all.push(Round { what: format!("{} of {jobs}", round.what), ..round });
        }
    }
    Ok(table::rates("backlogs", &all, &format!("{} of {small}", ours::name(1))))
}
