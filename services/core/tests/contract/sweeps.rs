//! What a sweep reads: the rows that are due, whatever else the table holds.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines::{Alarm, Deadline, sweep};
use hotline_core::error::Error;
use hotline_core::testing::{databases, eventually, plan};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::toys::Migrator;

/// Rows of the table.
const ALL: usize = 20_000;
/// Those of them that are due.
const DUE: usize = 30;

#[derive(Default)]
struct Counter(AtomicUsize);

#[async_trait]
impl Alarm for Counter {
    async fn ring(&self, _: &Tx, _: &Deadline) -> Result<(), Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What PostgreSQL has counted of the table since it was made.
#[derive(Debug, FromQueryResult)]
struct Reads {
    /// Rows fetched by an index.
    fetched: i64,
    /// Rows read by going through the whole table.
    scanned: i64,
}

/// Returns when the first of them are due; the others are weeks later.
fn now() -> DateTime<Utc> {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

/// Puts the rows in so that those due lie apart, and has the database look at them as it does by itself after a while.
async fn fill(db: &Db) {
    let apart = ALL / DUE;
    let (id, time) = match db.backend() {
        DbBackend::Postgres => {
            ("('019c0000-0000-7000-8000-' || (100000000000 + number))::uuid", "timestamptz ")
        }
        _ => ("unhex('019c0000000070008000' || (100000000000 + number))", ""),
    };
    let (due, later) =
        (format!("{time}'2026-03-02T08:00:00+00:00'"), format!("{time}'2026-04-01T08:00:00+00:00'"));
    let sql = format!(
        "INSERT INTO deadlines (id, kind, subject, due_at, visible_at, attempts, payload) \
         WITH RECURSIVE numbers(number) AS \
         (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {ALL}), \
         timed AS (SELECT number, CASE WHEN number % {apart} = 0 AND number <= {apart} * {DUE} \
         THEN {due} ELSE {later} END AS due FROM numbers) \
         SELECT {id}, 'sla', 'ticket ' || number, due, due, 0, '' FROM timed"
    );
    for sql in [sql.as_str(), "ANALYZE"] {
        db.reader().execute_unprepared(sql).await.unwrap();
    }
}

async fn reads(db: &Db) -> Reads {
    let counted = "SELECT idx_tup_fetch AS fetched, seq_tup_read AS scanned FROM pg_stat_user_tables \
                   WHERE schemaname = current_schema() AND relname = 'deadlines'";
    let counted = Statement::from_string(DbBackend::Postgres, counted);
    Reads::find_by_statement(counted).one(db.reader()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_sweep_reads_what_is_due_whatever_else_is_there() {
    for test in databases::<Migrator>("sweeps").await {
        fill(&test.db).await;
        let sweeping = test.open::<Migrator>("sweeps").await;
        let (clock, counter) = (Clock::manual(now()), Counter::default());
        assert_eq!(sweep(&sweeping, &clock, &counter).await.unwrap(), DUE);
        assert_eq!(counter.0.load(Ordering::Relaxed), DUE);
        if test.db.backend() != DbBackend::Postgres {
            continue;
        }
        // A connection tells what it has read when it ends.
        sweeping.reader().close_by_ref().await.unwrap();
        let due = i64::try_from(DUE).unwrap();
        let told = async || reads(&test.db).await.fetched >= 2 * due;
        eventually("what was read to find and to remove each has been counted", told).await;
        let Reads { fetched, scanned } = reads(&test.db).await;
        // The planner may look at the row with which the index begins, once for each query.
        assert!(
            fetched <= 3 * due && scanned == 0,
            "{fetched} by index, {scanned} by going through the table"
        );
    }
}

#[tokio::test]
async fn what_is_due_next_is_found_by_its_index_without_sorting_and_without_looking_at_the_rest() {
    for test in databases::<Migrator>("sweeps").await {
        fill(&test.db).await;
        let time = if test.db.backend() == DbBackend::Postgres { "timestamptz " } else { "" };
        let due = format!("WHERE visible_at <= {time}'2026-03-02T08:00:00+00:00'");
        for query in [
            format!("SELECT * FROM deadlines {due} ORDER BY visible_at, id LIMIT 1"),
            format!(
                "SELECT * FROM deadlines {due} AND id NOT IN ({}) ORDER BY visible_at, id LIMIT 1",
                failed(&test.db)
            ),
            "SELECT * FROM deadlines ORDER BY visible_at LIMIT 1".to_owned(),
        ] {
            let steps = steps(&test.db, &query).await;
            assert!(steps.contains("deadlines_by_time"), "{query}: {steps}");
            for wasteful in ["Sort", "TEMP B-TREE", "Seq Scan", "Bitmap"] {
                assert!(!steps.contains(wasteful), "{query}: {steps}");
            }
        }
    }
}

/// Returns the id of a row that failed, as the database reads it.
fn failed(db: &Db) -> &'static str {
    match db.backend() {
        DbBackend::Postgres => "'019c0000-0000-7000-8000-100000000666'",
        _ => "X'019c0000000070008000100000000666'",
    }
}

async fn steps(db: &Db, query: &str) -> String {
    if db.backend() == DbBackend::Sqlite {
        return plan(db, Statement::from_string(db.backend(), query)).await;
    }
    let explain = Statement::from_string(db.backend(), format!("EXPLAIN {query}"));
    let steps = db.reader().query_all_raw(explain).await.unwrap();
    let steps = steps.iter().map(|step| step.try_get::<String>("", "QUERY PLAN").unwrap());
    steps.collect::<Vec<_>>().join("\n")
}
