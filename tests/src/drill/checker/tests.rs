//! The checker finds each kind of broken promise in a run that is doctored to hold it, and nothing in one that is not.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::prelude::Uuid;

use super::check;
use super::state::{CALLBACK_COMPLETED, TICKET_CLOSED, WORK_COMPLETED, WORK_LEASED};
use crate::drill::history::{Act, Entry, Lease, Outcome};
use crate::drill::snapshot::{Assignment, Callback, Interaction, Snapshot, Ticket};

const CALL: Uuid = Uuid::from_u128(1);
const TICKET: Uuid = Uuid::from_u128(2);
const WORK: Uuid = Uuid::from_u128(3);
const CALLBACK: Uuid = Uuid::from_u128(4);
const SPARE: Uuid = Uuid::from_u128(5);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn entry(second: i64, who: &str, act: Act) -> Entry {
    let key = format!("{who} {second}");
    let (sent_at, ended_at) = (at(second), at(second + 1));
    Entry { act, who: who.into(), key, sent_at, ended_at, tries: 1, outcome: Outcome::Acknowledged }
}

fn lease(epoch: i64) -> Lease {
    Lease { assignment: WORK.to_string(), ticket: TICKET.to_string(), epoch }
}

fn claim(epoch: i64, until: i64) -> Act {
    let Lease { assignment, ticket, .. } = lease(epoch);
    Act::Claim { assignment, ticket, epoch, until: at(until) }
}

/// One ticket's way: forgotten by its first holder, solved by the second.
fn history() -> Vec<Entry> {
    let (phone, interaction) = ("13900000001".to_owned(), CALL.to_string());
    let (callback, ticket) = (CALLBACK.to_string(), TICKET.to_string());
    let asked = Act::ClaimCallback { callback: callback.clone(), ticket: ticket.clone(), until: at(60) };
    vec![
        entry(1, "agent", Act::StartInteraction { phone, interaction: interaction.clone() }),
        entry(
            3,
            "agent",
            Act::CreateTicket { subject: "one".into(), ticket: ticket.clone(), worked_on: true },
        ),
        entry(5, "agent", Act::EndInteraction { interaction }),
        entry(6, "first", claim(1, 12)),
        entry(13, "second", claim(2, 20)),
        entry(15, "second", Act::Accept(lease(2))),
        entry(30, "second", Act::Complete(lease(2))),
        entry(40, "caller", asked),
        entry(42, "caller", Act::Answer { callback, ticket, satisfied: true }),
    ]
}

fn snapshot() -> Snapshot {
    let told = ["CREATED", "RESOLVED", "CLOSED"].map(|kind| ((TICKET, kind.to_owned()), 1));
    let spare = Ticket { id: SPARE, subject: "earlier".into(), state: 1, reopen_count: 0 };
    Snapshot {
        at: at(50),
        interactions: vec![Interaction { id: CALL, phone: "+8613900000001".into(), ended_at: Some(at(6)) }],
        customers: [("+8613900000001".to_owned(), 1)].into(),
        tickets: vec![
            Ticket { id: TICKET, subject: "one".into(), state: TICKET_CLOSED, reopen_count: 0 },
            spare,
        ],
        timeline: told.into(),
        assignments: vec![Assignment {
            id: WORK,
            ticket_id: TICKET,
            team_key: "network".into(),
            state: WORK_COMPLETED,
            epoch: 2,
            lease_expires_at: None,
        }],
        callbacks: vec![Callback {
            id: CALLBACK,
            ticket_id: Some(TICKET),
            state: CALLBACK_COMPLETED,
            satisfied: Some(true),
            overtaken: false,
            lease_expires_at: None,
        }],
        attempts: [(CALLBACK, 1)].into(),
        stuck: Vec::new(),
        queues: vec![("network".into(), 0, 0)],
        figures: [
            ("tickets_created", 2),
            ("tickets_closed", 1),
            ("reopenings", 0),
            ("callbacks_completed", 1),
        ]
        .into(),
    }
}

/// Checks that doctoring breaks this promise.
#[track_caller]
fn finds(rule: &str, doctor: impl FnOnce(&mut Vec<Entry>, &mut Snapshot)) {
    let (mut history, mut snapshot) = (history(), snapshot());
    doctor(&mut history, &mut snapshot);
    let found = check(&history, &[], &snapshot);
    assert!(found.iter().any(|finding| finding.rule == rule), "`{rule}` not among {found:?}");
}

#[test]
fn a_good_run_has_nothing_to_find() {
    assert_eq!(check(&history(), &[], &snapshot()), []);
}

#[test]
fn what_was_acknowledged_and_is_gone_is_found() {
    const RULE: &str = "nothing acknowledged is missing";
    finds(RULE, |_, now| now.interactions.clear());
    finds(RULE, |_, now| now.interactions[0].ended_at = None);
    finds(RULE, |_, now| drop(now.tickets.remove(0)));
    finds(RULE, |_, now| now.tickets[0].state = TICKET_CLOSED - 1);
    finds(RULE, |_, now| now.assignments[0].state = WORK_LEASED);
    finds(RULE, |_, now| now.assignments[0].epoch = 1);
    finds(RULE, |_, now| now.callbacks[0].satisfied = Some(false));
}

#[test]
fn what_happened_twice_is_found() {
    const RULE: &str = "no effect happens twice";
    finds(RULE, |_, now| now.tickets[1].subject = "one".into());
    finds(RULE, |_, now| now.interactions.push(now.interactions[0].clone()));
    finds(RULE, |_, now| {
        now.customers.insert("+8613900000001".into(), 2);
    });
    finds(RULE, |_, now| {
        now.timeline.insert((TICKET, "RESOLVED".into()), 2);
    });
    finds(RULE, |_, now| now.assignments.push(now.assignments[0].clone()));
    finds(RULE, |_, now| now.callbacks.push(now.callbacks[0].clone()));
    finds(RULE, |_, now| {
        now.attempts.insert(CALLBACK, 2);
    });
    finds(RULE, |history, _| history.push(entry(44, "third", Act::Complete(lease(2)))));
}

#[test]
fn two_holders_at_once_are_found() {
    const RULE: &str = "work has one holder at a time";
    finds(RULE, |history, _| history[3].act = claim(1, 15));
    finds(RULE, |history, _| history.push(entry(25, "third", claim(3, 40))));
    finds(RULE, |history, _| history[3].act = claim(2, 12));
    finds(RULE, |history, _| history.push(entry(40, "other caller", history[7].act.clone())));
}

#[test]
fn what_is_stuck_is_found() {
    finds("no row is stuck", |_, now| now.stuck.push("tickets: event not delivered".into()));
    finds("no row is stuck", |_, now| {
        let lease_expires_at = Some(at(47));
        let id = Uuid::from_u128(9);
        now.assignments.push(Assignment {
            id,
            state: WORK_LEASED,
            lease_expires_at,
            ..now.assignments[0].clone()
        });
    });
    finds("queues equal the database", |_, now| now.queues[0].1 = 1);
    finds("figures equal what they count", |_, now| {
        now.figures.insert("tickets_closed", 2);
    });
}

#[test]
fn two_answers_for_one_key_none_at_all_and_an_unexplained_refusal_are_found() {
    finds("one answer for one key", |history, _| {
        history[1].outcome = Outcome::Contradicted("200 a / 200 b".into());
    });
    finds("an answer in time", |history, _| history[1].outcome = Outcome::Unknown);
    finds("a refusal has a reason", |history, _| {
        history[1].outcome = Outcome::Refused { code: "ETAG_MISMATCH".into(), answer: String::new() };
    });
    let left = [TICKET.to_string()];
    assert_eq!(check(&history(), &left, &snapshot())[0].rule, "no ticket is left behind");
}
