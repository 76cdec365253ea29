//! The policy over nights, weekends and holidays; tries keep their distance.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use hotline_calendar::{Calendar, Calendars};
use hotline_proto::callbacks::v1::{AttemptOutcome, CallbackKind, CallbackState};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::{Answer, Attempt, Policy, Report, Settlement, Ticket, Verdict};
use crate::Config;

static CALENDARS: LazyLock<Calendars> =
    LazyLock::new(|| Calendars::shipped().expect("shipped data is valid"));

fn policy() -> Policy {
    Policy::new(&Config::default(), &CALENDARS).expect("the defaults can be used")
}

fn calendar(key: &str) -> &'static Calendar {
    CALENDARS.get(key).expect("shipped")
}

/// An instant of the wall clock in China, `2026-03-02 09:00`.
fn at(text: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a wall time");
    calendar("callback").zone().from_local_datetime(&local).single().expect("no clock change").to_utc()
}

fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&calendar("callback").zone()).format("%Y-%m-%d %H:%M").to_string()
}

fn ticket(ticket_type: TicketType, category_code: &str) -> Ticket {
    Ticket {
        id: Uuid::nil(),
        number: "2603020010".into(),
        ticket_type,
        category_code: category_code.into(),
        team_key: "on-site-east".into(),
        solved_by: "branch".into(),
        priority: Priority::Medium,
        channel: Channel::Phone,
        resolution: "已修复".into(),
        solved: true,
    }
}

fn report(outcome: AttemptOutcome) -> Report {
    Report { outcome, answer: Answer::default(), reasons: vec![], comment: String::new(), next_at: None }
}

fn missed_at(times: &[DateTime<Utc>]) -> Vec<Attempt> {
    let mut tries: Vec<Attempt> = Vec::new();
    for time in times {
        let attempt = report(AttemptOutcome::NoAnswer).attempt(&tries, "callback", *time);
        tries.push(attempt);
    }
    tries
}

/// What follows from the last of these misses.
fn after_misses(times: &[DateTime<Utc>]) -> Verdict {
    let tries = missed_at(times);
    let (last, before) = tries.split_last().expect("at least one");
    policy().judge(before, &report(AttemptOutcome::NoAnswer), last).expect("a verdict")
}

#[test]
fn a_callback_opens_two_hours_after_the_solution_in_allowed_hours_and_is_due_on_the_next_working_day() {
    for (resolved, opens, due) in [
        // A Monday morning, evening, night.
        ("2026-03-02 09:45", "2026-03-02 11:45", "2026-03-03 18:00"),
        ("2026-03-02 17:59", "2026-03-02 19:59", "2026-03-03 18:00"),
        ("2026-03-02 18:00", "2026-03-03 09:00", "2026-03-03 18:00"),
        ("2026-03-02 23:30", "2026-03-03 09:00", "2026-03-03 18:00"),
        ("2026-03-03 03:00", "2026-03-03 09:00", "2026-03-04 18:00"),
        // A Friday, a Saturday: opened at the weekend, due on Monday.
        ("2026-03-06 16:00", "2026-03-06 18:00", "2026-03-09 18:00"),
        ("2026-03-07 22:00", "2026-03-08 09:00", "2026-03-09 18:00"),
        // A make-up Saturday, the last working day before the Spring Festival, and a day within it.
        ("2026-02-14 17:00", "2026-02-14 19:00", "2026-02-24 18:00"),
        ("2026-02-17 12:00", "2026-02-17 14:00", "2026-02-24 18:00"),
        // The day before the make-up Saturday that follows it.
        ("2026-02-27 15:00", "2026-02-27 17:00", "2026-02-28 18:00"),
        // Into a year that nobody has announced: every date counts.
        ("2026-12-31 15:00", "2026-12-31 17:00", "2027-01-01 20:00"),
    ] {
        let opens_at = policy().opens_at(at(resolved)).expect("a time");
        let due_at = policy().due_at(at(resolved), opens_at).expect("a time");
        assert_eq!((shown(opens_at).as_str(), shown(due_at).as_str()), (opens, due), "solved {resolved}");
    }
}

#[test]
fn each_kind_of_ticket_is_called_back_for_its_own_reason_or_not_at_all() {
    use CallbackKind::{Complaint, KeyAccount, Repair, ValueAdded};
    for (ticket_type, category, key_account, expected) in [
        (TicketType::Complaint, "complaint.service", false, Some(Complaint)),
        (TicketType::Complaint, "complaint.service", true, Some(Complaint)),
        (TicketType::Fault, "repair.private", false, Some(Repair)),
        (TicketType::Fault, "repair.private", true, Some(KeyAccount)),
        (TicketType::ServiceRequest, "housekeeping.glass", false, Some(ValueAdded)),
        (TicketType::ServiceRequest, "value-added.agency", false, Some(ValueAdded)),
        (TicketType::ServiceRequest, "value-addedness", false, None),
        (TicketType::ServiceRequest, "information.customer", false, None),
        (TicketType::Consultation, "consult.living", false, None),
        (TicketType::Consultation, "consult.living", true, Some(KeyAccount)),
        (TicketType::Other, "", false, None),
    ] {
        let kind = policy().kind(&ticket(ticket_type, category), key_account);
        assert_eq!(kind, expected, "{ticket_type:?} {category} {key_account}");
    }
}

#[test]
fn a_customer_who_was_missed_is_tried_on_another_half_day_three_times_in_all() {
    for (tries, next) in [
        (&["2026-03-02 09:10"][..], Some("2026-03-02 13:00")),
        (&["2026-03-02 11:30"], Some("2026-03-02 13:30")),
        (&["2026-03-02 13:05"], Some("2026-03-03 09:00")),
        (&["2026-03-02 19:50"], Some("2026-03-03 09:00")),
        (&["2026-03-02 09:10", "2026-03-02 13:00"], Some("2026-03-03 09:00")),
        // The weekend and holidays are no working days, but allowed.
        (&["2026-03-06 15:00"], Some("2026-03-07 09:00")),
        (&["2026-02-14 15:00", "2026-02-15 09:00"], Some("2026-02-15 13:00")),
        // The third try was the last.
        (&["2026-03-02 09:10", "2026-03-02 13:00", "2026-03-03 09:00"], None),
        // Made so late that the fourth working day would begin.
        (&["2026-03-02 19:00", "2026-03-04 19:00"], None),
    ] {
        let times: Vec<_> = tries.iter().map(|time| at(time)).collect();
        let verdict = after_misses(&times);
        match (verdict, next) {
            (Verdict::Again(at), Some(next)) => assert_eq!(shown(at), next, "{tries:?}"),
            (Verdict::Done { state, reason, settlement }, None) => assert_eq!(
                (state, reason, settlement),
                (CallbackState::Unreachable, "UNREACHABLE", Settlement::Unanswered)
            ),
            (verdict, _) => panic!("{tries:?}: {verdict:?}"),
        }
    }
}

#[test]
fn each_outcome_ends_the_callback_its_own_way() {
    let now = at("2026-03-02 10:00");
    let said = |satisfied| Report {
        answer: Answer { satisfied: Some(satisfied), score: Some(3) },
        ..report(AttemptOutcome::Reached)
    };
    for (report, expected) in [
        (said(true), (CallbackState::Completed, "", Settlement::Satisfied)),
        (said(false), (CallbackState::Completed, "", Settlement::Unsatisfied)),
        (report(AttemptOutcome::Refused), (CallbackState::Completed, "REFUSED", Settlement::Unanswered)),
        (
            report(AttemptOutcome::WrongNumber),
            (CallbackState::Unreachable, "WRONG_NUMBER", Settlement::Unanswered),
        ),
    ] {
        let attempt = report.attempt(&[], "callback", now);
        let (state, reason, settlement) = expected;
        let verdict = policy().judge(&[], &report, &attempt).expect("a verdict");
        assert_eq!(verdict, Verdict::Done { state, reason, settlement });
    }
}

#[test]
fn a_report_says_what_its_outcome_needs_and_nothing_it_can_not_have() {
    let now = at("2026-03-02 10:00");
    let satisfied = Answer { satisfied: Some(true), score: None };
    let scored = Answer { satisfied: None, score: Some(5) };
    for (field, report) in [
        ("satisfied", report(AttemptOutcome::Reached)),
        ("satisfied", Report { answer: satisfied, ..report(AttemptOutcome::Busy) }),
        ("score", Report { answer: scored, ..report(AttemptOutcome::Refused) }),
        ("nextAt", report(AttemptOutcome::Postponed)),
        ("nextAt", Report { next_at: Some(now), ..report(AttemptOutcome::Postponed) }),
        ("nextAt", Report { next_at: Some(at("2026-03-09 10:00")), ..report(AttemptOutcome::Postponed) }),
    ] {
        let attempt = report.attempt(&[], "callback", now);
        let refusal = policy().judge(&[], &report, &attempt).expect_err("it is incomplete");
        assert!(refusal.to_string().contains(&format!("`{field}`")), "{refusal}");
    }
}

#[test]
fn a_customer_who_asks_for_another_time_gets_it_or_the_next_allowed_one_and_is_then_tried_anew() {
    let now = at("2026-03-02 10:00");
    for (wanted, given) in [
        ("2026-03-02 15:00", "2026-03-02 15:00"),
        ("2026-03-02 22:00", "2026-03-03 09:00"),
        ("2026-03-04 19:59", "2026-03-04 19:59"),
    ] {
        let postponed = Report { next_at: Some(at(wanted)), ..report(AttemptOutcome::Postponed) };
        let attempt = postponed.attempt(&[], "callback", now);
        let verdict = policy().judge(&[], &postponed, &attempt).expect("a verdict");
        assert_eq!(verdict, Verdict::Again(at(given)), "{wanted}");
    }
    let mut tries = missed_at(&[at("2026-02-26 10:00"), at("2026-02-26 15:00")]);
    let postponed = report(AttemptOutcome::Postponed).attempt(&tries, "callback", now);
    tries.push(postponed);
    let miss = report(AttemptOutcome::Busy);
    let attempt = miss.attempt(&tries, "callback", at("2026-03-02 15:00"));
    let verdict = policy().judge(&tries, &miss, &attempt).expect("a verdict");
    assert_eq!(verdict, Verdict::Again(at("2026-03-03 09:00")));
}

#[test]
fn a_setting_that_can_not_be_used_is_named() {
    let mut config = Config { calendar: "night".into(), ..Config::default() };
    assert!(Policy::new(&config, &CALENDARS).expect_err("no such calendar").to_string().contains("night"));
    config = Config::default();
    config.kinds[0].kind = "COMPLAINT".into();
    assert!(Policy::new(&config, &CALENDARS).expect_err("no such kind").to_string().contains("`COMPLAINT`"));
}

proptest! {
    /// However late after its time each try is made, in allowed hours as claims are.
    #[test]
    fn tries_keep_their_distance_and_are_never_at_night(
        minute in 0_i64..527_040,
        lateness in proptest::collection::vec(0_i64..2_880, 3),
    ) {
        let (allowed, office) = (calendar("callback"), calendar("office"));
        let open = |at| allowed.next_open(at).expect("an opening");
        let mut tries = vec![open(at("2025-12-15 00:00") + TimeDelta::minutes(minute))];
        for late in lateness {
            match after_misses(&tries) {
                Verdict::Again(next) => {
                    prop_assert_eq!(open(next), next, "planned in allowed hours");
                    let first = office.local_date(tries[0]);
                    if let Ok(between) = office.working_days_between(first, office.local_date(next)) {
                        prop_assert!(between + u32::from(office.is_working_day(first).expect("known")) <= 3);
                    }
                    tries.push(open(next + TimeDelta::minutes(late)));
                }
                Verdict::Done { .. } => break,
            }
        }
        prop_assert!((1..=3).contains(&tries.len()));
        let half_days: std::collections::BTreeSet<_> = tries.iter().map(|at| {
            let local = at.with_timezone(&allowed.zone());
            (local.date_naive(), local.hour() >= 13)
        }).collect();
        prop_assert_eq!(half_days.len(), tries.len(), "each on a half-day of its own");
        for pair in tries.windows(2) {
            prop_assert!(pair[1] - pair[0] >= TimeDelta::hours(2), "{pair:?}");
        }
    }

    #[test]
    fn a_callback_opens_in_allowed_hours_no_sooner_than_two_hours_after_and_is_not_due_before(
        minute in 0_i64..527_040,
    ) {
        let resolved = at("2025-12-15 00:00") + TimeDelta::minutes(minute);
        let opens = policy().opens_at(resolved).expect("a time");
        let due = policy().due_at(resolved, opens).expect("a time");
        prop_assert!(opens - resolved >= TimeDelta::hours(2) && due >= opens);
        prop_assert!(calendar("callback").is_open(opens).expect("known"));
    }
}
