//! What it costs to search among very many tickets, and how soon what is written is found (T16). The services run in
//! this process over a database of their own, filled with recombined messages of citizens; nothing goes over a socket.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::time::Instant;

use self::ground::Ground;
use self::lag::lags;
use self::queries::Kind;
use self::table::{Asked, Placed, Report};
use self::texts::Texts;
use crate::sweep::On;

mod filling;
mod ground;
mod lag;
mod queries;
mod table;
mod texts;

/// How to measure searches.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Tickets in store, ascending.
    #[arg(long, value_delimiter = ',', default_values_t = [20_000_u64])]
    tickets: Vec<u64>,
    /// Kinds of database.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = On::ALL)]
    on: Vec<On>,
    /// Queries of each kind.
    #[arg(long, default_value_t = 200)]
    queries: usize,
    /// Tickets that are written and looked for, one after the other.
    #[arg(long, default_value_t = 100)]
    writes: usize,
    /// The messages that tickets are made of.
    #[arg(long, value_name = "FILE", default_value = texts::FILE)]
    messages: PathBuf,
    /// Where the JSON goes.
    #[arg(long, value_name = "FILE", default_value = "target/bench-search.json")]
    json: PathBuf,
}

/// Measures searches on every kind of database and prints what they took.
pub async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let Some(texts) = Texts::read(&arguments.messages)? else {
        println!("skipped: {} is absent", arguments.messages.display());
        return Ok(());
    };
    let mut report = Report::new();
    for on in &arguments.on {
        for tickets in &arguments.tickets {
            eprintln!("{on}: {tickets} tickets");
            let Some(mut ground) = Ground::make(*on, *tickets, &texts).await? else {
                println!("skipped on {on}: it is not installed");
                break;
            };
            let placed = place(&mut ground, &texts, arguments).await?;
            report.places.push(placed);
            std::fs::write(&arguments.json, serde_json::to_string_pretty(&report)?)
                .with_context(|| format!("{} can't be written", arguments.json.display()))?;
        }
    }
    println!("{report}\nwritten to {}", arguments.json.display());
    Ok(())
}

async fn place(ground: &mut Ground, texts: &Texts, arguments: &Arguments) -> anyhow::Result<Placed> {
    let filled = ground.start().await?;
    let (bytes, resident) = (ground.index_bytes(), ground.resident());
    eprintln!("  filled in {filled:.1?}, {} MB", bytes >> 20);
    ground.stop().await;
    let restarted = ground.start().await?;
    // The comparison with the database goes on behind the first answers; what is measured comes after it.
    ground.quiet().await;
    let mut asked = Vec::new();
    for kind in Kind::ALL {
        let queries = queries::of(kind, texts, ground.tickets(), arguments.queries);
        let (mut times, mut within, mut hits) = (Vec::new(), Vec::new(), 0);
        for mut query in queries {
            for page in 0..kind.pages() {
                let begun = Instant::now();
                let found = ground.search(query.clone()).await?;
                // Of pages that follow, the first is not one.
                if page > 0 || kind.pages() == 1 {
                    times.push(begun.elapsed());
                    within
                        .push(found.took.and_then(|took| Duration::try_from(took).ok()).unwrap_or_default());
                    hits += usize::try_from(found.total)?;
                }
                query.page_token = found.next_page_token;
                if query.page_token.is_empty() {
                    break;
                }
            }
        }
        let count = times.len().max(1);
        asked.push(Asked::of(kind, &mut times, &mut within, hits / count));
    }
    let (idle, busy) = (lags(ground, arguments.writes, 0).await?, lags(ground, arguments.writes, 4).await?);
    let placed = Placed {
        on: ground.on(),
        tickets: ground.tickets(),
        filled_seconds: filled.as_secs_f64(),
        restarted_seconds: restarted.as_secs_f64(),
        index_bytes: bytes,
        resident_bytes: resident,
        asked,
        lags: vec![idle, busy],
    };
    ground.stop().await;
    Ok(placed)
}
