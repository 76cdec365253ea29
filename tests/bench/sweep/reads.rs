//! What was read of the table of deadlines, by the database's own account.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use hotline_core::db::Db;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::table::Read;

/// What PostgreSQL has counted since the table was made.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Reads {
    /// Entries that scans of its indexes came upon, those of rows that are gone with them.
    pub entries: i64,
    /// Rows that were fetched by an index.
    pub fetched: i64,
    /// Rows that were read by going through the whole table.
    pub scanned: i64,
    /// Pages of table and indexes, from memory or disk.
    pub pages: i64,
}

const COUNTED: &str = "
    SELECT
        (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes AS index WHERE index.relid = deadlines.relid)
            AS entries,
        idx_tup_fetch AS fetched,
        seq_tup_read AS scanned,
        (SELECT heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit FROM pg_statio_user_tables AS pages
            WHERE pages.relid = deadlines.relid) AS pages
    FROM pg_stat_user_tables AS deadlines
    WHERE schemaname = current_schema() AND relname = 'deadlines'";

impl Reads {
    /// Asks for what the connection has read.
    pub async fn so_far(db: &Db) -> anyhow::Result<Self> {
        db.reader().execute_unprepared("SELECT pg_stat_force_next_flush()").await?;
        let counted = Statement::from_string(db.backend(), COUNTED);
        Self::find_by_statement(counted).one(db.reader()).await?.context("the table is counted")
    }

    /// Returns what each of `sweeps` read after `before`, on average.
    pub fn since(self, before: Self, sweeps: f64) -> Read {
        let each = |after: i64, before: i64| (after - before) as f64 / sweeps;
        Read {
            entries: each(self.entries, before.entries),
            fetched: each(self.fetched, before.fetched),
            scanned: each(self.scanned, before.scanned),
            pages: each(self.pages, before.pages),
        }
    }
}

/// Returns the steps by which the database looks for what is due next.
pub async fn plan(db: &Db, now: DateTime<Utc>) -> anyhow::Result<String> {
    let (explain, step, now) = match db.backend() {
        DbBackend::Postgres => ("EXPLAIN (COSTS OFF)", "QUERY PLAN", format!("timestamptz '{now}'")),
        _ => ("EXPLAIN QUERY PLAN", "detail", format!("'{}'", now.to_rfc3339())),
    };
    let sql = format!(
        "{explain} SELECT * FROM deadlines WHERE visible_at <= {now} ORDER BY visible_at ASC, id ASC LIMIT 1"
    );
    let steps = db.reader().query_all_raw(Statement::from_string(db.backend(), sql)).await?;
    let steps = steps.iter().map(|row| row.try_get::<String>("", step)).collect::<Result<Vec<_>, _>>()?;
    Ok(steps.iter().map(|step| step.trim()).collect::<Vec<_>>().join("; "))
}
