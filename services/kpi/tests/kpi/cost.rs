//! What a report costs does not depend on how much happened: it takes as many statements over five times as many tickets.
//! That each goes by an index is tested beside the queries; `benches/report.rs` measures up to a million tickets.

use chrono::TimeDelta;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{Envelope, TicketCreated, TicketResolved, TicketSnapshot};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity};
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time};

const FROM: &str = "2026-01-31T16:00:00Z";
const TO: &str = "2026-02-28T16:00:00Z";

/// A ticket of one of the 28 days of the range and of one of 3 teams, which is solved an hour later.
fn life(number: u128) -> [Envelope; 2] {
    let within = |most: u128| i64::try_from(number % most).expect("small");
    let at = time(FROM) + TimeDelta::days(within(28)) + TimeDelta::hours(within(20));
    let ticket = TicketSnapshot {
        id: Uuid::from_u128(number).to_string(),
        team_key: format!("team-{}", within(3)),
        created_at: Some(to_proto(at)),
        ..ticket()
    };
    let solved =
        TicketResolved { ticket: Some(ticket.clone()), elapsed_seconds: 3_600, ..TicketResolved::default() };
    let created = TicketCreated { ticket: Some(ticket) };
    [event(number * 2, at, &created), event(number * 2 + 1, at + TimeDelta::hours(1), &solved)]
}

fn question(group_by: &[&str], granularity: Granularity, metrics: &[&str]) -> GetReportRequest {
    GetReportRequest {
        group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
        granularity: granularity.into(),
        ..ask(FROM, TO, metrics)
    }
}

/// Asks each question; returns how many statements and rows it took.
async fn costs(suite: &Suite, questions: &[GetReportRequest]) -> Vec<(u64, usize)> {
    let mut costs = Vec::new();
    for question in questions {
        let before = suite.db.statements();
        let rows = suite.report(question.clone()).await.rows.len();
        costs.push((suite.db.statements() - before, rows));
    }
    costs
}

#[tokio::test]
async fn a_report_takes_as_many_statements_over_many_tickets_as_over_few() {
    let questions = [
        question(&[], Granularity::Unspecified, &["resolution_minutes", "tickets_created"]),
        question(&[], Granularity::Day, &["resolution_minutes", "tickets_created"]),
        question(&["team"], Granularity::Day, &["resolution_minutes"]),
        question(&["team", "priority"], Granularity::Unspecified, &["tickets_resolved"]),
        question(&["team"], Granularity::Week, &["backlog", "backlog_age"]),
        question(&[], Granularity::Unspecified, &[]),
    ];
    for suite in Suite::everywhere().await {
        suite.deliver_all(&(1..=84).flat_map(life).collect::<Vec<_>>()).await;
        let few = costs(&suite, &questions).await;
        suite.deliver_all(&(85..=420).flat_map(life).collect::<Vec<_>>()).await;
        assert_eq!(costs(&suite, &questions).await, few);
        // One looks what waits to be counted, one reads the book; each of the rest reads a stretch.
        assert_eq!(few, [(3, 1), (3, 28), (3, 84), (3, 3), (4, 15), (5, 1)]);
    }
}
