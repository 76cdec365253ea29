//! What an import would do: everything is read and checked, nothing is changed.

use anyhow::Context;
use hotline_core::db::{Db, Location};

use super::findings::Findings;
use super::intake::Intake;
use super::teams::Teams;
use crate::config::Config;
use crate::roles::Role;
use crate::tools;

/// Reads all tickets and says what would become of them.
pub(super) async fn run(
    config: &Config,
    mut intake: Intake<'_>,
    teams: &Teams,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let db = database(config).await?;
    let (mut good, mut known, mut steps) = (0, 0, 0);
    while let Some(batch) = intake.batch(findings)? {
        let keys: Vec<String> =
            batch.records.iter().map(|record| record.ticket.external_key.clone()).collect();
        if let Some(db) = &db {
            known += hotline_tickets::known_keys(db, &keys).await.context("tickets")?.len() as u64;
        }
        good += keys.len() as u64;
        steps += batch.records.iter().map(|record| record.ticket.history.len() as u64).sum::<u64>();
        intake.progress.done(batch.rows, good);
    }
    intake.progress.finish(&format!(
        "{} tickets would be imported, {known} are there already, {}; {} rows read, {steps} steps of a past, \
         {} teams named: those that are missing would be made",
        good - known,
        findings.rejects(),
        findings.rows,
        teams.len()
    ));
    if db.is_none() {
        println!("  there is no database of tickets yet: none was looked for");
    }
    Ok(())
}

/// Opens the database of tickets, where there is one in the shape of this version.
async fn database(config: &Config) -> anyhow::Result<Option<Db>> {
    if let Location::Sqlite(folder) = config.location()
        && !folder.join(format!("{}.db", Role::Tickets.name())).exists()
    {
        return Ok(None);
    }
    let db = tools::open(config, Role::Tickets).await?;
    Ok((Role::Tickets.pending(&db).await? == 0).then_some(db))
}
