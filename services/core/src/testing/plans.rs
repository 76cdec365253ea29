//! How a database means to answer a query.

use sea_orm::{ConnectionTrait, Statement};

use crate::db::Db;

/// Returns the steps of SQLite's plan for a query, a line each. (PostgreSQL plans by what is in the table: a small one
/// it reads whole.)
///
/// # Panics
/// When the query can't be run.
pub async fn plan(db: &Db, query: Statement) -> String {
    let tx = db.begin().await.expect("a transaction");
    // An explanation alone does not notice that the schema has changed since its connection read it; running does.
    tx.query_all_raw(query.clone()).await.expect("the query runs");
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", query.sql), ..query };
    let steps = tx.query_all_raw(explain).await.expect("the plan is told");
    let steps = steps.iter().map(|step| step.try_get::<String>("", "detail").expect("a step"));
    steps.collect::<Vec<_>>().join("\n")
}
