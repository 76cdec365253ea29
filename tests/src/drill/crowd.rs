//! Very much waits at once and many claim it: each piece of work is accepted once (B08).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value as Bound};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::checker;
use super::ground::Ground;
use super::history::{Act, History, Lease, Outcome};
use super::person::Person;
use crate::client::{Client, text};

/// How much is claimed at once.
const TOGETHER: usize = 16;

/// How long queues may take to follow the database, which was filled behind their backs.
const PATIENCE: Duration = Duration::from_mins(2);

/// Copies a ticket and its work: to a claim a copy is like any other. What is due later comes later. Ids of work are
/// above any that the suite makes: of two assignments of a ticket the one with the lower id has lost it.
const COPY: &str = "
WITH copies AS MATERIALIZED (
    SELECT i, gen_random_uuid() AS ticket, ('f' || substr(gen_random_uuid()::text, 2))::uuid AS work
    FROM generate_series(1, $2) i
), tickets AS (
    INSERT INTO tickets.tickets SELECT (jsonb_populate_record(t, jsonb_build_object(
        'id', c.ticket, 'number', t.number || '-' || c.i))).*
    FROM tickets.tickets t, copies c WHERE t.id = $1
)
INSERT INTO dispatch.assignments SELECT (jsonb_populate_record(a, jsonb_build_object(
    'id', c.work, 'ticket_id', c.ticket, 'ticket_number', a.ticket_number || '-' || c.i,
    'order_value', a.order_value + c.i))).*
FROM dispatch.assignments a, copies c WHERE a.ticket_id = $1";

/// What came of it.
#[derive(Debug)]
pub struct Outing {
    claimers: usize,
    items: usize,
    claims: usize,
    time: Duration,
    troubles: BTreeMap<String, u32>,
}

impl fmt::Display for Outing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { claimers, items, claims, time, troubles } = self;
        let rate = *items as f64 / time.as_secs_f64();
        write!(
            f,
            "{claimers} claimers, {items} items: each claimed and accepted once, in {claims} claims, {:.0} s, {rate:.0} \
             items a second; passing errors {troubles:?}",
            time.as_secs_f64()
        )
    }
}

/// Has so many claim and accept so much work, and demands that each piece was claimed and accepted once.
///
/// # Errors
/// Which promise was not kept, or what did not answer.
///
/// # Panics
/// When a claimer does.
pub async fn run(
    ground: &Ground,
    history: &Arc<History>,
    claimers: usize,
    items: usize,
) -> anyhow::Result<Outing> {
    let db = Database::connect(ground.postgres.url()).await?;
    fill(ground, &db, items).await?;
    let start = Instant::now();
    let mut crowd = JoinSet::new();
    for index in 0..claimers {
        let account = ["engineer", "engineer2"][index % 2];
        crowd.spawn(claimer(Person {
            client: Client::new(&ground.site.base),
            who: format!("{account}#{index}"),
            token: ground.site.tokens[account].clone(),
            twice: false,
            history: history.clone(),
        }));
    }
    let claims = crowd.join_all().await.into_iter().sum();
    let time = start.elapsed();
    demand(&db, history, items).await?;
    Ok(Outing { claimers, items, claims, time, troubles: history.troubles() })
}

/// Registers a ticket, copies it until there are so many, and waits until the queue follows.
async fn fill(ground: &Ground, db: &DatabaseConnection, items: usize) -> anyhow::Result<()> {
    let (client, site) = (Client::new(&ground.site.base), &ground.site);
    let agent = &site.tokens["agent"];
    let call = json!({"channel": "CHANNEL_PHONE", "direction": "DIRECTION_INBOUND", "phone": "13800138000"});
    let call = client.post(agent, "/v1/interactions", &call).await.ok();
    let body = json!({
        "type": "TICKET_TYPE_FAULT", "categoryCode": "repair.private", "channel": "CHANNEL_PHONE",
        "customerId": call["customerId"], "urgency": "LEVEL_HIGH", "impact": "LEVEL_MEDIUM",
        "subject": "宽带无法上网", "description": "今天早上开始宽带断线，光猫红灯。", "fields": {"room": "3-1502"},
    });
    let ticket: sea_orm::prelude::Uuid =
        text(&client.post(agent, "/v1/tickets", &body).await.ok(), "id").parse()?;
    let routed = "SELECT count(*) AS n FROM dispatch.assignments WHERE ticket_id = $1 AND state = 1";
    until("the ticket waits for somebody", async || Ok(count(db, routed, [ticket.into()]).await? == 1))
        .await?;
    let copies = i64::try_from(items.saturating_sub(1))?;
    db.execute_raw(statement(COPY, [ticket.into(), copies.into()])).await?;
    db.execute_unprepared("ANALYZE dispatch.assignments; ANALYZE tickets.tickets").await?;
    let queues = hotline_queue::connect(site.queues.as_ref().context("the ground has queues")?)?;
    let known = async || Ok(queues.depth("second-line-network").await?.waiting == items as u64);
    until("the queue follows the database", known).await
}

/// Claims and accepts until nothing is left; returns how often it claimed.
async fn claimer(person: Person) -> usize {
    let body = json!({"max": TOGETHER, "wait": "1s", "lease": "3600s"});
    let mut claims = 0;
    loop {
        let claim = person.command("/v1/queues/second-line-network:claim", &body).await;
        let work = claim.json["assignments"].as_array().cloned().unwrap_or_default();
        if work.is_empty() {
            return claims;
        }
        claims += 1;
        for work in work {
            let lease = lease(&work);
            let until = text(&work, "leaseExpiresAt").parse().unwrap_or_default();
            let Lease { assignment, ticket, epoch } = lease.clone();
            let path = format!("/v1/assignments/{assignment}:accept");
            person.note(&claim, Act::Claim { assignment, ticket, epoch, until });
            let accepted = person.command(&path, &json!({"leaseToken": work["leaseToken"]})).await;
            person.note(&accepted, Act::Accept(lease));
        }
    }
}

fn lease(work: &Value) -> Lease {
    let epoch = &work["epoch"];
    let epoch = epoch.as_str().and_then(|text| text.parse().ok()).or_else(|| epoch.as_i64());
    let text = |name: &str| work[name].as_str().unwrap_or_default().to_owned();
    Lease { assignment: text("id"), ticket: text("ticketId"), epoch: epoch.unwrap_or_default() }
}

/// Demands that everybody was told of each piece once, and that the database says the same.
async fn demand(db: &DatabaseConnection, history: &History, items: usize) -> anyhow::Result<()> {
    let entries = history.entries();
    let found = checker::told(&entries, &[]);
    ensure!(found.is_empty(), "{} promises not kept, first {}", found.len(), found[0]);
    let (mut claimed, mut accepted) = (BTreeMap::new(), BTreeMap::new());
    for entry in entries.iter().filter(|entry| entry.outcome == Outcome::Acknowledged) {
        match &entry.act {
            Act::Claim { assignment, .. } => *claimed.entry(assignment.as_str()).or_insert(0) += 1,
            Act::Accept(lease) => *accepted.entry(lease.assignment.as_str()).or_insert(0) += 1,
            _ => {}
        }
    }
    for (what, all) in [("claimed", claimed), ("accepted", accepted)] {
        let other: Vec<_> = all.iter().filter(|(_, times)| **times != 1).take(5).collect();
        ensure!(other.is_empty(), "{what} other than once: {other:?}");
        ensure!(all.len() == items, "{} of {items} were {what}", all.len());
    }
    let once =
        "SELECT count(*) AS n FROM dispatch.assignments WHERE state = 3 AND epoch = 1 AND attempts = 1";
    let once = count(db, once, []).await?;
    ensure!(once == i64::try_from(items)?, "the database says that {once} of {items} were accepted once");
    Ok(())
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    while !holds().await? {
        ensure!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn count<const N: usize>(
    db: &DatabaseConnection,
    sql: &str,
    values: [Bound; N],
) -> anyhow::Result<i64> {
    let row = db.query_one_raw(statement(sql, values)).await?.context("a count")?;
    Ok(row.try_get("", "n")?)
}

fn statement<const N: usize>(sql: &str, values: [Bound; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
