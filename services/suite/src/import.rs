//! `hotline import`: records of another system, with their past and their original times, in bounded memory, again and
//! again without doubles (C13, T18).
//!
//! A ticket goes in whole, in one transaction, or not at all; one whose key is known is passed over. So an import that
//! was interrupted, however, is taken up by running it again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;

use self::findings::Findings;
use self::intake::Intake;
use self::mapping::Mapping;
use self::sending::{Sending, Tally};
use self::teams::Teams;
use crate::config::Config;
use crate::roles::Role;
use crate::suite::Suite;
use crate::tools;

mod findings;
mod intake;
mod layout;
mod lookup;
mod mapping;
mod past;
mod progress;
mod record;
mod rehearsal;
mod sending;
mod settling;
mod source;
mod spool;
mod state;
mod teams;

/// The exit code of an import that rejected rows.
const REJECTED: u8 = 2;
/// The exit code of an import that is complete while what follows from it has not arrived yet.
const UNSETTLED: u8 = 3;

/// What to import and how.
#[derive(Debug, Args)]
pub struct Options {
    /// The CSV file, UTF-8 with a header line, plain or gzipped.
    file: PathBuf,
    /// Which column is which field: see deploy/import/README.md.
    #[arg(long, value_name = "MAP.toml")]
    mapping: PathBuf,
    /// Where rejected rows are listed with line, column and reason [default: FILE.rejected.csv].
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Read and check everything and say what would happen, change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Imports tickets with their customers, teams, past and solutions; the exit code tells whether rows were rejected, else
/// whether queues and figures know of them.
///
/// # Errors
/// One sentence: a file that can't be read, a mapping that can't be used, a service that fails. What was imported
/// before stays; a second run goes on from there.
pub async fn tickets(config: Config, options: Options) -> anyhow::Result<ExitCode> {
    let mapping = Mapping::read(&options.mapping)?;
    let rejects = options.rejects.unwrap_or_else(|| with_suffix(&options.file, ".rejected.csv"));
    let mut findings = Findings::into(rejects);
    let unsettled = if options.dry_run {
        let folder = rehearsal::folder(&config.storage.data_dir);
        let (intake, teams) = intake::read(&options.file, &mapping, folder, &mut findings)?;
        rehearsal::run(&config, intake, &teams, &mut findings).await?;
        None
    } else {
        crate::suite::prepare_folder(&config)?;
        tools::migrate_quietly(&config).await?;
        let folder = config.storage.data_dir.clone();
        let (intake, teams) = intake::read(&options.file, &mapping, &folder, &mut findings)?;
        run(config, &mapping, intake, teams, &mut findings).await?
    };
    findings.flush()?;
    findings.values().for_each(|line| println!("{line}"));
    if let Some(line) = &unsettled {
        println!("{line}");
    }
    Ok(match (findings.rejected, unsettled) {
        (0, None) => ExitCode::SUCCESS,
        (0, Some(_)) => ExitCode::from(UNSETTLED),
        _ => ExitCode::from(REJECTED),
    })
}

/// Imports what the file holds; returns a line on what has not arrived where it goes, if something has not.
async fn run(
    config: Config,
    mapping: &Mapping,
    mut intake: Intake<'_>,
    teams: Teams,
    findings: &mut Findings,
) -> anyhow::Result<Option<String>> {
    let here = Role::here(&config);
    // With their background work, unlike the commands of `administration`: queues and figures are to be there when the
    // import ends.
    let suite = Suite::start(config, &here, Clock::system()).await?;
    let caller = Caller::service("import");
    let made = caller.clone().scope(make_teams(&suite, mapping, teams)).await?;
    let (mut sending, mut tally) = (Sending::to(&suite.upstreams()), Tally::default());
    while let Some(batch) = intake.batch(findings)? {
        caller.clone().scope(sending.send(batch.records, &mut tally, findings)).await?;
        intake.progress.done(batch.rows, tally.created + tally.known);
    }
    intake.progress.settling();
    let unsettled = settling::settle(&suite, &here).await?;
    suite.stop().await;
    intake.progress.finish(&format!(
        "{} tickets imported, {} were there already, {}; {} rows read, {} steps marked as imported, {made} teams made",
        tally.created,
        tally.known,
        findings.rejects(),
        findings.rows,
        tally.marked,
    ));
    Ok(unsettled)
}

async fn make_teams(suite: &Suite, mapping: &Mapping, teams: Teams) -> anyhow::Result<u64> {
    let Some(team) = &mapping.team else { return Ok(0) };
    let mut dispatch = DispatchServiceClient::new(suite.upstreams().get(Role::Dispatch.name()));
    let missing = teams.missing(&mut dispatch).await?;
    teams::make(&mut dispatch, team, missing).await.context("teams")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
