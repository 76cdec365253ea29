//! What a report costs over ten thousand and over a hundred thousand tickets: it must not grow with them; and what it
//! costs to count one.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
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
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Tickets of the two suites that are compared.
const SIZES: [u32; 2] = [10_000, 100_000];
/// Days over which they were registered.
const DAYS: i64 = 360;
/// Events between two counts: what one transaction counts.
const GATHERED: usize = 1_000;

/// The service over a database with so many tickets.
struct Filled {
    upstream: Upstream,
    _database: TestDb,
}

fn start() -> DateTime<Utc> {
    // Midnight in Shanghai.
    DateTime::from_timestamp(1_767_196_800, 0).expect("2025-12-31T16:00:00Z")
}

fn ticket(number: u32, of: u32) -> Envelope {
    let spread = TimeDelta::days(DAYS).num_seconds() * i64::from(number) / i64::from(of);
    let registered = start() + TimeDelta::seconds(spread);
    let solved = registered + TimeDelta::minutes(5 + i64::from(number % 977) * 7);
    let (team, category) = (number % 20, number % 30);
    let event = TicketImported {
        ticket: Some(TicketSnapshot {
            id: Uuid::from_u128(u128::from(number) + 1).to_string(),
            r#type: TicketType::Fault.into(),
            category_code: format!("board{}.leaf{category}", category % 6),
            project: format!("project {}", number % 15),
            channel: [Channel::Phone, Channel::Portal, Channel::Email][number as usize % 3].into(),
            priority: [Priority::High, Priority::Medium, Priority::Low][number as usize / 3 % 3].into(),
            state: TicketState::Closed.into(),
            team_key: format!("team {team}"),
            assignee: format!("engineer {}", number % 60),
            owner_agent: format!("agent {}", number % 40),
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
    let filled = Filled { upstream: directory.of("gateway").get(NAME), _database: database };
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
    let tx = service.db.begin().await.expect("begins");
    for event in events {
        consumer.apply(&tx, &event).await.expect("applies");
    }
    tx.commit().await.expect("commits");
}

impl Filled {
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

const FLOW: &[&str] = &["tickets_created", "tickets_resolved", "resolution_minutes"];

const QUESTIONS: [(&str, Question); 5] = [
    ("all metrics, one row", (&[], Granularity::Unspecified, &[])),
    ("by day", (&[], Granularity::Day, FLOW)),
    ("by month and team", (&["team"], Granularity::Month, FLOW)),
    ("by team and priority", (&["team", "priority"], Granularity::Unspecified, FLOW)),
    ("backlog and its age by week and team", (&["team"], Granularity::Week, &["backlog", "backlog_age"])),
];

fn report(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let filled = SIZES.map(|tickets| runtime.block_on(filled(tickets)));
    let mut ratios = String::new();
    for (name, (group_by, granularity, metrics)) in QUESTIONS {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20).measurement_time(Duration::from_secs(3));
        let mut took = Vec::new();
        for (tickets, filled) in SIZES.iter().zip(&filled) {
            let ask = || runtime.block_on(filled.report(group_by, granularity, metrics));
            let rows = ask().rows.len();
            let begun = Instant::now();
            (0..10).for_each(|_| drop(ask()));
            took.push((begun.elapsed() / 10, rows));
            group.bench_function(BenchmarkId::from_parameter(tickets), |bencher| bencher.iter(ask));
        }
        let [(few, few_rows), (many, many_rows)] = took[..] else { unreachable!("two sizes") };
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        writeln!(ratios, "{name}: {few:?} ({few_rows} rows), {many:?} ({many_rows} rows): {ratio:.2} times")
            .expect("a text takes everything");
    }
    println!("{ratios}");
}

criterion_group!(benches, report);
criterion_main!(benches);
