//! The main job, from the ring to the closed callback: its figures.

use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::events::v1::{
    AssignmentAccepted, AssignmentCompleted, AssignmentSnapshot, CallbackAttempted, CallbackCompleted,
    Envelope, InteractionEnded, SlaFulfilled, TicketAssigned, TicketClosed, TicketCreated, TicketReopened,
    TicketResolved, TicketSnapshot,
};
use hotline_proto::kpi::v1::{GetReportRequest, Report};

use crate::suite::{Suite, ask, at, event, ticket, time, values};

fn with_team() -> TicketSnapshot {
    TicketSnapshot { team_key: "second-line-network".into(), assignee: "engineer".into(), ..ticket() }
}

fn resolved(solved_by: &str, reopen_count: i32, elapsed_seconds: i64) -> TicketResolved {
    TicketResolved {
        ticket: Some(TicketSnapshot { reopen_count, ..with_team() }),
        solved_by: solved_by.into(),
        elapsed_seconds,
        working_seconds: elapsed_seconds / 2,
        ..TicketResolved::default()
    }
}

fn callback(satisfied: bool, score: i32, solved_by: &str) -> CallbackCompleted {
    CallbackCompleted {
        agent: "callback".into(),
        reached: true,
        satisfied: Some(satisfied),
        score: Some(score),
        in_time: true,
        category_code: "repair.private".into(),
        team_key: "second-line-network".into(),
        solved_by: solved_by.into(),
        priority: Priority::High.into(),
        channel: Channel::Phone.into(),
        r#type: TicketType::Fault.into(),
        ..CallbackCompleted::default()
    }
}

fn fulfilled(clock: &str, met: bool, elapsed_seconds: i64) -> SlaFulfilled {
    SlaFulfilled {
        ticket: Some(with_team()),
        clock: clock.into(),
        met,
        elapsed_seconds,
        ..SlaFulfilled::default()
    }
}

fn first_round() -> Vec<Envelope> {
    let assignment =
        AssignmentSnapshot { team_key: "second-line-network".into(), ..AssignmentSnapshot::default() };
    let accepted = AssignmentAccepted {
        assignment: Some(assignment.clone()),
        waited_seconds: 120,
        ..AssignmentAccepted::default()
    };
    let completed = AssignmentCompleted {
        assignment: Some(assignment),
        handled_seconds: 2_700,
        ..AssignmentCompleted::default()
    };
    let attempted = CallbackAttempted { agent: "callback".into(), ..CallbackAttempted::default() };
    let created = TicketCreated { ticket: Some(ticket()) };
    let assigned = TicketAssigned { ticket: Some(with_team()), ..TicketAssigned::default() };
    let reopened = TicketSnapshot { reopen_count: 1, ..with_team() };
    let reopened =
        TicketReopened { ticket: Some(reopened), solved_by: "engineer".into(), ..Default::default() };
    vec![
        event(1, time("2026-03-02T01:00:00Z"), &created),
        event(2, time("2026-03-02T01:00:01Z"), &assigned),
        event(3, time("2026-03-02T01:02:00Z"), &accepted),
        event(4, time("2026-03-02T01:02:00Z"), &fulfilled("RESPONSE", true, 120)),
        event(5, time("2026-03-02T01:47:00Z"), &completed),
        event(6, time("2026-03-02T01:47:00Z"), &resolved("engineer", 0, 2_820)),
        event(7, time("2026-03-02T01:47:00Z"), &fulfilled("RESOLUTION", true, 2_820)),
        event(8, time("2026-03-03T02:00:00Z"), &attempted),
        event(9, time("2026-03-03T02:00:00Z"), &callback(false, 2, "engineer")),
        event(10, time("2026-03-03T02:00:01Z"), &reopened),
    ]
}

fn second_round() -> Vec<Envelope> {
    let ended = InteractionEnded {
        agent: "agent".into(),
        channel: Channel::Phone.into(),
        started_at: Some(at("2026-03-02T00:55:00Z")),
        ended_at: Some(at("2026-03-04T03:00:00Z")),
        ..InteractionEnded::default()
    };
    vec![
        event(11, time("2026-03-03T03:00:00Z"), &resolved("engineer2", 1, 93_600)),
        event(12, time("2026-03-03T03:00:00Z"), &fulfilled("RESOLUTION", false, 93_600)),
        event(13, time("2026-03-04T02:00:00Z"), &callback(true, 5, "engineer2")),
        event(14, time("2026-03-04T02:00:01Z"), &TicketClosed { ticket: Some(with_team()) }),
        event(15, time("2026-03-04T03:00:00Z"), &ended),
    ]
}

fn journey() -> Vec<Envelope> {
    [first_round(), second_round()].concat()
}

const FIGURES: &[(&str, f64)] = &[
    ("tickets_created", 1.0),
    ("tickets_resolved", 2.0),
    ("tickets_reopened", 1.0),
    ("reopenings", 1.0),
    ("backlog", 0.0),
    ("backlog_age_0_1d", 0.0),
    ("tickets_closed", 1.0),
    ("tickets_cancelled", 0.0),
    ("tickets_assigned", 1.0),
    ("reassignments", 0.0),
    ("resolution_rate", 1.0),
    ("reopen_rate", 0.5),
    ("resolution_minutes_mean", 803.5),
    ("resolution_minutes_p50", 47.0),
    ("resolution_working_minutes_p50", 23.5),
    ("first_response_minutes_p50", 2.0),
    ("sla_attainment", 0.5),
    ("sla_response_attainment", 1.0),
    ("acceptance_minutes_mean", 2.0),
    ("handling_minutes_p50", 45.0),
    ("callbacks_attempted", 1.0),
    ("callbacks_completed", 2.0),
    ("callback_reach_rate", 1.0),
    ("callback_in_time_rate", 1.0),
    ("csat_mean", 3.5),
    ("csat_rate", 0.5),
    ("contacts", 1.0),
];

fn month() -> GetReportRequest {
    ask("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z", &[])
}

/// Checks every figure; percentiles to 1 %.
fn check(report: &Report) {
    let values = values(report, 0);
    for (name, expected) in FIGURES {
        let value = values[name];
        let close = if name.contains("_p") { 0.01 * expected } else { 0.0 };
        assert!((value - expected).abs() <= close, "{name}: {value} instead of {expected}");
    }
}

#[tokio::test]
async fn the_main_job_has_its_figures() {
    for suite in Suite::everywhere().await {
        for event in journey() {
            suite.deliver(&event).await;
        }
        let report = suite.report(month()).await;
        assert_eq!(report.rows.len(), 1);
        assert!(report.rows[0].group.is_empty());
        check(&report);
        let values = values(&report, 0);
        assert!(!values.contains_key("reply_working_days_p50"), "no ticket was imported");
    }
}

#[tokio::test]
async fn late_and_repeated_events_change_nothing_twice() {
    for suite in Suite::everywhere().await {
        let mut events = journey();
        events.reverse();
        for event in events.iter().chain(&events[3..9]) {
            suite.deliver(event).await;
        }
        hotline_core::outbox::forget_applied(
            &suite.db,
            hotline_core::clock::wall() + chrono::TimeDelta::days(1),
        )
        .await
        .expect("forgets");
        for event in &events {
            suite.deliver(event).await;
        }
        let report = suite.report(month()).await;
        check(&report);
        assert_eq!(suite.recompute().await.changed, 0);
    }
}

#[tokio::test]
async fn a_reopening_and_the_score_are_credited_to_who_solved() {
    for suite in Suite::everywhere().await {
        for event in journey() {
            suite.deliver(&event).await;
        }
        let mut request = month();
        request.group_by = vec!["agent".into(), "board".into()];
        request.metrics = ["tickets_resolved", "tickets_reopened", "csat_mean", "callbacks_completed"]
            .map(String::from)
            .into();
        let report = suite.report(request).await;
        let groups: Vec<_> =
            report.rows.iter().map(|row| (&*row.group["agent"], &*row.group["board"])).collect();
        assert_eq!(groups, [("callback", "repair"), ("engineer", "repair"), ("engineer2", "repair")]);
        let (caller, first, second) = (values(&report, 0), values(&report, 1), values(&report, 2));
        assert_eq!((caller["callbacks_completed"], caller.get("csat_mean")), (2.0, None));
        assert_eq!(
            (first["tickets_resolved"], first["tickets_reopened"], first["csat_mean"]),
            (1.0, 1.0, 2.0)
        );
        assert_eq!(
            (second["tickets_resolved"], second["tickets_reopened"], second["csat_mean"]),
            (1.0, 0.0, 5.0)
        );
        assert_eq!(report.definitions.len(), 4);
    }
}
