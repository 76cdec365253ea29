//! Figures follow the correction of a clock: afterwards they are as if the right thing had been told at first (K8).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{
    Envelope, SlaBreached, SlaFulfilled, SlaRepaired, SlaTold, SlaWarned, TicketCreated, TicketSnapshot,
    TicketStarted,
};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity, Report, ReportRow};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time, values};

const CLOCKS: [&str; 5] = ["RESPONSE", "RESOLUTION", "ANSWER", "TOTAL", "UPDATE"];

const METRICS: [&str; 12] = [
    "sla_attainment",
    "sla_attainment_unextended",
    "sla_response_attainment",
    "sla_total_attainment",
    "promise_kept_rate",
    "promises_answered",
    "update_kept_rate",
    "updates_given",
    "sla_warnings",
    "sla_breaches",
    "first_response_minutes",
    "backlog",
];

/// What is told of a clock; times in minutes from the registration of the ticket.
#[derive(Clone, Copy, Debug)]
struct Told {
    warned: Option<i64>,
    breached: Option<i64>,
    met: bool,
    by_extension: bool,
}

/// A ticket with one clock, which is told wrong, corrected wrong, and corrected right.
#[derive(Clone, Debug)]
struct Life {
    registered: i64,
    /// When somebody took it on; nobody had it before.
    taken: i64,
    clock: usize,
    stopped: Option<i64>,
    /// As it is told at first, as it is corrected first, and as it is.
    told: [Option<Told>; 3],
}

/// Two days from the registration.
const LIFE: std::ops::Range<i64> = 0..2_880;

fn told() -> impl Strategy<Value = Option<Told>> {
    let told = (option::of(LIFE), option::of(LIFE), any::<bool>(), any::<bool>());
    option::weighted(
        0.8,
        told.prop_map(|(warned, breached, met, by_extension)| Told { warned, breached, met, by_extension }),
    )
}

fn life() -> impl Strategy<Value = Life> {
    let times = (0..60 * 24 * 20_i64, LIFE, option::weighted(0.8, LIFE));
    (times, 0..CLOCKS.len(), [told(), told(), told()]).prop_map(
        |((registered, taken, stopped), clock, told)| Life { registered, taken, clock, stopped, told },
    )
}

impl Life {
    fn at(&self, minute: i64) -> DateTime<Utc> {
        time("2026-03-01T00:00:00Z") + TimeDelta::minutes(self.registered + minute)
    }

    fn ticket_at(&self, number: u128, minute: i64) -> Option<TicketSnapshot> {
        let taken = minute >= self.taken;
        Some(TicketSnapshot {
            id: Uuid::from_u128(number).to_string(),
            team_key: if taken { "net" } else { "first-line" }.into(),
            assignee: if taken { "engineer" } else { "" }.into(),
            created_at: Some(to_proto(self.at(0))),
            ..ticket()
        })
    }

    /// Returns the events of the ticket numbered so, with what is told first of its clock.
    fn events(&self, number: u128, told: Option<Told>) -> Vec<Envelope> {
        let (id, clock) = (number * 16, CLOCKS[self.clock].to_owned());
        let ticket = |minute| self.ticket_at(number, minute);
        let mut events = vec![
            event(id, self.at(0), &TicketCreated { ticket: ticket(-1) }),
            event(
                id + 1,
                self.at(self.taken),
                &TicketStarted { ticket: ticket(self.taken), ..Default::default() },
            ),
        ];
        let Some(told) = told else { return events };
        events.extend(told.warned.map(|minute| {
            let warned = SlaWarned { ticket: ticket(minute), clock: clock.clone(), ..SlaWarned::default() };
            event(id + 2, self.at(minute), &warned)
        }));
        events.extend(told.breached.map(|minute| {
            let breached = SlaBreached { ticket: ticket(minute), clock: clock.clone(), ..Default::default() };
            event(id + 3, self.at(minute), &breached)
        }));
        events.extend(self.stopped.map(|minute| {
            let fulfilled = SlaFulfilled {
                ticket: ticket(minute),
                clock: clock.clone(),
                met: told.met,
                met_by_extension: told.by_extension,
                elapsed_seconds: minute * 60,
                ..SlaFulfilled::default()
            };
            event(id + 4, self.at(minute), &fulfilled)
        }));
        events
    }

    fn repair(&self, number: u128, step: usize) -> Envelope {
        let minute = self.stopped.unwrap_or(LIFE.end);
        let told = |told: Option<Told>| {
            told.map(|told| SlaTold {
                warned_at: told.warned.map(|minute| to_proto(self.at(minute))),
                breached_at: told.breached.map(|minute| to_proto(self.at(minute))),
                met: self.stopped.map(|_| told.met),
                met_by_extension: told.by_extension,
                elapsed_seconds: self.stopped.map_or(0, |minute| minute * 60),
                ..SlaTold::default()
            })
        };
        let repaired = SlaRepaired {
            ticket: self.ticket_at(number, minute),
            clock: CLOCKS[self.clock].into(),
            instance: 1,
            stopped_at: self.stopped.map(|minute| to_proto(self.at(minute))),
            was: told(self.told[step]),
            is: told(self.told[step + 1]),
        };
        let id = number * 16 + 5 + step as u128;
        event(id, time("2026-03-25T00:00:00Z") + TimeDelta::days(step as i64), &repaired)
    }

    fn told_wrong_and_repaired(&self, number: u128) -> Vec<Envelope> {
        let mut events = self.events(number, self.told[0]);
        events.extend([self.repair(number, 0), self.repair(number, 1)]);
        events
    }
}

fn questions() -> Vec<GetReportRequest> {
    let mut questions = Vec::new();
    for (from, to) in
        [("2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z"), ("2026-03-04T03:07:00Z", "2026-03-12T11:38:00Z")]
    {
        for group_by in [vec![], vec!["agent"], vec!["team", "priority"], vec!["team", "project"]] {
            for granularity in [Granularity::Unspecified, Granularity::Day] {
                questions.push(GetReportRequest {
                    group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
                    granularity: granularity.into(),
                    ..ask(from, to, &METRICS)
                });
            }
        }
    }
    questions
}

/// When a row begins, and its group.
type Place = (i64, BTreeMap<String, String>);

/// Returns the rows in which something happened.
fn rows(report: &Report) -> BTreeMap<Place, BTreeMap<String, f64>> {
    let row = |row: &ReportRow| {
        let from = row.from.as_ref().expect("a time").seconds;
        ((from, row.group.clone().into_iter().collect()), row.values.clone().into_iter().collect())
    };
    let something = |(_, values): &(_, BTreeMap<String, f64>)| values.values().any(|value| *value != 0.0);
    report.rows.iter().map(row).filter(something).collect()
}

/// Checks that two reports say the same; percentiles to 1 %.
fn check(corrected: &Report, right: &Report) {
    let (corrected, right) = (rows(corrected), rows(right));
    assert_eq!(corrected.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (key, right) in &right {
        let corrected = &corrected[key];
        assert_eq!(corrected.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{key:?}");
        for (name, right) in right {
            let close = if name.contains("_p") { 0.01 * right } else { 0.0 };
            assert!((corrected[name] - right).abs() <= close, "{key:?} {name}: {} {right}", corrected[name]);
        }
    }
}

#[tokio::test]
async fn what_was_told_wrong_and_corrected_counts_as_if_it_had_been_told_right() {
    let mut runner = TestRunner::deterministic();
    let lives = vec(life(), 60).new_tree(&mut runner).expect("made").current();
    let right: Vec<_> =
        (1..).zip(&lives).flat_map(|(number, life)| life.events(number, life.told[2])).collect();
    let wrong = (1..).zip(&lives).flat_map(|(number, life)| life.told_wrong_and_repaired(number)).collect();
    let late = Just::<Vec<_>>(wrong).prop_shuffle().new_tree(&mut runner).expect("made").current();
    let repeated = [&late[..], &late[40..120]].concat();
    for (suite, told_right) in Suite::everywhere().await.into_iter().zip(Suite::everywhere().await) {
        told_right.deliver_all(&right).await;
        suite.deliver_all(&repeated).await;
        for question in questions() {
            check(&suite.report(question.clone()).await, &told_right.report(question).await);
        }
        assert_eq!(suite.recompute().await.changed, 0);
        for question in questions() {
            check(&suite.report(question.clone()).await, &told_right.report(question).await);
        }
    }
}

/// A ticket that nobody had until it was responded to after so many minutes.
fn responded(minutes: i64, told: [Option<Told>; 3]) -> Life {
    Life { registered: 60 * 24, taken: minutes, clock: 0, stopped: Some(minutes), told }
}

fn month(group_by: &[&str], metrics: &[&str]) -> GetReportRequest {
    GetReportRequest {
        group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
        ..ask("2026-02-28T16:00:00Z", "2026-03-31T16:00:00Z", metrics)
    }
}

#[tokio::test]
async fn a_breach_that_was_none_is_taken_back_from_the_queue_in_which_the_ticket_lay() {
    let wrong = Told { warned: Some(20), breached: Some(30), met: false, by_extension: false };
    let right = Told { breached: None, met: true, ..wrong };
    let life = responded(45, [Some(wrong), Some(right), Some(right)]);
    for suite in Suite::everywhere().await {
        for event in life.events(1, life.told[0]) {
            suite.deliver(&event).await;
        }
        let question = month(&["agent"], &["sla_breaches", "sla_warnings", "sla_response_attainment"]);
        let before = suite.report(question.clone()).await;
        assert_eq!(values(&before, 0)["sla_breaches"], 1.0);
        assert_eq!(values(&before, 1)["sla_response_attainment"], 0.0);
        suite.deliver(&life.repair(1, 0)).await;
        suite.deliver(&life.repair(1, 0)).await;
        suite.deliver(&life.repair(1, 1)).await;
        let report = suite.report(question).await;
        let short: Vec<_> =
            report.rows.iter().map(|row| (&*row.group["agent"], row.values["sla_breaches"])).collect();
        assert_eq!(short, [("", 0.0), ("engineer", 0.0)]);
        assert_eq!(values(&report, 0)["sla_warnings"], 1.0);
        assert_eq!(values(&report, 1)["sla_response_attainment"], 1.0);
        assert_eq!(suite.recompute().await.changed, 0);
    }
}

#[tokio::test]
async fn a_clock_that_should_not_have_been_leaves_neither_mean_nor_percentile() {
    let told = Some(Told { warned: None, breached: None, met: true, by_extension: false });
    for suite in Suite::everywhere().await {
        let question = month(&[], &["first_response_minutes", "sla_response_attainment"]);
        for (number, minutes) in [(1, 10), (2, 45), (3, 2_000)] {
            suite.deliver_all(&responded(minutes, [told; 3]).events(number, told)).await;
        }
        assert!(values(&suite.report(question.clone()).await, 0)["first_response_minutes_p95"] >= 1_980.0);
        suite.deliver(&responded(2_000, [told, None, None]).repair(3, 0)).await;
        let report = suite.report(question.clone()).await;
        assert_eq!(values(&report, 0)["first_response_minutes_mean"], 27.5);
        let p95 = values(&report, 0)["first_response_minutes_p95"];
        assert!((p95 - 45.0).abs() <= 0.45, "{p95}");
        suite.deliver(&responded(10, [told, None, None]).repair(1, 0)).await;
        assert_eq!(values(&suite.report(question.clone()).await, 0)["first_response_minutes_p50"], 45.0);
        suite.deliver(&responded(45, [told, None, None]).repair(2, 0)).await;
        assert!(values(&suite.report(question).await, 0).is_empty(), "nothing is left to measure");
        assert_eq!(suite.recompute().await.changed, 0);
    }
}
