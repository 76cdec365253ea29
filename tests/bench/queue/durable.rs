//! Claimed and completed as services do: the queue proposes, the database decides by compare-and-set, on disk.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context;
use futures::future::try_join_all;
use hotline_queue::{Claimed, WorkQueue, lease_until};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};

use super::Arguments;
use super::ground::Ground;
use super::ours::{LEASE, QUEUE, fill, now, queues};
use super::round::Round;
use super::tools::Tools;

/// Jobs that are claimed at once.
const BATCHES: [usize; 4] = [1, 16, 50, 500];

/// What the dispatch service has of a piece of work, with the indexes that a claim changes.
const TABLE: &str = "
DROP TABLE IF EXISTS work;
CREATE TABLE work (
    id uuid PRIMARY KEY, team_key text NOT NULL, state int NOT NULL, holder text NOT NULL, lease_hash bytea,
    lease_expires_at timestamptz, epoch bigint NOT NULL, order_value bigint NOT NULL, accepted_at timestamptz,
    ended_at timestamptz, attempts int NOT NULL, version bigint NOT NULL, subject text NOT NULL
);
CREATE INDEX work_waiting ON work (team_key, order_value, id) WHERE state = 1;
CREATE INDEX work_held ON work (team_key, holder) WHERE state IN (2, 3);
";

/// Work that waits becomes held, once.
const CLAIM: &str = "UPDATE work SET state = 2, holder = $2, lease_hash = $3, lease_expires_at = $4, \
    epoch = epoch + 1, attempts = attempts + 1, version = version + 1 \
    WHERE id = ANY($1) AND state = 1 RETURNING id";

/// Work that is held under this very lease becomes done, once.
const COMPLETE: &str = "UPDATE work SET state = 4, ended_at = $4, lease_expires_at = NULL, version = version + 1 \
    WHERE id = ANY($1) AND state = 2 AND holder = $2 AND lease_hash = $3 AND lease_expires_at > $4 RETURNING id";

/// Measures all in turn; nothing where PostgreSQL is not there.
pub async fn measure(arguments: &Arguments, ground: &Ground, tools: &Tools) -> anyhow::Result<Vec<Round>> {
    let Some(server) = &ground.postgres else { return Ok(Vec::new()) };
    let (url, jobs, in_flight) = (server.url(), arguments.jobs, arguments.in_flight);
    let admin = Database::connect(&url).await?;
    let mut all = Vec::new();
    for round in 0..arguments.rounds {
        for at_once in [0, 500] {
            let url = database(&admin, &url, &format!("graphile_{round}_{at_once}")).await?;
            all.extend(tools.graphile(ground, &url, (jobs, in_flight, at_once)).await?);
        }
        for at_once in [16, 500] {
            let url = database(&admin, &url, &format!("pgqueuer_{round}_{at_once}")).await?;
            all.extend(tools.pgqueuer(ground, &url, jobs, at_once).await?);
        }
        for batch in BATCHES {
            let url = database(&admin, &url, &format!("queue_{round}_{batch}")).await?;
            all.push(work_off(ground, &url, (jobs, in_flight, batch)).await?);
        }
    }
    Ok(all)
}

/// Has very many claim very much at once; returns a sentence, or an error where anything was accepted other than once, by
/// what the claimers were told or by what the database says.
pub async fn crowd(ground: &Ground) -> anyhow::Result<String> {
    const CLAIMERS: usize = 64;
    const JOBS: usize = 100_000;
    let Some(server) = &ground.postgres else { return Ok(String::new()) };
    let url = server.url();
    let admin = Database::connect(&url).await?;
    let url = database(&admin, &url, "crowd").await?;
    let round = work_off(ground, &url, (JOBS, CLAIMERS, 1)).await?;
    Ok(format!(
        "{CLAIMERS} claimers, {JOBS} jobs: each claimed, accepted and completed once, {:.0} a second\n",
        round.per_second()
    ))
}

/// Makes a database and returns its address; whatever was written before is on disk then.
async fn database(admin: &DatabaseConnection, url: &str, name: &str) -> anyhow::Result<String> {
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    admin.execute_unprepared("CHECKPOINT").await?;
    let (before, after) = url.split_once("/postgres?").context("the server's own database")?;
    Ok(format!("{before}/{name}?{after}"))
}

async fn work_off(
    ground: &Ground,
    url: &str,
    (jobs, in_flight, batch): (usize, usize, usize),
) -> anyhow::Result<Round> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).min_connections(8).sqlx_logging(false);
    let db = Database::connect(options).await?;
    db.execute_unprepared(TABLE).await?;
    // As `ours::entry` makes them.
    let rows = "INSERT INTO work SELECT (lpad(to_hex(i), 16, '0') || lpad(to_hex(i), 16, '0'))::uuid, $1, 1, '', NULL, \
        NULL, 0, i, NULL, NULL, 0, 1, 'a subject of some words' FROM generate_series(0, $2 - 1) i";
    db.execute_raw(statement(rows, [QUEUE.into(), i64::try_from(jobs)?.into()])).await?;
    db.execute_unprepared("VACUUM ANALYZE work").await?;
    ground.empty().await;
    let queue = queues(ground)?;
    fill(&*queue, jobs).await?;
    // As many jobs in flight as the others have, and one claimer at least.
    let claimers = 0..in_flight.div_ceil(batch).max(4);
    let claimers =
        claimers.map(|number| claimer(db.clone(), queue.clone(), format!("member-{number}"), batch));
    let what = format!("services/queue and PostgreSQL, {batch} at once");
    let round = Round::of(ground, what, jobs, async || {
        let done: Vec<Vec<Uuid>> =
            try_join_all(claimers.map(tokio::spawn)).await?.into_iter().collect::<anyhow::Result<_>>()?;
        let done: Vec<Uuid> = done.concat();
        let different: HashSet<&Uuid> = done.iter().collect();
        anyhow::ensure!(done.len() == jobs, "{} of {jobs} were done", done.len());
        anyhow::ensure!(different.len() == jobs, "{} of {jobs} were done twice", jobs - different.len());
        Ok(())
    });
    let round = round.await?;
    let undone = "SELECT count(*) AS undone FROM work WHERE state <> 4 OR epoch <> 1 OR version <> 3";
    let undone = db.query_one_raw(statement(undone, [])).await?.context("a row")?;
    anyhow::ensure!(undone.try_get::<i64>("", "undone")? == 0, "work was done other than once");
    Ok(round)
}

async fn claimer(
    db: DatabaseConnection,
    queue: Arc<dyn WorkQueue>,
    holder: String,
    batch: usize,
) -> anyhow::Result<Vec<Uuid>> {
    let mut done = Vec::new();
    loop {
        let claimed = queue.claim(QUEUE, &holder, batch, LEASE, now()).await?;
        if claimed.is_empty() {
            return Ok(done);
        }
        done.extend(one_batch(&db, &*queue, &holder, &claimed).await?);
    }
}

async fn one_batch(
    db: &DatabaseConnection,
    queue: &dyn WorkQueue,
    holder: &str,
    claimed: &[Claimed],
) -> anyhow::Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = claimed.iter().map(|claimed| claimed.id).collect();
    let hash = rand::random::<[u8; 32]>().to_vec();
    let set = [ids.into(), holder.into(), hash.clone().into(), lease_until(now(), LEASE).into()];
    let held = ids_of(db, statement(CLAIM, set)).await?;
    let set = [held.into(), holder.into(), hash.into(), now().into()];
    let done = ids_of(db, statement(COMPLETE, set)).await?;
    queue.finish(QUEUE, &done).await?;
    Ok(done)
}

async fn ids_of(db: &DatabaseConnection, statement: Statement) -> anyhow::Result<Vec<Uuid>> {
    let rows = db.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
