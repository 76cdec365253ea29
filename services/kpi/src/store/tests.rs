//! The queries that can grow use their indexes.

use std::collections::BTreeSet;

use chrono::{TimeDelta, TimeZone, Utc};
use hotline_core::db::Db;
use hotline_core::testing::sqlite;
use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

use super::migrations::Migrator;
use super::{facts, rollups};
use crate::NAME;
use crate::domain::calendar::Span;
use crate::domain::cell::Level;
use crate::domain::dimension::Grouping;
use crate::domain::fact::Measure;

/// Explains in a transaction: a bare EXPLAIN trusts what its connection knew of the schema before the last
/// migration.
async fn plan(db: &Db, query: Statement) -> String {
    let tx = db.begin().await.expect("begins");
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", query.sql), ..query };
    let rows = tx.query_all_raw(explain).await.expect("explains");
    let lines = rows.iter().map(|row| row.try_get::<String>("", "detail").expect("a line"));
    lines.collect::<Vec<_>>().join("\n")
}

fn year() -> Span {
    let from = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    Span { from, to: from + TimeDelta::days(365) }
}

#[tokio::test]
async fn a_long_range_is_read_from_rollups_by_measure_and_time() {
    let database = sqlite::<Migrator>(NAME).await;
    let measures = BTreeSet::from([Measure::CREATED, Measure::RESOLVED]);
    let query = rollups::select(Grouping::default(), Level::Day, year(), &measures).build(DbBackend::Sqlite);
    let plan = plan(&database.db, query).await;
    assert!(plan.contains("SEARCH rollups USING PRIMARY KEY"), "{plan}");
    assert!(
        plan.contains("(draft=? AND grouping=? AND level=? AND measure=? AND start>? AND start<?)"),
        "{plan}"
    );
}

#[tokio::test]
async fn cells_are_found_by_their_whole_key() {
    let database = sqlite::<Migrator>(NAME).await;
    let keys: Vec<_> =
        (0..50).map(|grouping| (grouping, 0, "created".into(), year().from, "[]".into())).collect();
    let select = rollups::select_keys(DbBackend::Sqlite, rollups::Edition::Live, keys.iter());
    let plan = plan(&database.db, select.build(DbBackend::Sqlite)).await;
    let whole_key = "(draft=? AND grouping=? AND level=? AND measure=? AND start=? AND members=?)";
    assert!(plan.contains(whole_key), "{plan}");
}

#[tokio::test]
async fn what_waits_and_what_is_known_of_tickets_is_found_by_id() {
    let database = sqlite::<Migrator>(NAME).await;
    for table in ["pending", "standings", "history"] {
        let column = if table == "standings" { "ticket_id" } else { "event_id" };
        let sql = format!("SELECT * FROM {table} WHERE {column} IN (x'00', x'01')");
        let plan = plan(&database.db, Statement::from_string(DbBackend::Sqlite, sql)).await;
        assert!(plan.contains(&format!("SEARCH {table} USING INDEX")), "{plan}");
    }
}

#[tokio::test]
async fn facts_of_an_edge_are_found_by_measure_and_time() {
    let database = sqlite::<Migrator>(NAME).await;
    let query = facts::select(year(), &BTreeSet::from([Measure::CREATED])).build(DbBackend::Sqlite);
    let plan = plan(&database.db, query).await;
    assert!(plan.contains("facts_by_time (measure=? AND at>? AND at<?)"), "{plan}");
}
