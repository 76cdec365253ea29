//! A database with the alarms of so many open tickets, a hundred of them due each minute.

use std::fmt;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use hotline_core::db::{Db, Location, Pool, migrations};
use hotline_tests::machine;
use hotline_tests::servers::{Postgres, leash};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use serde::Serialize;
use tempfile::TempDir;

use super::reads::Reads;
use crate::installation::Used;

/// Rows that come to be due each minute.
pub const DUE: u64 = 100;
/// Rows of a ticket: three clocks, a warning and a breach each.
const ALARMS: u64 = 6;
/// Rows that one statement puts in, so that files beside SQLite's stay small.
const CHUNK: u64 = 500_000;
/// A prime above any number of rows: what it multiplies comes in another order, so that what is due together lies apart.
const SCATTER: u64 = 1_000_000_007;
/// The service whose schema or file it is.
const SERVICE: &str = "sweep";

/// Returns when the first hundred are due.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_438_400, 0).expect("2026-03-02T08:00:00Z")
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
pub enum On {
    /// A file.
    Sqlite,
    /// A server of its own, with its own defaults.
    Postgres,
}

impl On {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

impl fmt::Display for On {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A filled database.
pub struct Ground {
    on: On,
    db: Db,
    rows: u64,
    postgres: Option<Postgres>,
    _folder: TempDir,
}

/// The tables that every service has.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations()
    }
}

impl Ground {
    /// Makes one; `None` where the database is not installed.
    pub async fn make(on: On, tickets: u64) -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        leash::hold_folder(folder.path());
        let (postgres, location) = match on {
            On::Sqlite => (None, Location::Sqlite(folder.path().to_owned())),
            On::Postgres => {
                let Some(server) = Postgres::start() else { return Ok(None) };
                let location = Location::Postgres(server.url());
                (Some(server), location)
            }
        };
        Db::open(&location, SERVICE, Pool::default()).await?.migrate::<Migrator>().await?;
        // One connection: what the server counts, it counts by connection, and tells it when that one asks for it.
        let pool = Pool { max_connections: 1, ..Pool::default() };
        let db = Db::open(&location, SERVICE, pool).await?;
        let ground = Self { on, db, rows: tickets * ALARMS, postgres, _folder: folder };
        ground.fill().await?;
        Ok(Some(ground))
    }

    /// Returns what kind of database it is.
    pub fn on(&self) -> On {
        self.on
    }

    /// Returns the database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Returns how many rows there were at first.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns what has been read of the table so far, where the database counts it.
    pub async fn reads(&self) -> anyhow::Result<Option<Reads>> {
        match self.on {
            On::Sqlite => Ok(None),
            On::Postgres => Reads::so_far(&self.db).await.map(Some),
        }
    }

    /// Returns the processor time used so far, that of this process with it.
    pub fn used(&self) -> Used {
        let seconds = |pid: u32| machine::processor_time(pid).as_secs_f64();
        let server = self.postgres.iter().flat_map(Postgres::pids);
        Used { hotline: seconds(std::process::id()), postgres: server.map(seconds).sum(), redis: 0.0 }
    }

    /// Fills the table without its indexes and makes these again as they were: many times faster.
    async fn fill(&self) -> anyhow::Result<()> {
        let indexes = self.indexes().await?;
        for (name, _) in &indexes {
            self.run(&format!("DROP INDEX {name}")).await?;
        }
        for first in (0..self.rows).step_by(usize::try_from(CHUNK)?) {
            self.run(&self.insert(first, (first + CHUNK).min(self.rows) - 1)).await?;
        }
        for (_, definition) in &indexes {
            self.run(definition).await?;
        }
        // As it would be after some days: with statistics, and with nothing left to write that is not of the sweep.
        let tend = match self.on {
            On::Sqlite => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            On::Postgres => ["VACUUM ANALYZE deadlines", "CHECKPOINT"],
        };
        for sql in tend {
            self.run(sql).await?;
        }
        Ok(())
    }

    /// Returns name and definition of the table's indexes but that of its key.
    async fn indexes(&self) -> anyhow::Result<Vec<(String, String)>> {
        let sql = match self.on {
            On::Sqlite => {
                "SELECT name, sql AS definition FROM sqlite_master \
                 WHERE type = 'index' AND tbl_name = 'deadlines' AND sql IS NOT NULL"
            }
            On::Postgres => {
                "SELECT indexname::text AS name, indexdef AS definition FROM pg_indexes \
                 WHERE schemaname = current_schema() AND tablename = 'deadlines' AND indexname NOT LIKE '%pkey'"
            }
        };
        let rows = self.db.reader().query_all_raw(Statement::from_string(self.db.backend(), sql)).await?;
        let read = rows.iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "definition")?)));
        read.collect()
    }

    fn insert(&self, first: u64, last: u64) -> String {
        let minute = format!("(number * {SCATTER} % {}) / {DUE}", self.rows);
        let from = start().timestamp();
        let (id, due_at) = match self.db.backend() {
            DbBackend::Postgres => (
                "('019c0000-0000-7000-8000-' || (100000000000 + number))::uuid".to_owned(),
                format!("to_timestamp({from} + 60 * ({minute}))"),
            ),
            _ => (
                "unhex('019c0000000070008000' || (100000000000 + number))".to_owned(),
                format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {from} + 60 * ({minute}), 'unixepoch')"),
            ),
        };
        format!(
            "INSERT INTO deadlines (id, kind, subject, due_at, visible_at, attempts, payload) \
             WITH RECURSIVE numbers(number) AS \
             (SELECT CAST({first} AS BIGINT) UNION ALL SELECT number + 1 FROM numbers WHERE number < {last}) \
             SELECT {id}, CASE number % 2 WHEN 0 THEN 'sla-warn' ELSE 'sla-breach' END, \
             '019b0000-0000-7000-8000-' || (100000000000 + number / {ALARMS}) || \
             CASE number % {ALARMS} / 2 WHEN 0 THEN ':RESPONSE' WHEN 1 THEN ':RESOLUTION' ELSE ':UPDATE' END, \
             {due_at}, {due_at}, 0, '' FROM numbers"
        )
    }

    async fn run(&self, sql: &str) -> anyhow::Result<()> {
        self.db.reader().execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
        Ok(())
    }
}
