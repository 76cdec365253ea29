//! Facts of single events.

use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    CallbackCompleted, Envelope, InteractionEnded, PastStep, RemoteSessionChanged, RemoteSessionEnded,
    RemoteSessionSnapshot, RemoteSessionStarted, SlaFulfilled, TicketAssigned, TicketContacted,
    TicketCreated, TicketExtended, TicketImported, TicketReopened, TicketResolved, TicketSnapshot,
    TicketWaiting,
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
        [
            ("reopened", now.clone(), "net", "engineer", 1, None),
            ("reopened_ticket", now, "net", "engineer", 1, None)
        ]
    );
}

#[test]
fn only_another_team_is_a_reassignment_and_the_first_one_also_counts_the_ticket() {
    let measures = |from: &str, reassignment_count| {
        let event = TicketAssigned {
            ticket: Some(TicketSnapshot { team_key: "net".into(), reassignment_count, ..ticket() }),
            from_team_key: from.into(),
        };
        told(&event).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
    };
    assert_eq!(measures("", 0), ["assigned"]);
    assert_eq!(measures("net", 0), ["assigned"]);
    assert_eq!(measures("first-line", 1), ["assigned", "reassigned", "reassigned_ticket"]);
    assert_eq!(measures("first-line", 2), ["assigned", "reassigned"]);
}

#[test]
fn a_ticket_counts_at_its_first_wait_and_at_its_first_one_for_the_customer() {
    let measures = |reason: &str, wait_count, customer_wait_count| {
        let ticket = TicketSnapshot { wait_count, customer_wait_count, ..ticket() };
        let event = TicketWaiting { ticket: Some(ticket), reason: reason.into() };
        told(&event).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
    };
    assert_eq!(measures("THIRD_PARTY", 1, 0), ["waited", "waited_ticket"]);
    assert_eq!(measures("CUSTOMER", 2, 1), ["waited", "waited_customer_ticket"]);
    assert_eq!(measures("THIRD_PARTY", 3, 1), ["waited"]);
    assert_eq!(measures("CUSTOMER", 4, 2), ["waited"]);
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
            ("reopened", solved.clone(), "net", "engineer", 3, None),
            ("reopened_ticket", solved, "net", "engineer", 1, None),
        ]
    );
}

fn step(kind: &str, day: u32, team: &str) -> PastStep {
    PastStep {
        kind: kind.into(),
        at: Some(at(&format!("2016-03-{day:02}T00:00:00Z"))),
        team_key: team.into(),
        ..PastStep::default()
    }
}

fn with_past(past: Vec<PastStep>) -> TicketImported {
    TicketImported {
        ticket: Some(TicketSnapshot {
            state: TicketState::Closed.into(),
            team_key: "net".into(),
            created_at: Some(at("2016-03-01T00:00:00Z")),
            resolved_at: Some(at("2016-03-20T00:00:00Z")),
            closed_at: Some(at("2016-03-28T00:00:00Z")),
            reopen_count: 1,
            ..ticket()
        }),
        past,
        ..TicketImported::default()
    }
}

/// Returns what is counted of an imported ticket's past, by day and team.
fn counted(event: &TicketImported) -> Vec<(&'static str, String, String)> {
    let always = ["created", "imported", "resolved", "replied", "cohort_solved"];
    let facts = told(event).into_iter().filter(|fact| !always.contains(&fact.measure.code()));
    facts.map(|fact| (fact.measure.code(), fact.at.format("%d").to_string(), fact.dims.team)).collect()
}

#[test]
fn the_past_of_an_imported_ticket_counts_step_by_step() {
    let waiting = |day, reason: &str| PastStep { reason: reason.into(), ..step("WAITING", day, "b") };
    let past = vec![
        step("ASSIGNED", 1, "a"),
        step("STARTED", 2, "a"),
        PastStep { from_team_key: "a".into(), ..step("ASSIGNED", 3, "b") },
        step("ASSIGNED", 4, "b"),
        waiting(5, "THIRD_PARTY"),
        step("RESUMED", 6, "b"),
        waiting(7, "CUSTOMER"),
        step("RESOLVED", 8, "b"),
        step("REOPENED", 9, "b"),
        step("NOTED", 10, "b"),
        step("RESOLVED", 20, "b"),
        step("CLOSED", 28, "b"),
    ];
    let expected = [
        ("assigned", "01", "a"),
        ("started", "02", "a"),
        ("assigned", "03", "b"),
        ("reassigned", "03", "b"),
        ("reassigned_ticket", "03", "b"),
        ("assigned", "04", "b"),
        ("reassigned", "04", "b"),
        ("waited", "05", "b"),
        ("waited_ticket", "05", "b"),
        ("resumed", "06", "b"),
        ("waited", "07", "b"),
        ("waited_customer_ticket", "07", "b"),
        ("reopened", "09", "b"),
        ("reopened_ticket", "09", "b"),
        ("closed", "28", "b"),
    ];
    let expected = expected.map(|(measure, day, team)| (measure, day.to_owned(), team.to_owned()));
    assert_eq!(counted(&with_past(past)), expected);
}

#[test]
fn an_end_that_the_past_does_not_tell_counts_by_the_ticket() {
    let counted = counted(&with_past(vec![step("REOPENED", 9, "b")]));
    let measures: Vec<_> = counted.iter().map(|(measure, day, _)| (*measure, day.as_str())).collect();
    assert_eq!(measures, [("closed", "28"), ("reopened", "09"), ("reopened_ticket", "09")]);
}

#[test]
fn the_promise_of_the_other_system_counts_at_the_solution_or_at_the_end() {
    let promise = |kept, solved: bool, state: TicketState| {
        let mut event = TicketImported { within_target: kept, ..with_past(Vec::new()) };
        let ticket = event.ticket.as_mut().expect("there is one");
        ticket.state = state.into();
        if !solved {
            ticket.resolved_at = None;
        }
        let facts = told(&event).into_iter().filter(|fact| fact.measure.code().starts_with("resolution"));
        facts.map(|fact| (fact.measure.code(), fact.at.format("%d").to_string())).collect::<Vec<_>>()
    };
    let on = |measure, day: &str| (measure, day.to_owned());
    let (kept, closed) = (Some(true), TicketState::Closed);
    assert_eq!(promise(kept, true, closed), [on("resolution", "20"), on("resolution_met", "20")]);
    assert_eq!(promise(Some(false), false, closed), [on("resolution", "28")]);
    assert_eq!(promise(kept, false, TicketState::InProgress), []);
    assert_eq!(promise(None, true, closed), []);
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
    assert_eq!(measures("ANSWER", true), ["answer", "answer_met"]);
    assert_eq!(measures("TOTAL", true), ["total", "total_met"]);
    assert_eq!(measures("UPDATE", false), ["update"]);
}

#[test]
fn an_extension_counts_and_what_was_in_time_only_by_one_is_kept_apart() {
    let extended = TicketExtended { ticket: Some(ticket()), ..TicketExtended::default() };
    assert_eq!(told(&extended).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>(), ["extended"]);
    let measures = |met| {
        let event = SlaFulfilled {
            ticket: Some(ticket()),
            clock: "RESOLUTION".into(),
            met,
            met_by_extension: true,
            ..SlaFulfilled::default()
        };
        told(&event).iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
    };
    assert_eq!(measures(true), ["resolution", "resolution_met", "resolution_met_by_extension"]);
    assert_eq!(measures(false), ["resolution"]);
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

#[test]
fn a_call_past_its_limit_counts_and_so_does_that_nobody_agreed_to_it() {
    let call = |minute: &str, continue_consent| InteractionEnded {
        agent: "agent".into(),
        team_key: "first-line".into(),
        started_at: Some(at("2026-03-02T01:00:00Z")),
        ended_at: Some(at(&format!("2026-03-02T01:{minute}:00Z"))),
        limit_seconds: 480,
        continue_consent,
        ..InteractionEnded::default()
    };
    let codes = |event| -> Vec<&str> { told(&event).iter().map(|fact| fact.measure.code()).collect() };
    assert_eq!(codes(call("07", None)), ["contact", "call"]);
    assert_eq!(codes(call("08", Some(true))), ["contact", "call", "call_overran"]);
    let unconsented = ["contact", "call", "call_overran", "call_overran_unconsented"];
    assert_eq!(codes(call("20", None)), unconsented);
    assert_eq!(codes(call("20", Some(false))), unconsented);
    let mail = InteractionEnded { limit_seconds: 0, ..call("20", None) };
    assert_eq!(codes(mail), ["contact"], "nor does an event of before there was a limit");
    let fact = &told(&call("20", None))[1];
    assert_eq!(
        (fact.dims.team.as_str(), fact.dims.agent.as_str(), fact.amount),
        ("first-line", "agent", Some(1200))
    );
}

#[test]
fn repeat_contacts_and_remote_sessions_are_counted_for_whom_they_concern() {
    let mut called = ticket();
    called.team_key = "second-line-network".into();
    let contacted = TicketContacted { ticket: Some(called), contact_count: 2, ..TicketContacted::default() };
    let [repeat] = &told(&contacted)[..] else { panic!("one fact") };
    assert_eq!((repeat.measure.code(), repeat.dims.team.as_str()), ("repeat_contact", "second-line-network"));
    assert_eq!(repeat.dims.category, "repair.private");
    let session =
        Some(RemoteSessionSnapshot { agent: "engineer".into(), ..RemoteSessionSnapshot::default() });
    let started = RemoteSessionStarted { session: session.clone(), ..RemoteSessionStarted::default() };
    let changed = RemoteSessionChanged { session: session.clone(), ..RemoteSessionChanged::default() };
    let ended = RemoteSessionEnded { session, lasted_seconds: 90, ..RemoteSessionEnded::default() };
    let facts = [told(&started), told(&changed), told(&ended)].concat();
    let short: Vec<_> =
        facts.iter().map(|fact| (fact.measure.code(), &*fact.dims.agent, fact.amount)).collect();
    let expected = [
        ("remote_session", "engineer", None),
        ("remote_change", "engineer", None),
        ("remote_session_ended", "engineer", Some(90)),
    ];
    assert_eq!(short, expected);
}
