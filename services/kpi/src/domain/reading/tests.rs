//! Facts of single events.

use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    CallbackCompleted, Envelope, InteractionEnded, SlaFulfilled, TicketAssigned, TicketCreated,
    TicketImported, TicketReopened, TicketResolved, TicketSnapshot,
};
use hotline_proto::{descriptors, events::road};

use super::super::examples::{at, envelope, ticket};
use super::super::fact::Fact;
use super::{READERS, Unreadable, facts};

const NOW: &str = "2026-03-02T01:45:00Z";

fn told<E: prost::Message + prost::Name>(event: &E) -> Vec<Fact> {
    facts(&envelope(1, NOW, event)).expect("readable")
}

/// Returns what a fact measures, when, for which team and agent, how often and how much.
fn short(fact: &Fact) -> (&str, String, &str, &str, i64, Option<i64>) {
    let at = fact.at.format("%F %R").to_string();
    (fact.measure.code(), at, &fact.dims.team, &fact.dims.agent, fact.times, fact.amount)
}

#[test]
fn every_event_for_kpi_is_read() {
    let mut unread: Vec<String> = descriptors()
        .all_messages()
        .map(|message| message.full_name().to_owned())
        .filter(|name| road(name).is_some_and(|road| road.consumers.iter().any(|consumer| consumer == "kpi")))
        .filter(|name| !READERS.contains_key(name))
        .collect();
    unread.sort();
    assert_eq!(unread, Vec::<String>::new());
}

#[test]
fn an_event_that_is_not_understood_is_an_error() {
    let unknown = Envelope { name: "hotline.events.v9.Unheard".into(), ..Envelope::default() };
    assert!(matches!(facts(&unknown), Err(Unreadable::Unknown(_))));
    let broken = Envelope { payload: vec![0xff], ..envelope(1, NOW, &TicketCreated::default()) };
    assert!(matches!(facts(&broken), Err(Unreadable::Payload(..))));
}

#[test]
fn a_registered_ticket_counts_for_who_registered_it() {
    let created = told(&TicketCreated { ticket: Some(ticket()) });
    let short: Vec<_> = created.iter().map(short).collect();
    let registered = "2026-03-02 01:00".to_owned();
    assert_eq!(
        short,
        [
            ("created", registered.clone(), "", "agent", 1, None),
            ("completeness", registered, "", "agent", 1, Some(7_500)),
        ]
    );
}

#[test]
fn a_solution_counts_for_who_solved_and_the_first_one_also_for_the_registration() {
    let solved = |reopen_count| TicketResolved {
        ticket: Some(TicketSnapshot { team_key: "net".into(), reopen_count, ..ticket() }),
        solved_by: "engineer".into(),
        elapsed_seconds: 2_700,
        working_seconds: 1_200,
        ..TicketResolved::default()
    };
    let first = told(&solved(0));
    let now = "2026-03-02 01:45".to_owned();
    assert_eq!(
        first.iter().map(short).collect::<Vec<_>>(),
        [
            ("resolved", now.clone(), "net", "engineer", 1, Some(2_700)),
            ("resolved_working", now.clone(), "net", "engineer", 1, Some(1_200)),
            ("replied", now.clone(), "net", "engineer", 1, Some(2_700)),
            ("cohort_solved", "2026-03-02 01:00".into(), "", "agent", 1, None),
        ]
    );
    let again = told(&solved(1));
    let measures: Vec<_> = again.iter().map(|fact| fact.measure.code()).collect();
    assert_eq!(measures, ["resolved", "resolved_working"]);
    let reopened = told(&TicketReopened {
        ticket: solved(1).ticket,
        solved_by: "engineer".into(),
        ..Default::default()
    });
    assert_eq!(
        reopened.iter().map(short).collect::<Vec<_>>(),
        [("reopened", now, "net", "engineer", 1, None)]
    );
}

#[test]
fn only_another_team_is_a_reassignment() {
    let measures = |from: &str| {
        let event = TicketAssigned {
            ticket: Some(TicketSnapshot { team_key: "net".into(), ..ticket() }),
            from_team_key: from.into(),
        };
        told(&event).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
    };
    assert_eq!(measures(""), ["assigned"]);
    assert_eq!(measures("net"), ["assigned"]);
    assert_eq!(measures("first-line"), ["assigned", "reassigned"]);
}

#[test]
fn an_imported_ticket_counts_at_its_original_times() {
    let event = TicketImported {
        ticket: Some(TicketSnapshot {
            state: TicketState::Closed.into(),
            team_key: "net".into(),
            assignee: "engineer".into(),
            created_at: Some(at("2016-03-01T00:00:00Z")),
            resolved_at: Some(at("2016-03-03T00:00:00Z")),
            closed_at: Some(at("2016-03-08T00:00:00Z")),
            reopen_count: 3,
            ..ticket()
        }),
        reply_working_days: Some(2),
        working_seconds: Some(57_600),
        ..TicketImported::default()
    };
    let (opened, solved) = ("2016-03-01 00:00".to_owned(), "2016-03-03 00:00".to_owned());
    assert_eq!(
        told(&event).iter().map(short).collect::<Vec<_>>(),
        [
            ("created", opened.clone(), "net", "agent", 1, None),
            ("imported", "2026-03-02 01:45".into(), "net", "engineer", 1, None),
            ("resolved", solved.clone(), "net", "engineer", 1, Some(172_800)),
            ("replied", solved.clone(), "net", "engineer", 1, Some(172_800)),
            ("cohort_solved", opened, "net", "agent", 1, None),
            ("resolved_working", solved.clone(), "net", "engineer", 1, Some(57_600)),
            ("replied_working_days", solved.clone(), "net", "engineer", 1, Some(2)),
            ("closed", "2016-03-08 00:00".into(), "net", "engineer", 1, None),
            ("reopened", solved, "net", "engineer", 3, None),
        ]
    );
}

#[test]
fn a_clock_that_ended_is_met_or_not() {
    let measures = |clock: &str, met| {
        let event =
            SlaFulfilled { ticket: Some(ticket()), clock: clock.into(), met, ..SlaFulfilled::default() };
        told(&event).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
    };
    assert_eq!(measures("RESPONSE", true), ["response", "response_met"]);
    assert_eq!(measures("RESOLUTION", false), ["resolution"]);
}

#[test]
fn a_callback_counts_for_who_called_and_its_answer_for_who_solved() {
    let event = CallbackCompleted {
        agent: "callback".into(),
        solved_by: "engineer".into(),
        reached: true,
        satisfied: Some(false),
        score: Some(2),
        ..CallbackCompleted::default()
    };
    let told = told(&event);
    let short: Vec<_> =
        told.iter().map(|fact| (fact.measure.code(), &*fact.dims.agent, fact.amount)).collect();
    assert_eq!(
        short,
        [
            ("callback_completed", "callback", None),
            ("callback_reached", "callback", None),
            ("survey_asked", "engineer", None),
            ("survey_answered", "engineer", None),
            ("survey_scored", "engineer", Some(2)),
        ]
    );
}

#[test]
fn a_contact_that_ends_before_it_began_lasted_no_time() {
    let event = InteractionEnded {
        started_at: Some(at("2026-03-02T01:10:00Z")),
        ended_at: Some(at("2026-03-02T01:09:59Z")),
        ..InteractionEnded::default()
    };
    assert_eq!(told(&event)[0].amount, Some(0));
}
