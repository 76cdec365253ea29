//! What it costs to find what is due among much that is not (T10): the sweeper of deadlines over the alarms of so many
//! open tickets. No program is started: the sweep that every service runs is run here, on a database of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_trait::async_trait;
use chrono::TimeDelta;
use clap::Args;
use hotline_core::clock::Clock;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::Error;
use tokio::time::Instant;

use self::ground::{DUE, Ground, start};
use self::table::{Report, Swept};

mod ground;
mod reads;
mod table;

pub use self::ground::On;

/// How to measure sweeps.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Open tickets, ascending; each has three clocks with a warning and a breach each: six rows.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000_u64, 1_000_000])]
    tickets: Vec<u64>,
    /// Sweeps of each measurement, each of which finds a hundred rows.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    sweeps: u32,
    /// Where the JSON goes.
    #[arg(long, value_name = "FILE", default_value = "target/bench-sweep.json")]
    json: PathBuf,
}

/// Measures sweeps on every kind of database and prints what they read and took.
pub async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let mut report = Report::new();
    for on in On::ALL {
        for tickets in &arguments.tickets {
            eprintln!("{on}: alarms of {tickets} tickets");
            let Some(ground) = Ground::make(on, *tickets).await? else {
                println!("skipped on {on}: it is not installed");
                break;
            };
            report.sweeps.push(sweeps(&ground, *tickets, arguments.sweeps).await?);
        }
    }
    std::fs::write(&arguments.json, serde_json::to_string_pretty(&report)?)
        .with_context(|| format!("{} can't be written", arguments.json.display()))?;
    println!("{report}\nwritten to {}", arguments.json.display());
    Ok(())
}

/// Counts what rings.
#[derive(Default)]
struct Counter(AtomicU64);

#[async_trait]
impl Alarm for Counter {
    async fn ring(&self, _: &Tx, _: &Deadline) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn sweeps(ground: &Ground, tickets: u64, count: u32) -> anyhow::Result<Swept> {
    let (clock, counter) = (Clock::manual(start()), Counter::default());
    // Connections, plans and caches are made by one that is not counted.
    sweep(ground, &clock, &counter).await?;
    let (before, used) = (ground.reads().await?, ground.used());
    let mut times = Vec::new();
    for _ in 0..count {
        clock.advance(TimeDelta::minutes(1));
        times.push(sweep(ground, &clock, &counter).await?);
    }
    let used = ground.used().since(used);
    times.sort_unstable();
    let each = f64::from(count);
    Ok(Swept {
        on: ground.on(),
        tickets,
        rows: ground.rows(),
        found: DUE,
        reads: ground.reads().await?.zip(before).map(|(after, before)| after.since(before, each)),
        plan: reads::plan(ground.db(), clock.now()).await?,
        milliseconds: times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1000.0),
        cpu_milliseconds: used.all() * 1000.0 / each,
    })
}

/// Sweeps until nothing is due, as the sweeper does; returns how long that took.
async fn sweep(ground: &Ground, clock: &Clock, counter: &Counter) -> anyhow::Result<Duration> {
    let (before, begun) = (counter.0.load(Ordering::Relaxed), Instant::now());
    while deadlines::sweep(ground.db(), clock, counter).await? > 0 {}
    let took = begun.elapsed();
    let found = counter.0.load(Ordering::Relaxed) - before;
    ensure!(found == DUE, "{DUE} rows are due each minute, {found} were found");
    Ok(took)
}
