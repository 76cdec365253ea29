//! Breaks the suite for as long as it is told to, a round a minute, and checks it after each: `soak --minutes 60`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use hotline_core::clock;
use hotline_tests::drill::{Fault, Ground, History, Load, Run, checker, crowd};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};

/// How long to break things, and how much.
#[derive(Debug, Parser)]
struct Arguments {
    /// Minutes of the whole run.
    #[arg(long, default_value_t = 5)]
    minutes: u64,
    /// Seconds of a round: faults come one after the other, then everything is checked.
    #[arg(long, default_value_t = 60)]
    round: u64,
    /// Seconds for which something is away that does not break at once.
    #[arg(long, default_value_t = 30)]
    outage: u64,
    /// People who claim work.
    #[arg(long, default_value_t = 16)]
    engineers: usize,
    /// What choices follow from; the time when left out.
    #[arg(long)]
    seed: Option<u64>,
    /// Breaks nothing: so many pieces of work wait at once, and everybody claims them until none is left (B08).
    #[arg(long, value_name = "ITEMS")]
    crowd: Option<usize>,
    /// Folder of the histories, a line a command, and of the roles' logs.
    #[arg(long, default_value = "target/soak")]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| clock::wall().timestamp_millis().unsigned_abs());
    println!("seed {seed}; histories and logs in {}", arguments.folder.display());
    std::fs::create_dir_all(&arguments.folder)?;
    let Some(mut ground) = Ground::make(&arguments.folder).await else { return Ok(()) };
    if let Some(items) = arguments.crowd {
        let history = Arc::new(History::kept_in(&arguments.folder.join("crowd.jsonl")));
        println!("{}", crowd::run(&ground, &history, arguments.engineers, items).await?);
        return Ok(());
    }
    let end = Instant::now() + Duration::from_secs(arguments.minutes * 60);
    let mut dice = StdRng::seed_from_u64(seed);
    for round in 1.. {
        one_round(&arguments, &mut ground, &mut dice, round).await;
        if Instant::now() >= end {
            break;
        }
    }
    Ok(())
}

async fn one_round(arguments: &Arguments, ground: &mut Ground, dice: &mut StdRng, round: u32) {
    let history = Arc::new(History::kept_in(&arguments.folder.join(format!("round-{round}.jsonl"))));
    let seed = dice.random();
    let small = Load::small(seed);
    let load = Load {
        engineers: arguments.engineers,
        open_at_most: 100,
        twice: dice.random_range(0..4) == 0,
        ..small
    };
    let run = Run::start(&ground.site, load, history.clone());
    let end = Instant::now() + Duration::from_secs(arguments.round);
    let mut faults = Vec::new();
    while Instant::now() < end {
        // The fault comes at any moment of the work.
        sleep(Duration::from_millis(dice.random_range(200..4000))).await;
        let fault = Fault::any(dice, Duration::from_secs(arguments.outage));
        println!("  {fault}");
        fault.strike(ground).await;
        faults.push(fault);
    }
    ground.mend().await;
    let left = run.finish(&ground.site).await;
    checker::demand(&ground.site, &history, &left).await;
    let (commands, troubles) = (history.entries().len(), history.troubles());
    println!(
        "round {round}: {} faults, {commands} commands, every promise kept; passing errors {troubles:?}",
        faults.len()
    );
}
