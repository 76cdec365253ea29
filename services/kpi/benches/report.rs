//! What a report costs over ten thousand, a hundred thousand and a million tickets: it must not grow with them; and what
//! it costs to count one.
//!
//! Ten thousand tickets are counted as they are in earnest. Every combination of groups that there is happens each day
//! already, so that more tickets make no more cells, only larger sums. So each step to the next size makes ten of every
//! ticket where it is stored, which takes a minute instead of an hour.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use hotline_core::caller::{Caller, Keys};
use hotline_core::clock::Clock;
use hotline_core::server::{Deps, Service};
use hotline_core::testing::{TestDb, sqlite};
use hotline_core::time::to_proto;
use hotline_core::upstream::{Directory, Upstream};
use hotline_kpi::{Config, Migrator, NAME, service};
use hotline_proto::common::v1::{Channel, Priority, TicketState, TicketType};
use hotline_proto::events::v1::{Envelope, TicketImported, TicketSnapshot};
use hotline_proto::kpi::v1::kpi_service_client::KpiServiceClient;
use hotline_proto::kpi::v1::{GetReportRequest, Granularity, Report};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Tickets that are counted first.
const TICKETS: u32 = 10_000;
/// How often there are ten times as many.
const STEPS: u32 = 2;
/// How often each report is asked for its shortest time.
const RUNS: usize = 50;
/// Days over which they were registered.
const DAYS: i64 = 360;
/// Combinations of groups: fewer than tickets of a day.
const KINDS: u32 = 24;
/// Events between two counts: what one transaction counts.
const GATHERED: usize = 1_000;

/// The service over a database with so many tickets.
struct Filled {
    upstream: Upstream,
    database: TestDb,
}

fn start() -> DateTime<Utc> {
    // Midnight in Shanghai.
    DateTime::from_timestamp(1_767_196_800, 0).expect("2025-12-31T16:00:00Z")
}

fn ticket(number: u32, of: u32) -> Envelope {
    let spread = TimeDelta::days(DAYS).num_seconds() * i64::from(number) / i64::from(of);
    let registered = start() + TimeDelta::seconds(spread);
    let (round, kind) = (number / KINDS, number % KINDS);
    // Slowly longer, so that every kind is also solved each day.
    let solved = registered + TimeDelta::minutes(5 + i64::from(round) * 7);
    let event = TicketImported {
        ticket: Some(TicketSnapshot {
            id: Uuid::from_u128(u128::from(number) + 1).to_string(),
            r#type: TicketType::Fault.into(),
            category_code: format!("board{}.leaf{}", kind % 4, kind % 12),
            project: format!("project {}", kind % 6),
            channel: [Channel::Phone, Channel::Portal, Channel::Email][kind as usize % 3].into(),
            priority: [Priority::High, Priority::Medium, Priority::Low][kind as usize / 8].into(),
            state: TicketState::Closed.into(),
            team_key: format!("team {}", kind % 8),
            assignee: format!("engineer {kind}"),
            owner_agent: format!("agent {}", kind % 12),
            created_at: Some(to_proto(registered)),
            resolved_at: Some(to_proto(solved)),
            closed_at: Some(to_proto(solved + TimeDelta::days(1))),
            ..TicketSnapshot::default()
        }),
        ..TicketImported::default()
    };
    Envelope {
        id: Uuid::from_u128(u128::from(number) + 1).to_string(),
        name: TicketImported::full_name(),
        occurred_at: Some(to_proto(start() + TimeDelta::days(DAYS + 2))),
        payload: event.encode_to_vec(),
        ..Envelope::default()
    }
}

async fn filled(tickets: u32) -> Filled {
    let database = sqlite::<Migrator>(NAME).await;
    let keys = Keys::new(&[7; 32]).expect("long enough");
    let directory = Directory::new(keys.clone(), &[NAME], &HashMap::new()).expect("no addresses");
    let deps = Deps { db: database.db.clone(), clock: Clock::manual(start()), upstreams: directory.of(NAME) };
    let service = service(deps, Config::default()).await.expect("starts");
    directory.fill(NAME, service.stack(keys));
    let filled = Filled { upstream: directory.of("gateway").get(NAME), database };
    let begun = Instant::now();
    for first in (0..tickets).step_by(GATHERED) {
        put(&service, (first..tickets).take(GATHERED).map(|number| ticket(number, tickets))).await;
        filled.report(&[], Granularity::Unspecified, &["contacts"]).await;
    }
    let each = begun.elapsed().div_f64(tickets.into());
    println!("{tickets} tickets: {each:?} to put down and count one");
    filled
}

async fn put(service: &Service, events: impl Iterator<Item = Envelope>) {
    let consumer = service.consumer.as_ref().expect("consumes");
    let events: Vec<Envelope> = events.collect();
    let tx = service.db.begin().await.expect("begins");
    consumer.apply_all(&tx, &events.iter().collect::<Vec<_>>()).await.expect("applies");
    tx.commit().await.expect("commits");
}

impl Filled {
    /// Makes ten of every ticket. How amounts are spread stays as it is: the percentiles of ten of each are those of one.
    async fn grow(&self, step: u32) {
        let tx = self.database.db.begin().await.expect("begins");
        for (table, id, rest) in [
            ("facts", "event_id", "position, measure, at, members, times, amount"),
            ("history", "event_id", "name, occurred_at, payload"),
            ("standings", "ticket_id", "registered_at, changes"),
        ] {
            let last = self.number(&*tx, &format!("SELECT MAX(rowid) AS number FROM {table}")).await;
            for copy in 1..10 {
                let new_id = format!("CAST(printf('%d%d%014d', {step}, {copy}, rowid) AS BLOB)");
                let sql = format!(
                    "INSERT INTO {table} ({id}, {rest}) SELECT {new_id}, {rest} FROM {table} WHERE rowid <= {last}"
                );
                tx.execute_unprepared(&sql).await.expect("copies");
            }
        }
        tx.execute_unprepared("UPDATE rollups SET count = count * 10, sum = sum * 10").await.expect("adds");
        tx.commit().await.expect("commits");
    }

    async fn number(&self, connection: &impl ConnectionTrait, sql: &str) -> i64 {
        let asked = Statement::from_string(DbBackend::Sqlite, sql);
        let row = connection.query_one_raw(asked).await.expect("answers").expect("a row");
        row.try_get("", "number").expect("a number")
    }

    /// Says how large it is.
    async fn tell(&self, tickets: u32) {
        let mut sizes = String::new();
        for table in ["facts", "rollups", "standings"] {
            let sql = format!("SELECT COUNT(*) AS number FROM {table}");
            let rows = self.number(self.database.db.reader(), &sql).await;
            write!(sizes, ", {rows} {table}").expect("a text takes everything");
        }
        println!("{tickets} tickets{sizes}");
    }

    async fn report(&self, group_by: &[&str], granularity: Granularity, metrics: &[&str]) -> Report {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let request = GetReportRequest {
            from: Some(to_proto(start())),
            to: Some(to_proto(start() + TimeDelta::days(DAYS))),
            group_by: texts(group_by),
            metrics: texts(metrics),
            granularity: granularity.into(),
            time_zone: String::new(),
        };
        let mut client = KpiServiceClient::new(self.upstream.clone());
        let asked = Caller::service("bench").scope(async move { client.get_report(request).await });
        asked.await.expect("answers").into_inner()
    }
}

/// What is asked: groups, granularity, metrics.
type Question = (&'static [&'static str], Granularity, &'static [&'static str]);

/// Counts, a mean and percentiles.
const FLOW: &[&str] = &["tickets_created", "tickets_resolved", "resolution_minutes"];

const QUESTIONS: [(&str, Question); 5] = [
    ("all metrics, one row", (&[], Granularity::Unspecified, &[])),
    ("by day", (&[], Granularity::Day, FLOW)),
    ("by month and team", (&["team"], Granularity::Month, FLOW)),
    ("by team and priority", (&["team", "priority"], Granularity::Unspecified, FLOW)),
    ("backlog and its age by week and team", (&["team"], Granularity::Week, &["backlog", "backlog_age"])),
];

/// What a question took over one number of tickets.
struct Took {
    tickets: u32,
    rows: usize,
    each: Duration,
}

fn report(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let filled = runtime.block_on(filled(TICKETS));
    let mut all: [Vec<Took>; QUESTIONS.len()] = Default::default();
    for step in 0..=STEPS {
        if step > 0 {
            runtime.block_on(filled.grow(step));
        }
        let tickets = TICKETS * 10_u32.pow(step);
        runtime.block_on(filled.tell(tickets));
        let mut group = criterion.benchmark_group(format!("{tickets} tickets"));
        group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
        for ((name, (group_by, granularity, metrics)), took) in QUESTIONS.into_iter().zip(&mut all) {
            let ask = || runtime.block_on(filled.report(group_by, granularity, metrics));
            let rows = ask().rows.len();
            took.push(Took { tickets, rows, each: fastest(|| drop(ask())) });
            group.bench_function(name, |bencher| bencher.iter(ask));
        }
    }
    for ((name, _), took) in QUESTIONS.iter().zip(&all) {
        println!("{}", compared(name, took));
    }
}

/// Returns the shortest time, which whatever else runs on the machine has disturbed least.
fn fastest(mut run: impl FnMut()) -> Duration {
    let timed = |_| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    (0..RUNS).map(timed).min().unwrap_or_default()
}

/// Says what each size took, and how many times the first.
fn compared(name: &str, all: &[Took]) -> String {
    let mut line = format!("{name}, {} rows:", all[0].rows);
    for Took { tickets, rows, each } in all {
        assert_eq!(*rows, all[0].rows, "{name}: else it is not the same report");
        let ratio = each.as_secs_f64() / all[0].each.as_secs_f64();
        write!(line, "  {tickets} tickets {each:.1?} ({ratio:.2} times)").expect("a text takes everything");
    }
    line
}

criterion_group!(benches, report);
criterion_main!(benches);
