//! Leases end by themselves, and what a stale holder sends is refused (A01–A04).

use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::{AssignmentState, CompleteAssignmentRequest};
use hotline_proto::events::v1::{
    AssignmentCompleted, AssignmentExpired, AssignmentQueued, AssignmentReturned, AssignmentTransferred,
    TicketResolved,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::harness::calls::{claim, claim_of, in_state, inner, lease_lost, refusal, tickets};
use crate::harness::tickets::Told;
use crate::harness::{Desk, OTHER, START, TEAM, desks, engineer, keyed, member, rival, ticket, ticket_id};

async fn queues_with_two_tickets() -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        desk.registered(1..=2).await;
    }
    desks
}

#[tokio::test]
async fn a_lease_that_runs_out_puts_work_back_at_its_old_place() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.pass(59).await;
        assert_eq!(desk.published::<AssignmentExpired>().await, 0);
        desk.pass(11).await;
        let back = in_state(desk.get(engineer(), &held.id).await, AssignmentState::Queued);
        assert_eq!(back.assignee, "");
        assert_eq!(desk.published::<AssignmentExpired>().await, 1);
        let next = desk.claims(rival(), 2).await;
        assert_eq!(tickets(&next), [1, 2].map(ticket_id));
        assert_eq!((next[0].epoch, next[0].attempts), (2, 2));
    }
}

#[tokio::test]
async fn what_a_stale_holder_sends_is_refused_and_the_new_holder_untouched() {
    for desk in queues_with_two_tickets().await {
        let stale = desk.claims_one(engineer()).await;
        desk.pass(60).await;
        assert_eq!(refusal(desk.accept(engineer(), &stale).await), lease_lost());
        let fresh = desk.claims_one(rival()).await;
        assert_eq!(fresh.id, stale.id);
        for answer in [
            desk.accept(engineer(), &stale).await,
            desk.heartbeat(engineer(), &stale, 60).await,
            desk.decline(engineer(), &stale).await,
            desk.transfer(engineer(), &stale, OTHER).await,
            desk.complete(engineer(), &stale).await,
        ] {
            assert_eq!(refusal(answer), lease_lost());
        }
        assert!(desk.tickets.heard().is_empty(), "the ticket hears nothing of it");
        in_state(desk.accept(rival(), &fresh).await, AssignmentState::Accepted);
    }
}

#[tokio::test]
async fn a_lease_is_lost_at_its_end_even_before_the_sweep() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.clock.advance(chrono::TimeDelta::seconds(60)).expect("the clock is manual");
        assert_eq!(refusal(desk.heartbeat(engineer(), &held, 60).await), lease_lost());
        assert_eq!(refusal(desk.accept(engineer(), &held).await), lease_lost());
        desk.sweep().await;
        assert_eq!(desk.claims_one(rival()).await.id, held.id);
    }
}

#[tokio::test]
async fn a_heartbeat_counts_from_now() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.pass(20).await;
        let kept = in_state(desk.heartbeat(engineer(), &held, 30).await, AssignmentState::Leased);
        assert_eq!(kept.lease_expires_at, Some(to_proto(START + chrono::TimeDelta::seconds(50))));
        assert_eq!(kept.lease_token, held.lease_token);
        desk.pass(29).await;
        in_state(desk.get(engineer(), &held.id).await, AssignmentState::Leased);
        desk.pass(1).await;
        in_state(desk.get(engineer(), &held.id).await, AssignmentState::Queued);
    }
}

#[tokio::test]
async fn a_heartbeat_keeps_the_lease_in_the_queue_too() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.pass(50).await;
        desk.heartbeat(engineer(), &held, 60).await.expect("still held");
        desk.pass(50).await;
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(2)]);
        desk.accept(engineer(), &held).await.expect("still held");
    }
}

#[tokio::test]
async fn a_forged_token_is_a_lost_lease() {
    for desk in queues_with_two_tickets().await {
        let mut held = desk.claims_one(engineer()).await;
        let theirs = desk.claims_one(rival()).await;
        assert_eq!(refusal(desk.accept(rival(), &held).await), lease_lost(), "the token is another's");
        for forged in ["forged", theirs.lease_token.as_str()] {
            held.lease_token = forged.into();
            assert_eq!(refusal(desk.accept(engineer(), &held).await), lease_lost());
        }
    }
}

#[tokio::test]
async fn a_move_that_is_not_possible_names_those_that_are() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        let refused = desk.complete(engineer(), &held).await.expect_err("not accepted yet");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        let info = refused.get_details_error_info().expect("has a reason");
        assert_eq!(info.reason, "ASSIGNMENT_STATE_CONFLICT");
        assert_eq!(info.metadata["legalMoves"], "heartbeat, accept, decline, transfer");
        assert!(desk.tickets.heard().is_empty());
    }
}

#[tokio::test]
async fn accepted_work_does_not_expire_and_its_token_is_good_until_it_ends() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        desk.pass(86_400).await;
        in_state(desk.heartbeat(engineer(), &held, 60).await, AssignmentState::Accepted);
        in_state(desk.complete(engineer(), &held).await, AssignmentState::Completed);
        assert_eq!(refusal(desk.complete(engineer(), &held).await), lease_lost());
        assert_eq!(desk.published::<AssignmentExpired>().await, 0);
    }
}

#[tokio::test]
async fn returned_work_is_at_its_old_place() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        desk.pass(600).await;
        let back = in_state(desk.gives_back(engineer(), &held).await, AssignmentState::Queued);
        assert_eq!((back.returns, back.accepted_at), (1, None));
        let heard = desk.tickets.heard();
        assert!(
            matches!(&heard[1].1, Told::Release(told) if told.team_key == TEAM && told.reason == "等配件")
        );
        assert_eq!(desk.outbox::<AssignmentReturned>().await[0].reason, "等配件");
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [1, 2].map(ticket_id));
        assert_eq!(refusal(desk.complete(engineer(), &held).await), lease_lost());
    }
}

#[tokio::test]
async fn transferred_work_waits_in_the_other_teams_queue() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        let next = in_state(desk.transfer(engineer(), &held, OTHER).await, AssignmentState::Queued);
        assert_ne!(next.id, held.id);
        assert_eq!((next.team_key.as_str(), next.due_at), (OTHER, held.due_at));
        in_state(desk.get(engineer(), &held.id).await, AssignmentState::Transferred);
        let heard = desk.tickets.heard();
        assert!(matches!(&heard[0].1, Told::Release(told) if told.team_key == OTHER && told.epoch == 1));
        assert_eq!(desk.outbox::<AssignmentTransferred>().await[0].to_team_key, OTHER);
        assert_eq!(desk.published::<AssignmentQueued>().await, 3);
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(2)]);
        let mut request = claim_of(5, 0);
        request.team_key = OTHER.into();
        let there = claim(&desk.client, member("branch", OTHER), request).await.expect("served");
        assert_eq!(there[0].id, next.id);
    }
}

#[tokio::test]
async fn work_is_transferred_to_another_team_that_exists() {
    for desk in queues_with_two_tickets().await {
        let held = desk.claims_one(engineer()).await;
        for team in [TEAM, "no-such-team"] {
            assert_eq!(refusal(desk.transfer(engineer(), &held, team).await).0, Code::InvalidArgument);
        }
        assert!(desk.tickets.heard().is_empty());
    }
}

#[tokio::test]
async fn the_tickets_own_event_may_come_before_the_answer() {
    for desk in queues_with_two_tickets().await {
        let desk = std::sync::Arc::new(desk);
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        let solved = TicketResolved {
            ticket: Some(ticket(1)),
            solved_by: "engineer".into(),
            ..TicketResolved::default()
        };
        let early = desk.clone();
        desk.tickets.meanwhile(async move { early.happened(&solved).await });
        in_state(desk.complete(engineer(), &held).await, AssignmentState::Completed);
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1);
    }
}

/// A05.
#[tokio::test]
async fn a_completion_whose_answer_was_lost_is_answered_to_its_retry() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        // Tickets were told, the process died, and the ticket's own event was first after the restart.
        let solved = TicketResolved {
            ticket: Some(ticket(1)),
            solved_by: "engineer".into(),
            ..TicketResolved::default()
        };
        desk.happened(&solved).await;
        let request = |token: &str| {
            let request = CompleteAssignmentRequest {
                id: held.id.clone(),
                lease_token: token.into(),
                resolution: "更换光猫，网络恢复。".into(),
                article_ids: Vec::new(),
            };
            keyed(request, "complete-1")
        };
        let mut client = desk.client.clone();
        let answer = inner(engineer().scope(client.complete_assignment(request(&held.lease_token))).await);
        in_state(answer, AssignmentState::Completed);
        assert_eq!(
            refusal(inner(rival().scope(client.complete_assignment(request(&held.lease_token))).await)),
            lease_lost()
        );
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1);
        assert!(desk.tickets.heard().iter().all(|(_, told)| !matches!(told, Told::Complete(_))));
    }
}
