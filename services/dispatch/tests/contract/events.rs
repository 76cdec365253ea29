//! What happens to tickets moves work, once.

use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Priority, TicketState};
use hotline_proto::dispatch::v1::{Assignment, AssignmentState, ListAssignmentsRequest};
use hotline_proto::events::v1::{
    AssignmentCompleted, AssignmentQueued, TicketCancelled, TicketCreated, TicketExtended, TicketHandedOver,
    TicketImported, TicketPromised, TicketReopened, TicketReprioritized, TicketResolved,
};

use tonic::Code;

use crate::harness::calls::{claim, claim_of, in_state, inner, lease_lost, refusal, tickets};
use crate::harness::{
    Desk, OTHER, START, TEAM, admin, desks, engineer, envelope, member, rival, ticket, ticket_id,
};

async fn of_ticket(desk: &Desk, number: u128) -> Vec<Assignment> {
    let mut client = desk.client.clone();
    let request =
        ListAssignmentsRequest { ticket_id: ticket_id(number), ..ListAssignmentsRequest::default() };
    inner(admin().scope(client.list_assignments(request)).await).expect("lists").assignments
}

#[tokio::test]
async fn work_is_listed_by_the_number_of_its_ticket_as_well() {
    for desk in desks().await {
        desk.registered([1, 2]).await;
        let of = async |named: String| {
            let request = ListAssignmentsRequest { ticket_id: named, ..ListAssignmentsRequest::default() };
            inner(admin().scope(desk.client.clone().list_assignments(request)).await)
        };
        let listed = of(ticket(1).number).await.expect("lists").assignments;
        assert_eq!(tickets(&listed), [ticket_id(1).as_str()]);
        assert_eq!(of(ticket(3).number).await.expect_err("names none").code(), Code::InvalidArgument);
    }
}

fn states(work: &[Assignment]) -> Vec<AssignmentState> {
    work.iter().map(Assignment::state).collect()
}

#[tokio::test]
async fn an_event_that_comes_twice_changes_nothing_the_second_time() {
    for desk in desks().await {
        let created = envelope(&TicketCreated { ticket: Some(ticket(1)) }, START);
        desk.deliver(&created).await;
        desk.deliver(&created).await;
        desk.registered([1]).await;
        assert_eq!(of_ticket(&desk, 1).await.len(), 1, "a ticket has one open assignment at most");
        assert_eq!(desk.published::<AssignmentQueued>().await, 1);
        assert_eq!(desk.claims(engineer(), 5).await.len(), 1);
        desk.deliver(&created).await;
        assert!(desk.claims(rival(), 5).await.is_empty());
    }
}

#[tokio::test]
async fn a_ticket_that_is_handed_over_leaves_whoever_has_it() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        let mut handed = ticket(1);
        handed.team_key = OTHER.into();
        desk.happened(&TicketHandedOver { ticket: Some(handed.clone()), note: String::new() }).await;
        assert_eq!(refusal(desk.accept(engineer(), &held).await), lease_lost());
        assert_eq!(states(&of_ticket(&desk, 1).await), [AssignmentState::Queued, AssignmentState::Withdrawn]);
        desk.happened(&TicketHandedOver { ticket: Some(handed), note: String::new() }).await;
        assert_eq!(of_ticket(&desk, 1).await.len(), 2, "it is there already");
        let mut there = claim_of(5, 0);
        there.team_key = OTHER.into();
        let claimed = claim(&desk.client, member("branch", OTHER), there).await.expect("served");
        assert_eq!((tickets(&claimed), claimed[0].rule.as_str()), (vec![ticket_id(1).as_str()], ""));
        assert!(desk.claims(rival(), 5).await.is_empty());
    }
}

#[tokio::test]
async fn a_reopened_ticket_goes_to_the_team_that_solved_it() {
    for desk in desks().await {
        desk.registered([1]).await;
        let first = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &first).await.expect("held");
        desk.complete(engineer(), &first).await.expect("accepted");
        let mut again = ticket(1);
        again.team_key = TEAM.into();
        again.category_code = "consult".into();
        desk.happened(&TicketReopened { ticket: Some(again), ..TicketReopened::default() }).await;
        let second = desk.claims_one(rival()).await;
        assert_ne!(second.id, first.id);
        assert_eq!(refusal(desk.complete(engineer(), &first).await), lease_lost());
        in_state(desk.accept(rival(), &second).await, AssignmentState::Accepted);
    }
}

#[tokio::test]
async fn a_ticket_for_an_unknown_team_goes_where_the_rules_say() {
    for desk in desks().await {
        let mut lost = ticket(1);
        lost.team_key = "no-such-team".into();
        desk.happened(&TicketHandedOver { ticket: Some(lost), note: String::new() }).await;
        assert_eq!(desk.claims_one(engineer()).await.rule, "报修");
    }
}

#[tokio::test]
async fn a_ticket_that_ended_otherwise_takes_its_work_with_it() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let held = desk.claims(engineer(), 2).await;
        desk.accept(engineer(), &held[0]).await.expect("held");
        desk.happened(&TicketCancelled { ticket: Some(ticket(1)), ..TicketCancelled::default() }).await;
        let elsewhere = TicketResolved {
            ticket: Some(ticket(2)),
            solved_by: "agent".into(),
            ..TicketResolved::default()
        };
        desk.happened(&elsewhere).await;
        desk.happened(&TicketCancelled { ticket: Some(ticket(3)), ..TicketCancelled::default() }).await;
        for number in 1..=3 {
            assert_eq!(states(&of_ticket(&desk, number).await), [AssignmentState::Withdrawn]);
        }
        assert_eq!(refusal(desk.complete(engineer(), &held[0]).await), lease_lost());
        assert!(desk.claims(rival(), 5).await.is_empty());
        desk.pass(60).await;
        assert!(desk.claims(rival(), 5).await.is_empty(), "no lease runs on");
    }
}

#[tokio::test]
async fn work_that_its_holder_solved_is_done_even_if_dispatch_was_never_told() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        let solved = TicketResolved {
            ticket: Some(ticket(1)),
            solved_by: "engineer".into(),
            ..TicketResolved::default()
        };
        desk.happened(&solved).await;
        in_state(desk.get(engineer(), &held.id).await, AssignmentState::Completed);
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1);
    }
}

#[tokio::test]
async fn a_raised_priority_moves_waiting_work_up() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let mut raised = ticket(3);
        raised.priority = Priority::Critical.into();
        let event = TicketReprioritized { ticket: Some(raised), from_priority: Priority::Medium.into() };
        desk.happened(&event).await;
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [3, 1, 2].map(ticket_id));
    }
}

#[tokio::test]
async fn a_promised_answer_moves_waiting_work_up() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let mut promised = ticket(3);
        promised.answer_due_at = promised.created_at;
        desk.happened(&TicketPromised { ticket: Some(promised) }).await;
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [3, 1, 2].map(ticket_id));
    }
}

#[tokio::test]
async fn an_extension_moves_waiting_work_back() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let mut extended = ticket(1);
        let due = extended.resolution_due_at.as_mut().expect("it is promised");
        due.seconds += 86_400;
        desk.happened(&TicketExtended { ticket: Some(extended), ..TicketExtended::default() }).await;
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [2, 3, 1].map(ticket_id));
    }
}

#[tokio::test]
async fn a_raised_priority_counts_for_work_that_comes_back() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let held = desk.claims(engineer(), 3).await;
        let mut raised = ticket(3);
        raised.priority = Priority::Critical.into();
        desk.happened(&TicketReprioritized { ticket: Some(raised), ..TicketReprioritized::default() }).await;
        desk.accept(engineer(), &held[1]).await.expect("an event about another ticket takes nothing");
        desk.pass(60).await;
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [3, 1].map(ticket_id));
    }
}

#[tokio::test]
async fn an_imported_ticket_goes_on_with_the_team_that_had_it() {
    for desk in desks().await {
        let mut imported = ticket(1);
        imported.team_key = OTHER.into();
        desk.happened(&TicketImported { ticket: Some(imported), ..TicketImported::default() }).await;
        let [work] = of_ticket(&desk, 1).await.try_into().expect("one");
        assert_eq!((work.team_key.as_str(), work.state()), (OTHER, AssignmentState::Queued));
    }
}

#[tokio::test]
async fn imported_tickets_are_queued_while_open() {
    for desk in desks().await {
        let mut solved = ticket(1);
        solved.state = TicketState::Closed.into();
        desk.happened(&TicketImported { ticket: Some(solved), ..TicketImported::default() }).await;
        desk.happened(&TicketImported { ticket: Some(ticket(2)), ..TicketImported::default() }).await;
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [ticket_id(2)]);
    }
}

#[tokio::test]
async fn work_without_a_target_is_due_a_day_after_it_was_queued() {
    for desk in desks().await {
        let mut open_ended = ticket(1);
        open_ended.resolution_due_at = None;
        desk.happened(&TicketCreated { ticket: Some(open_ended) }).await;
        let work = desk.claims_one(engineer()).await;
        assert_eq!(work.due_at, Some(to_proto(START + chrono::TimeDelta::days(1))));
        assert_eq!(work.ticket.expect("has a brief").resolution_due_at, None);
    }
}

#[tokio::test]
async fn events_about_tickets_nobody_knows_are_harmless() {
    for desk in desks().await {
        desk.happened(&TicketResolved { ticket: Some(ticket(1)), ..TicketResolved::default() }).await;
        desk.happened(&TicketReprioritized { ticket: Some(ticket(1)), ..TicketReprioritized::default() })
            .await;
        assert!(of_ticket(&desk, 1).await.is_empty());
    }
}
