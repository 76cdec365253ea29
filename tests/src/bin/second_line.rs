//! The reference consumer against any gateway: works a team's queue off until it is told to stop, and says once a second
//! how far it is.

use std::time::Duration;

use clap::Parser;
use hotline_tests::second_line::{Consumer, Settings};
use tokio::time::{MissedTickBehavior, interval};

/// Whose queue, and how.
#[derive(Debug, Parser)]
struct Arguments {
    /// Address of the gateway, as in `http://127.0.0.1:8080`.
    base: String,
    /// An access token of a member of the team.
    token: String,
    /// The team's key.
    team: String,
    /// Workers at a time.
    #[arg(long, default_value_t = 4)]
    workers: usize,
    /// What one of them claims at a time, 1 to 100.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    at_once: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { base, token, team, workers, at_once } = Arguments::parse();
    let consumer = Consumer::start(Settings { base, token, team, workers, at_once });
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut said = None;
    loop {
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => {
                stopped?;
                break;
            }
            _ = seconds.tick() => {
                let now = (consumer.board().waiting(), consumer.done().len());
                if said.replace(now) != Some(now) {
                    println!("waiting {}, done {}", now.0, now.1);
                }
            }
        }
    }
    consumer.end().await;
    Ok(())
}
