//! Very many tickets, each with texts of its own.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Db;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::texts::Texts;
use crate::grow::{columns, quoted};

/// The teams that have the tickets.
pub const TEAMS: [&str; 5] =
    ["first-line", "second-line-network", "on-site-east", "on-site-west", "vendor-fiber"];

/// The categories that they are of.
pub const CATEGORIES: [&str; 4] =
    ["repair.private", "repair.public", "complaint.service", "consult.property"];

/// Rows that one statement puts in.
const CHUNK: u64 = 20_000;
/// Seconds between two tickets.
const APART: u64 = 60;

/// Returns when a ticket was registered: a minute after the one before it.
pub fn created_at(ticket: u64) -> DateTime<Utc> {
    let first = DateTime::from_timestamp(1_704_067_200, 0).unwrap_or_default();
    first + TimeDelta::seconds(i64::try_from(ticket * APART).unwrap_or_default())
}

/// Returns a ticket's number.
pub fn number(ticket: u64) -> String {
    format!("24{:010}", ticket * 7)
}

/// Fills the table with copies of the one ticket there is, each with texts of its own.
pub async fn fill(db: &Db, tickets: u64, texts: &Texts) -> anyhow::Result<()> {
    keep_texts(db, texts).await?;
    let columns = columns(db, "tickets").await?;
    let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let values: Vec<String> = columns.iter().map(|column| value(db.backend(), column)).collect();
    run(db, "CREATE TABLE sample AS SELECT * FROM tickets").await?;
    run(db, "DELETE FROM tickets").await?;
    for first in (0..tickets).step_by(usize::try_from(CHUNK)?) {
        let last = (first + CHUNK).min(tickets) - 1;
        let (names, values) = (names.join(", "), values.join(", "));
        let insert = format!(
            "INSERT INTO tickets ({names}) WITH RECURSIVE numbers(n) AS \
             (SELECT CAST({first} AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {last}) \
             SELECT {values} FROM numbers CROSS JOIN sample \
             JOIN messages AS one ON one.at = n % {count} \
             JOIN messages AS two ON two.at = (n * 31 + n / {count}) % {count} \
             JOIN messages AS three ON three.at = (n * 17 + n / 7) % {count}",
            count = texts.0.len(),
        );
        run(db, &insert).await?;
    }
    run(db, if db.backend() == DbBackend::Postgres { "VACUUM ANALYZE tickets" } else { "ANALYZE" }).await
}

/// Puts the messages beside the tickets.
async fn keep_texts(db: &Db, texts: &Texts) -> anyhow::Result<()> {
    run(db, "CREATE TABLE messages (at BIGINT PRIMARY KEY, subject TEXT, body TEXT, reply TEXT)").await?;
    for (at, message) in (0_i64..).zip(&texts.0) {
        let values = [message.subject.as_str(), &message.body, &message.reply].map(Value::from);
        let values = [Value::from(at)].into_iter().chain(values);
        let sql = "INSERT INTO messages (at, subject, body, reply) VALUES ($1, $2, $3, $4)";
        db.reader().execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    }
    ensure!(!texts.0.is_empty(), "there are no messages");
    Ok(())
}

/// Returns what a column of ticket `n` holds.
fn value(backend: DbBackend, column: &str) -> String {
    let postgres = backend == DbBackend::Postgres;
    let first = created_at(0).timestamp();
    let pick = |of: &[&str]| {
        let cases: Vec<String> =
            (0..).zip(of).map(|(at, value)| format!("WHEN {at} THEN '{value}'")).collect();
        format!("CASE n * 7 % {} {} END", of.len(), cases.join(" "))
    };
    match column {
        "id" if postgres => "('019b0000-0000-7000-8000-' || (100000000000 + n))::uuid".into(),
        "id" => "unhex('019b0000000070008000' || (100000000000 + n))".into(),
        "number" if postgres => "'24' || lpad((n * 7)::text, 10, '0')".into(),
        "number" => "'24' || printf('%010d', n * 7)".into(),
        "subject" => "one.subject".into(),
        "description" => "two.body".into(),
        "resolution" => "three.reply".into(),
        "team_key" => pick(&TEAMS),
        "category_code" => pick(&CATEGORIES),
        "state" => "1 + n * 13 % 8".into(),
        "created_at" if postgres => format!("to_timestamp({first} + {APART} * n)"),
        "created_at" => format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {first} + {APART} * n, 'unixepoch')"),
        other => format!("sample.{}", quoted(other)),
    }
}

async fn run(db: &Db, sql: &str) -> anyhow::Result<()> {
    db.reader().execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
    Ok(())
}
