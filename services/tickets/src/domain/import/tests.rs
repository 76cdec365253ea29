//! What becomes of the past of a ticket of another system.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Almanac;
use hotline_proto::common::v1::{Channel, Priority, TicketState as State, TicketType};
use hotline_proto::tickets::v1::PastStepKind as Kind;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Brought, Past, Step, bring_in};
use crate::config::Config;
use crate::domain::catalogue::{Catalogue, shipped};
use crate::domain::clock::Which;
use crate::domain::draft::{Bygone, What, Who};
use crate::domain::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let almanac = Almanac::shipped().expect("shipped data is valid");
    Rules::new(Config::default(), almanac).expect("the defaults make sense")
});

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue(shipped().expect("shipped data is valid")));

/// Returns an instant from wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
}

fn step(kind: Kind, time: &str, team: &str) -> Step {
    let reason = if kind == Kind::Waiting { "CUSTOMER" } else { "" };
    Step {
        kind,
        at: at(time),
        team_key: team.into(),
        assignee: String::new(),
        reason: reason.into(),
        note: String::new(),
    }
}

/// Returns a fault of high priority, 4 hours of office time, registered on a Monday at nine.
fn past(history: Vec<Step>) -> Past {
    Past {
        external_key: "old/1".into(),
        customer_id: Uuid::from_u128(1),
        kind: TicketType::Fault,
        category_code: "repair.private".into(),
        channel: Channel::Phone,
        subject: "宽带无法上网".into(),
        description: String::new(),
        priority: Priority::High,
        created_at: at("2026-03-02 09:00"),
        resolved_at: None,
        closed_at: None,
        resolution: "更换光猫".into(),
        team_key: String::new(),
        assignee: String::new(),
        within_target: None,
        history,
        fields: BTreeMap::new(),
    }
}

/// Brings it in on the Friday of that week at nine.
fn bring(past: Past) -> Brought<'static> {
    let who = Who { subject: "service:import".into(), team_key: String::new() };
    bring_in(past, &CATALOGUE, &RULES, Uuid::from_u128(7), at("2026-03-06 09:00"), who).expect("is taken")
}

fn told(brought: &Brought<'_>) -> Bygone {
    match &brought.draft.happenings[0].what {
        What::Imported(bygone) => bygone.clone(),
        other => panic!("{other:?} is told first"),
    }
}

fn kinds(brought: &Brought<'_>) -> Vec<&'static str> {
    brought.draft.entries.iter().map(|entry| entry.kind.name()).collect()
}

#[test]
fn a_past_that_keeps_the_rules_is_taken_step_by_step_without_a_mark() {
    let brought = bring(past(vec![
        step(Kind::Assigned, "2026-03-02 09:00", "one"),
        step(Kind::Started, "2026-03-02 09:10", ""),
        step(Kind::Waiting, "2026-03-02 10:00", ""),
        step(Kind::Resumed, "2026-03-02 11:00", ""),
        step(Kind::Assigned, "2026-03-02 11:30", "two"),
        step(Kind::Started, "2026-03-02 11:40", ""),
        step(Kind::Resolved, "2026-03-02 12:00", ""),
        step(Kind::Closed, "2026-03-03 09:00", ""),
    ]));
    let ticket = &brought.draft.ticket;
    assert_eq!((brought.marked, ticket.state, ticket.team_key.as_str()), (0, State::Closed, "two"));
    assert_eq!((ticket.reassignment_count, ticket.wait_count, ticket.reopen_count), (1, 1, 0));
    assert_eq!(ticket.responded_at, Some(at("2026-03-02 09:10")));
    assert_eq!(
        (ticket.resolved_at, ticket.closed_at),
        (Some(at("2026-03-02 12:00")), Some(at("2026-03-03 09:00")))
    );
    assert_eq!(ticket.updated_at, at("2026-03-03 09:00"));
    assert_eq!(brought.draft.happenings.len(), 1);
    // Three hours of office time, one of which it waited.
    assert_eq!(told(&brought).figures.working_seconds, Some(2 * 3600));
    assert_eq!(told(&brought).steps.len(), 8);
}

#[test]
fn what_the_life_cycle_forbids_is_done_all_the_same_and_marked() {
    let brought = bring(past(vec![
        step(Kind::Assigned, "2026-03-02 09:00", ""),
        step(Kind::Closed, "2026-03-02 10:00", ""),
        step(Kind::Waiting, "2026-03-02 11:00", ""),
        step(Kind::Assigned, "2026-03-02 12:00", "two"),
        step(Kind::Noted, "2026-03-02 12:30", "three"),
        step(Kind::Resolved, "2026-03-02 13:00", ""),
        step(Kind::Assigned, "2026-03-02 14:00", "four"),
    ]));
    let ticket = &brought.draft.ticket;
    assert_eq!(
        (ticket.state, ticket.team_key.as_str(), ticket.reassignment_count),
        (State::Resolved, "four", 2)
    );
    // Closed while new, waiting while closed, something unknown, handed over once solved.
    assert_eq!(brought.marked, 4);
    let marks = brought.draft.entries.iter().filter(|entry| entry.details.contains_key("imported"));
    assert_eq!(
        marks.map(|entry| entry.kind.name()).collect::<Vec<_>>(),
        ["CLOSED", "WAITING", "NOTED", "HANDED_OVER"]
    );
    assert_eq!(ticket.closed_at, None);
    let steps = told(&brought).steps;
    assert_eq!(steps.len(), 6);
    assert_eq!((steps[0].team_key.as_str(), steps[3].from_team_key.as_str()), ("", ""));
}

#[test]
fn a_wait_that_goes_through_a_hand_over_is_one_wait() {
    let brought = bring(past(vec![
        step(Kind::Assigned, "2026-03-02 09:00", "one"),
        step(Kind::Started, "2026-03-02 09:10", ""),
        step(Kind::Waiting, "2026-03-02 10:00", ""),
        step(Kind::Assigned, "2026-03-02 11:00", "two"),
        step(Kind::Waiting, "2026-03-02 11:00", ""),
        step(Kind::Resumed, "2026-03-02 12:00", ""),
    ]));
    let ticket = &brought.draft.ticket;
    assert_eq!((ticket.wait_count, ticket.customer_wait_count, ticket.waits.len()), (1, 1, 1));
    assert_eq!(
        (ticket.waits[0].from, ticket.waits[0].to),
        (at("2026-03-02 10:00"), Some(at("2026-03-02 12:00")))
    );
    assert_eq!((ticket.state, brought.marked), (State::InProgress, 1));
}

#[test]
fn the_times_of_the_record_win_over_those_of_its_steps() {
    let history = vec![
        step(Kind::Assigned, "2026-03-02 09:00", "one"),
        step(Kind::Resolved, "2026-03-02 11:00", ""),
        step(Kind::Closed, "2026-03-04 11:00", ""),
    ];
    let given = Past {
        resolved_at: Some(at("2026-03-02 10:30")),
        closed_at: Some(at("2026-03-04 12:00")),
        team_key: "two".into(),
        ..past(history)
    };
    let brought = bring(given);
    let ticket = &brought.draft.ticket;
    assert_eq!(
        (ticket.resolved_at, ticket.closed_at),
        (Some(at("2026-03-02 10:30")), Some(at("2026-03-04 12:00")))
    );
    assert_eq!((ticket.team_key.as_str(), ticket.reassignment_count), ("two", 0));
    let solved = &told(&brought).steps[1];
    assert_eq!((solved.kind, solved.at), (Kind::Resolved, at("2026-03-02 10:30")));
}

#[test]
fn a_solution_without_a_step_of_its_own_comes_before_the_end() {
    let history =
        vec![step(Kind::Assigned, "2026-03-02 09:00", "one"), step(Kind::Closed, "2026-03-04 11:00", "")];
    let brought = bring(Past { resolved_at: Some(at("2026-03-03 10:00")), ..past(history) });
    assert_eq!(kinds(&brought), ["CREATED", "ASSIGNED", "RESOLVED", "CLOSED", "IMPORTED"]);
    assert_eq!((brought.marked, brought.draft.ticket.state), (0, State::Closed));
}

#[test]
fn the_clocks_of_an_open_ticket_count_from_its_start_without_its_waits() {
    let open = |history| bring(past(history)).draft.ticket;
    let due = |history| open(history).clock(Which::Resolution).expect("it is promised").due_at;
    let assigned = || step(Kind::Assigned, "2026-03-02 09:00", "one");
    let plain = due(vec![assigned()]);
    let waited = due(vec![
        assigned(),
        step(Kind::Started, "2026-03-02 09:30", ""),
        step(Kind::Waiting, "2026-03-02 10:00", ""),
        step(Kind::Resumed, "2026-03-02 10:30", ""),
    ]);
    assert_eq!(waited - plain, TimeDelta::minutes(30));
    let reopened = open(vec![
        assigned(),
        step(Kind::Resolved, "2026-03-02 10:00", ""),
        step(Kind::Reopened, "2026-03-05 10:00", ""),
    ]);
    let clock = reopened.clock(Which::Resolution).expect("it is promised");
    assert_eq!(clock.started_at, at("2026-03-05 10:00"));
    // It was answered there: no promise of a first answer is left.
    assert!(reopened.clock(Which::Response).is_none());
}

#[test]
fn a_solved_ticket_that_nobody_closed_stays_solved_and_is_promised_nothing() {
    let brought = bring(past(vec![step(Kind::Resolved, "2026-03-02 10:00", "")]));
    assert_eq!(brought.draft.ticket.state, State::Resolved);
    assert!(brought.draft.ticket.resolution_clock.is_none());
    assert_eq!(brought.draft.happenings.len(), 1);
}

#[test]
fn a_reason_that_is_none_is_named() {
    let wrong = Step { reason: "LUNCH".into(), ..step(Kind::Waiting, "2026-03-02 10:00", "") };
    let who = Who::default();
    let refused =
        bring_in(past(vec![wrong]), &CATALOGUE, &RULES, Uuid::from_u128(7), at("2026-03-06 09:00"), who);
    assert!(refused.err().expect("is refused").to_string().contains("history[0].reason"));
}

fn any_step() -> impl Strategy<Value = Step> {
    let kind = (1..=9_i32).prop_map(|kind| Kind::try_from(kind).expect("a kind"));
    (kind, 0..5000_i64, 0..3_usize, 0..3_usize).prop_map(|(kind, minute, team, reason)| Step {
        kind,
        at: at("2026-03-02 09:00") + TimeDelta::minutes(minute),
        team_key: ["", "one", "two"][team].into(),
        assignee: String::new(),
        reason: super::REASONS[reason].into(),
        note: String::new(),
    })
}

proptest! {
    #[test]
    fn whatever_happened_there_is_kept_and_counted(
        steps in prop::collection::vec(any_step(), 1..30),
    ) {
        let count = |kind| steps.iter().filter(|step| step.kind == kind).count();
        let brought = bring(past(steps.clone()));
        let ticket = &brought.draft.ticket;
        prop_assert_eq!(usize::try_from(ticket.reassignment_count).unwrap(), count(Kind::Assigned).saturating_sub(1));
        prop_assert_eq!(usize::try_from(ticket.reopen_count).unwrap(), count(Kind::Reopened));
        prop_assert!(usize::try_from(brought.marked).unwrap() >= count(Kind::Noted));
        let marks = brought.draft.entries.iter().filter(|entry| entry.details.contains_key("imported")).count();
        prop_assert_eq!(usize::try_from(brought.marked).unwrap(), marks);
        let told = told(&brought).steps;
        prop_assert!(told.is_sorted_by_key(|told| told.at));
        prop_assert!(told.len() + count(Kind::Noted) <= steps.len());
        for (wait, next) in ticket.waits.iter().zip(ticket.waits.iter().skip(1)) {
            prop_assert!(wait.to.is_some_and(|to| wait.from <= to && to <= next.from));
        }
        prop_assert_eq!(ticket.waiting_for().is_empty(), ticket.state != State::Waiting);
    }
}
