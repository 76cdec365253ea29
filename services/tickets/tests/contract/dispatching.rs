//! Work on tickets: from dispatch to the closed callback.

use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{
    AssignmentQueued, AssignmentReturned, SlaFulfilled, TicketAssigned, TicketClosed, TicketReopened,
    TicketResolved, TicketStarted, TicketVerified,
};
use hotline_proto::tickets::v1::{
    CloseTicketRequest, CompleteTicketRequest, ReleaseTicketRequest, SettleTicketRequest, StartTicketRequest,
    Ticket,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{Desk, assignment, fault, on_each};

const TEAM: &str = "second-line-network";

async fn start(desk: &Desk, ticket: &Ticket, lease: (Uuid, i64), assignee: &str) -> Result<Ticket, Status> {
    let request = StartTicketRequest {
        id: ticket.id.clone(),
        assignee: assignee.into(),
        team_key: TEAM.into(),
        assignment_id: lease.0.to_string(),
        epoch: lease.1,
    };
    desk.ask(|mut client| async move { client.start_ticket(request).await }).await
}

async fn complete(
    desk: &Desk,
    ticket: &Ticket,
    lease: (Uuid, i64),
    assignee: &str,
) -> Result<Ticket, Status> {
    let request = CompleteTicketRequest {
        id: ticket.id.clone(),
        resolution: "更换光猫，网络恢复。".into(),
        article_ids: Vec::new(),
        assignment_id: lease.0.to_string(),
        epoch: lease.1,
        assignee: assignee.into(),
    };
    desk.ask(|mut client| async move { client.complete_ticket(request).await }).await
}

async fn settle(desk: &Desk, ticket: &Ticket, satisfied: bool, callback: Uuid) -> Result<Ticket, Status> {
    let request = SettleTicketRequest {
        id: ticket.id.clone(),
        satisfied,
        unreachable: false,
        comment: "晚上又断了".into(),
        callback_id: callback.to_string(),
    };
    desk.ask(|mut client| async move { client.settle_ticket(request).await }).await
}

#[tokio::test]
async fn from_the_call_to_the_closed_callback() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let (first, second) = (id::new(), id::new());
        let queued =
            |lease| AssignmentQueued { assignment: assignment(&ticket, lease, 0), rule: String::new() };
        let event = id::new().to_string();
        assert!(desk.apply(&event, &queued(first)).await);
        assert!(!desk.apply(&event, &queued(first)).await);
        start(&desk, &ticket, (first, 1), "engineer").await.expect("holds it");
        desk.sweep_at("2026-03-02 09:45").await;
        let solved = complete(&desk, &ticket, (first, 1), "engineer").await.expect("holds it");
        assert_eq!(solved.state(), TicketState::Resolved);
        desk.sweep_at("2026-03-03 09:45").await;
        let callback = id::new();
        let reopened = settle(&desk, &ticket, false, callback).await.expect("is reopened");
        assert_eq!(settle(&desk, &ticket, false, callback).await.expect("the same again"), reopened);
        assert_eq!((reopened.state(), reopened.reopen_count), (TicketState::Assigned, 1));
        assert_eq!((reopened.team_key.as_str(), reopened.assignee.as_str()), (TEAM, ""));
        desk.apply(&id::new().to_string(), &queued(second)).await;
        let late = complete(&desk, &ticket, (first, 1), "engineer").await.expect_err("others have it now");
        assert_eq!((late.code(), reason_of(&late).as_str()), (Code::Aborted, "LEASE_LOST"));
        start(&desk, &ticket, (second, 1), "engineer2").await.expect("holds it");
        complete(&desk, &ticket, (second, 1), "engineer2").await.expect("holds it");
        let closed = settle(&desk, &ticket, true, id::new()).await.expect("is closed");
        assert_eq!(closed.state(), TicketState::Closed);
        let expected = [
            "CREATED", "SLA_SET", "ASSIGNED", "STARTED", "SLA_MET", "RESOLVED", "SLA_MET", "REOPENED",
            "SLA_SET", "STARTED", "RESOLVED", "SLA_MET", "VERIFIED", "CLOSED",
        ];
        assert_eq!(desk.kinds(&ticket.id).await, expected);
        told_in_full(&desk).await;
    })
    .await;
}

/// The journey's events, once each.
async fn told_in_full(desk: &Desk) {
    assert_eq!(desk.events::<TicketAssigned>().await.len(), 1);
    let started = desk.events::<TicketStarted>().await;
    assert_eq!(started.iter().map(|event| event.first_response).collect::<Vec<_>>(), [true, false]);
    let resolved = desk.events::<TicketResolved>().await;
    assert_eq!((resolved.len(), resolved[0].solved_by.as_str()), (2, "engineer"));
    assert_eq!((resolved[0].elapsed_seconds, resolved[0].working_seconds), (2700, 2700));
    assert_eq!(resolved[0].within_target, Some(true));
    let reopened = desk.events::<TicketReopened>().await;
    assert_eq!((reopened.len(), reopened[0].solved_by.as_str()), (1, "engineer"));
    assert_eq!(desk.events::<SlaFulfilled>().await.len(), 3);
    assert_eq!(
        (desk.events::<TicketVerified>().await.len(), desk.events::<TicketClosed>().await.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn an_illegal_move_names_the_legal_ones() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let request = CloseTicketRequest { id: ticket.id.clone(), ..CloseTicketRequest::default() };
        let refused = desk
            .ask(|mut client| async move { client.close_ticket(request).await })
            .await
            .expect_err("it is not solved");
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::FailedPrecondition, "TICKET_STATE_CONFLICT")
        );
        let info = refused.get_details_error_info().expect("it says why");
        assert_eq!(info.metadata["state"], "TICKET_STATE_NEW");
        assert_eq!(
            info.metadata["legalMoves"],
            "assign, handOver, start, release, resolve, cancel, reprioritize, update, extend, promise, inform, judge, \
             investigate, conclude, feedback, plan, linkOutage, contact, merge, comment, link, tag, watch"
        );
        assert!(refused.message().contains("can't be closed; it can"), "{}", refused.message());
        assert_eq!(desk.get(&ticket.id).await.expect("is there"), ticket);
    })
    .await;
}

#[tokio::test]
async fn work_that_comes_back_waits_for_the_next_one() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let lease = id::new();
        start(&desk, &ticket, (lease, 1), "engineer").await.expect("holds it");
        let returned = AssignmentReturned {
            assignment: assignment(&ticket, lease, 1),
            reason: "缺备件".into(),
            code: "NEEDS_PARTS".into(),
        };
        desk.apply(&id::new().to_string(), &returned).await;
        let back = desk.get(&ticket.id).await.expect("is there");
        assert_eq!((back.state(), back.assignee.as_str()), (TicketState::Assigned, ""));
        let release = ReleaseTicketRequest {
            id: ticket.id.clone(),
            team_key: TEAM.into(),
            assignment_id: lease.to_string(),
            epoch: 1,
            reason: "缺备件".into(),
        };
        let again = desk.ask(|mut client| async move { client.release_ticket(release).await }).await;
        assert_eq!(again.expect("the same again"), back);
        let stale = start(&desk, &ticket, (lease, 1), "engineer").await.expect_err("it was given back");
        assert_eq!(reason_of(&stale), "LEASE_LOST");
        start(&desk, &ticket, (lease, 2), "engineer2").await.expect("the next one");
    })
    .await;
}

#[tokio::test]
async fn the_timeline_names_who_routed_the_ticket() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let queued = AssignmentQueued { assignment: assignment(&ticket, id::new(), 0), rule: String::new() };
        desk.apply(&id::new().to_string(), &queued).await;
        let entry = desk.timeline(&ticket.id).await.pop().expect("it was written down");
        assert_eq!((entry.kind.as_str(), entry.actor.as_str()), ("ASSIGNED", "service:dispatch"));
    })
    .await;
}

#[tokio::test]
async fn an_event_of_a_ticket_nobody_knows_is_let_pass() {
    on_each(|desk| async move {
        let unknown = Ticket { id: id::new().to_string(), ..Ticket::default() };
        let queued = AssignmentQueued { assignment: assignment(&unknown, id::new(), 0), rule: String::new() };
        assert!(desk.apply(&id::new().to_string(), &queued).await);
        assert!(desk.sent().await.is_empty());
    })
    .await;
}
