//! What an import would do: everything is read and checked, nothing is changed.

use std::path::Path;

use anyhow::Context;

use super::findings::Findings;
use super::intake::Intake;
use super::teams::Teams;
use crate::config::Config;
use crate::roles::Role;
use crate::tools::existing;

/// Returns the folder to sort rows in: the data folder, or where it would be made, since a rehearsal makes none.
pub(super) fn folder(data_dir: &Path) -> &Path {
    data_dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}

/// Reads all tickets and says what would become of them.
pub(super) async fn run(
    config: &Config,
    mut intake: Intake<'_>,
    teams: &Teams,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let db = existing(config, Role::Tickets).await?;
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hotline_core::db::Db;
    use hotline_core::testing::{fresh_database, postgres};

    use super::folder;
    use crate::config::Config;
    use crate::roles::Role;
    use crate::tools::existing;

    fn on_postgres(url: &str) -> Config {
        let mut config = Config::default();
        config.storage.database_url = fresh_database(url).into();
        config
    }

    #[tokio::test]
    async fn a_rehearsal_makes_no_schema() {
        let Some(url) = postgres() else {
            return println!("skipped on PostgreSQL: initdb and postgres are not installed");
        };
        let config = on_postgres(url);
        for _ in 0..2 {
            assert!(existing(&config, Role::Tickets).await.expect("is looked for").is_none());
            let absent = Db::open_existing(&config.location(), Role::Tickets.name(), config.pool()).await;
            assert!(absent.expect("is looked for").is_none(), "none was made");
        }
        crate::tools::migrate_quietly(&config).await.expect("are made");
        assert!(existing(&config, Role::Tickets).await.expect("is looked for").is_some());
    }

    #[tokio::test]
    async fn a_rehearsal_makes_no_file() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        assert!(existing(&config, Role::Tickets).await.expect("is looked for").is_none());
        assert_eq!(folder.path().read_dir().expect("is there").count(), 0);
    }

    #[test]
    fn rows_are_sorted_where_the_data_folder_is_or_would_be() {
        let there = tempfile::tempdir().expect("a temp folder");
        assert_eq!(folder(there.path()), there.path());
        assert_eq!(folder(&there.path().join("not/yet")), there.path());
        assert_eq!(folder(Path::new("no-such-folder")), Path::new("."));
    }
}
