//! Figures never drift: what was added up as events came equals what the history gives (K8).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::time::to_proto;
use hotline_proto::common::v1::Priority;
use hotline_proto::events::v1::{Envelope, TicketCreated, TicketResolved, TicketSnapshot};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::ConnectionTrait;

use crate::suite::{Suite, ask, event, ticket, time, values};

/// A ticket's registration or solution.
#[derive(Clone, Debug)]
struct Happening {
    at: DateTime<Utc>,
    team: usize,
    priority: i32,
    /// Seconds it took, for a solution.
    took: Option<i64>,
}

fn happening() -> impl Strategy<Value = Happening> {
    let took = proptest::option::of(prop_oneof![0..130_i64, 0..5_000_000_i64]);
    (0..60 * 24 * 20_i64, 0..60_i64, 0..3_usize, 1..=4_i32, took).prop_map(
        |(minute, second, team, priority, took)| {
            let at = time("2026-03-01T00:00:00Z") + TimeDelta::minutes(minute) + TimeDelta::seconds(second);
            Happening { at, team, priority, took }
        },
    )
}

const TEAMS: [&str; 3] = ["first-line", "net,\"east\"", "项目"];

fn envelope(number: u128, happening: &Happening) -> Envelope {
    let ticket = TicketSnapshot {
        team_key: TEAMS[happening.team].into(),
        priority: happening.priority,
        created_at: Some(to_proto(happening.at)),
        ..ticket()
    };
    match happening.took {
        None => event(number, happening.at, &TicketCreated { ticket: Some(ticket) }),
        Some(elapsed_seconds) => {
            let solved =
                TicketResolved { ticket: Some(ticket), elapsed_seconds, ..TicketResolved::default() };
            event(number, happening.at, &solved)
        }
    }
}

/// A question that cuts time anywhere.
fn question() -> impl Strategy<Value = GetReportRequest> {
    let zones = prop_oneof![Just(""), Just("UTC"), Just("Asia/Kolkata"), Just("America/New_York")];
    (0..60 * 24 * 20_i64, 1..60 * 24 * 20_i64, 0..=4_i32, zones, 0..4_usize).prop_map(
        |(minute, length, granularity, zone, groups)| {
            let from = time("2026-02-28T12:00:00Z") + TimeDelta::minutes(minute);
            let groups =
                [vec![], vec!["team"], vec!["priority", "team"], vec!["project", "team"]][groups].clone();
            GetReportRequest {
                from: Some(to_proto(from)),
                to: Some(to_proto(from + TimeDelta::minutes(length))),
                group_by: groups.into_iter().map(str::to_owned).collect(),
                metrics: [
                    "tickets_created",
                    "tickets_resolved",
                    "resolution_minutes_p90",
                    "resolution_minutes_mean",
                ]
                .map(String::from)
                .into(),
                granularity,
                time_zone: zone.into(),
            }
        },
    )
}

/// Checks every row of the answer against all that happened.
async fn check(suite: &Suite, request: GetReportRequest, happened: &[Happening]) {
    let report = suite.report(request).await;
    for (place, row) in report.rows.iter().enumerate() {
        let time = |at: &Option<_>| hotline_core::time::from_proto(at.as_ref()).expect("a time");
        let (from, to) = (time(&row.from), time(&row.to));
        let belongs = |happening: &&Happening| {
            let priority = Priority::try_from(happening.priority).expect("known").as_str_name();
            (from..to).contains(&happening.at)
                && row.group.get("team").is_none_or(|team| team == TEAMS[happening.team])
                && row.group.get("priority").is_none_or(|name| name == priority)
        };
        let here: Vec<_> = happened.iter().filter(belongs).collect();
        let mut took: Vec<_> = here.iter().filter_map(|happening| happening.took).collect();
        took.sort_unstable();
        let values = values(&report, place);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let float = |number: usize| number as f64;
        assert_eq!(values["tickets_created"], float(here.len() - took.len()));
        assert_eq!(values["tickets_resolved"], float(took.len()));
        let p90 =
            took.get((took.len() * 9).div_ceil(10).wrapping_sub(1)).map(|seconds| *seconds as f64 / 60.0);
        match (values.get("resolution_minutes_p90"), p90) {
            (Some(estimate), Some(exact)) => {
                assert!((estimate - exact).abs() <= exact * 0.01, "{estimate} {exact}");
            }
            (estimate, exact) => assert_eq!((estimate, exact), (None, None)),
        }
        let mean = (!took.is_empty()).then(|| took.iter().sum::<i64>() as f64 / (float(took.len()) * 60.0));
        assert_eq!(values.get("resolution_minutes_mean").copied(), mean);
    }
}

#[tokio::test]
async fn any_history_gives_the_same_figures_as_it_grows_and_when_it_is_read_again() {
    let mut runner = TestRunner::deterministic();
    let histories =
        vec(vec(happening(), 1..40).prop_shuffle(), 4).new_tree(&mut runner).expect("made").current();
    let questions = vec(question(), 24).new_tree(&mut runner).expect("made").current();
    for suite in Suite::everywhere().await {
        let mut happened = Vec::new();
        for (history, questions) in histories.iter().zip(questions.chunks(6)) {
            for happening in history {
                happened.push(happening.clone());
                suite.deliver(&envelope(happened.len() as u128, happening)).await;
            }
            for question in questions {
                check(&suite, question.clone(), &happened).await;
            }
            assert_eq!(suite.recompute().await.changed, 0);
        }
        for question in &questions {
            check(&suite, question.clone(), &happened).await;
        }
    }
}

#[tokio::test]
async fn rollups_that_were_tampered_with_are_found_and_put_right() {
    for suite in Suite::everywhere().await {
        let created = Happening { at: time("2026-03-02T01:00:00Z"), team: 0, priority: 1, took: None };
        let solved = Happening { took: Some(2_700), ..created.clone() };
        suite.deliver(&envelope(1, &created)).await;
        suite.deliver(&envelope(2, &solved)).await;
        let mut days = ask("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", &[]);
        days.granularity = Granularity::Day.into();
        let before = suite.report(days.clone()).await;
        for (damage, rows) in [
            ("UPDATE rollups SET count = 2 WHERE measure = 'created' AND level = 1 AND grouping = 0", 1),
            ("DELETE FROM rollups WHERE measure = 'resolved' AND grouping = 0", 3),
            ("UPDATE rollups SET members = '[]' WHERE measure = 'created' AND level = 0 AND grouping = 1", 2),
        ] {
            suite.db.reader().execute_unprepared(damage).await.expect("damages");
            let recomputed = suite.recompute().await;
            assert_eq!((recomputed.facts, recomputed.changed), (6, rows), "{damage}");
            assert_eq!(suite.report(days.clone()).await, before);
        }
        suite.db.reader().execute_unprepared("DELETE FROM facts").await.expect("damages");
        assert_eq!(suite.recompute().await.changed, 0);
        let edge = ask("2026-03-02T00:59:00Z", "2026-03-02T01:01:00Z", &["tickets_created"]);
        assert_eq!(suite.report(edge).await.rows[0].values["tickets_created"], 1.0);
    }
}

#[tokio::test]
async fn writers_at_the_same_time_lose_nothing() {
    for suite in Suite::everywhere().await {
        let happening = Happening { at: time("2026-03-02T01:00:00Z"), team: 0, priority: 1, took: Some(60) };
        let events: Vec<_> = (1..=24).map(|number| envelope(number, &happening)).collect();
        futures::future::join_all(events.iter().map(|event| suite.deliver(event))).await;
        let report =
            suite.report(ask("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", &["tickets_resolved"])).await;
        assert_eq!(report.rows[0].values["tickets_resolved"], 24.0);
        assert_eq!(suite.recompute().await.changed, 0);
    }
}
