//! Measures the suite from outside: what a request costs in time and in processor time of every server process,
//! database and Redis included, on files and on PostgreSQL with Redis, with few and with many tickets in store.
//!
//! Prints tables and writes JSON; `tests/README.md` says how to run it and holds the last tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use hotline_tests::program;
use serde::Serialize;

use self::fill::Filler;
use self::installation::{Installation, Place};
use self::table::Report;

mod context;
mod fill;
mod grow;
mod gun;
mod installation;
mod queue;
mod search;
mod sweep;
mod table;
mod units;

/// What to measure.
#[derive(Debug, Parser)]
#[command(
    about = "Measures the suite from outside",
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    instead: Option<Instead>,
    /// The binary that is measured; the one built beside this program when left out.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// On what.
    #[arg(long, value_delimiter = ',', default_values_t = [Place::Embedded, Place::Postgres])]
    on: Vec<Place>,
    /// Tickets in store, ascending; up to ten thousand are brought in by `hotline import tickets`
    /// before, more are copies of them.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000_u64])]
    tickets: Vec<u64>,
    /// Callers at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 16, 64])]
    callers: Vec<usize>,
    /// What; everything when left out.
    #[arg(long, value_delimiter = ',')]
    what: Vec<What>,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The smallest there is: 500 tickets, 1 and 16 callers, a second each.
    #[arg(long)]
    quick: bool,
    /// Where the JSON goes.
    #[arg(long, value_name = "FILE", default_value = "target/bench.json")]
    json: PathBuf,
}

/// What else than requests there is to measure.
#[derive(Debug, Subcommand)]
enum Instead {
    /// The sweeper of deadlines, over the alarms of many open tickets.
    Sweep(sweep::Arguments),
    /// The search for tickets, among very many.
    Search(search::Arguments),
    /// The work queues, beside others.
    Queue(queue::Arguments),
}

/// What a caller does again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Registers a ticket.
    Create,
    /// Reads a ticket of any age.
    Read,
    /// Lists 50 tickets.
    List,
    /// Looks up who calls.
    ScreenPop,
    /// Claims work, accepts and completes it: three requests.
    Claim,
    /// Looks for an article.
    Search,
    /// Asks for figures of a month by team.
    Report,
    /// From the ring to the customer's answer: nine requests.
    Journey,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match &arguments.instead {
        Some(Instead::Sweep(sweep)) => sweep::measure(sweep).await,
        Some(Instead::Search(search)) => search::measure(search).await,
        Some(Instead::Queue(queue)) => queue::measure(queue).await,
        None => measure_requests(arguments).await,
    }
}

async fn measure_requests(mut arguments: Arguments) -> anyhow::Result<()> {
    if arguments.quick {
        (arguments.tickets, arguments.callers, arguments.seconds) = (vec![500], vec![1, 16], 1);
    }
    if arguments.what.is_empty() {
        arguments.what = What::value_variants().to_vec();
    }
    // Those that use up work come after the one that makes it.
    arguments.what.sort_unstable();
    let binary = arguments.binary.clone().unwrap_or_else(program::binary);
    let binary = binary.canonicalize().with_context(|| format!("{} is not there", binary.display()))?;
    let mut report = Report::new(&binary);
    for place in &arguments.on {
        measure_on(*place, &binary, &arguments, &mut report).await?;
        // A run that is broken off keeps what it has.
        std::fs::write(&arguments.json, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("{} can't be written", arguments.json.display()))?;
    }
    println!("{report}");
    println!("written to {}", arguments.json.display());
    Ok(())
}

async fn measure_on(
    place: Place,
    binary: &Path,
    arguments: &Arguments,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Some(mut installation) = Installation::make(place, binary).await? else {
        println!("skipped on {place}: PostgreSQL and Redis are not installed");
        return Ok(());
    };
    let mut filler = Filler::new()?;
    for tickets in &arguments.tickets {
        eprintln!("{place}: {tickets} tickets");
        report.imports.extend(filler.fill(&mut installation, *tickets).await?);
        let first_answer = installation.start().await;
        report.idle.push(installation.idle(*tickets, first_answer).await);
        let context = Arc::new(context::prepare(&installation).await?);
        for what in &arguments.what {
            for callers in &arguments.callers {
                units::top_up(&context, *what, arguments.seconds).await?;
                installation.quiet().await;
                let shots = gun::fire(&installation, &context, *what, *callers, arguments.seconds).await;
                eprintln!("  {what:?} {callers}: {:.0}/s", shots.per_second);
                report.shots.push(shots.on(place, *tickets));
            }
        }
        installation.stop().await;
    }
    Ok(())
}
