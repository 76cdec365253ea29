//! Claiming, accepting, completing: each assignment once, to one member (D3).

use std::time::Duration;

use hotline_core::caller::Caller;
use hotline_proto::dispatch::v1::{AssignmentState, ListAssignmentsRequest, TeamKind};
use hotline_proto::events::v1::{AssignmentAccepted, AssignmentCompleted, AssignmentDeclined, TicketCreated};
use tokio::time::{Instant, timeout};
use tonic::{Code, Status};

use crate::harness::calls::{claim, claim_of, in_state, inner, refusal, tickets};
use crate::harness::tickets::Told;
use crate::harness::{Desk, OTHER, TEAM, desks, engineer, keyed, member, rival, ticket, ticket_id};

/// Longer than anything here takes, shorter than a claim's wait.
const AT_ONCE: Duration = Duration::from_secs(4);

#[tokio::test]
async fn work_goes_from_the_queue_to_done_and_the_ticket_hears_of_it_first() {
    for desk in desks().await {
        desk.registered([1]).await;
        let claimed = desk.claims_one(engineer()).await;
        assert_eq!(claimed.ticket_id, ticket_id(1));
        assert_eq!((claimed.state(), claimed.epoch, claimed.attempts), (AssignmentState::Leased, 1, 1));
        assert_eq!((claimed.assignee.as_str(), claimed.rule.as_str()), ("engineer", "报修"));
        let brief = claimed.ticket.as_ref().expect("says what it is about");
        assert_eq!(
            (brief.subject.as_str(), brief.category_code.as_str()),
            ("宽带无法上网", "repair.private")
        );

        desk.pass(30).await;
        let accepted = in_state(desk.accept(engineer(), &claimed).await, AssignmentState::Accepted);
        assert_eq!(accepted.lease_token, claimed.lease_token);
        assert_eq!(accepted.lease_expires_at, None);

        desk.pass(2_700).await;
        let done = in_state(desk.complete(engineer(), &claimed).await, AssignmentState::Completed);
        assert_eq!((done.assignee.as_str(), done.lease_token.as_str()), ("engineer", ""));

        let heard = desk.tickets.heard();
        let id = &claimed.id;
        assert_eq!(heard[0].0, format!("dispatch:{id}:1:accept"));
        assert!(
            matches!(&heard[0].1, Told::Start(told) if told.assignee == "engineer" && told.team_key == TEAM)
        );
        assert_eq!(heard[1].0, format!("dispatch:{id}:1:complete"));
        assert!(matches!(&heard[1].1, Told::Complete(told) if told.resolution == "更换光猫，网络恢复。"));
        assert_eq!(desk.outbox::<AssignmentAccepted>().await[0].waited_seconds, 30);
        assert_eq!(desk.outbox::<AssignmentCompleted>().await[0].handled_seconds, 2_700);
        assert!(desk.claims(rival(), 5).await.is_empty());
    }
}

#[tokio::test]
async fn a_rival_gets_nothing_of_what_is_claimed() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        assert_eq!(tickets(&desk.claims(engineer(), 2).await), [ticket_id(1), ticket_id(2)]);
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(3)]);
        assert!(desk.claims(rival(), 5).await.is_empty());
    }
}

#[tokio::test]
async fn who_waits_is_woken_by_the_ticket_that_arrives() {
    for desk in desks().await {
        desk.claims(rival(), 1).await;
        desk.queue.claimed_in_vain().await;
        let client = desk.client.clone();
        let start = Instant::now();
        let waiting = tokio::spawn(async move { claim(&client, engineer(), claim_of(1, 25)).await });
        desk.queue.claimed_in_vain().await;
        desk.registered([1]).await;
        let claimed = timeout(AT_ONCE, waiting).await.expect("woken at once").expect("no panic");
        assert_eq!(tickets(&claimed.expect("served")), [ticket_id(1)], "after {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn only_the_teams_own_members_claim_and_an_unknown_team_is_not_found() {
    for desk in desks().await {
        let stranger = member("vendor", OTHER);
        let refused = claim(&desk.client, stranger, claim_of(1, 0)).await;
        assert_eq!(refusal(refused), (Code::PermissionDenied, "FORBIDDEN".into()));
        let mut nowhere = claim_of(1, 0);
        nowhere.team_key = "no-such-team".into();
        assert_eq!(refusal(claim(&desk.client, engineer(), nowhere).await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_assignments_again() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let mut client = desk.client.clone();
        let request = || keyed(claim_of(1, 0), "k1");
        let first = inner(engineer().scope(client.claim_assignments(request())).await).expect("served");
        let again = inner(engineer().scope(client.claim_assignments(request())).await).expect("served");
        assert_eq!(first, again);
        assert_eq!(tickets(&first.assignments), [ticket_id(1)]);
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(2)]);
    }
}

#[tokio::test]
async fn what_a_member_declined_is_offered_to_others_only() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let first = desk.claims_one(engineer()).await;
        let back = in_state(desk.decline(engineer(), &first).await, AssignmentState::Queued);
        assert_eq!((back.assignee.as_str(), back.returns), ("", 0));
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [ticket_id(2)]);
        let start = Instant::now();
        let in_vain = claim(&desk.client, engineer(), claim_of(5, 1)).await.expect("served");
        assert!(in_vain.is_empty() && start.elapsed() >= Duration::from_secs(1), "waits without spinning");
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(1)]);
        let declined = desk.outbox::<AssignmentDeclined>().await;
        assert_eq!((declined.len(), declined[0].reason.as_str()), (1, "不会修"));
    }
}

#[tokio::test]
async fn declined_work_hides_nothing_behind_it() {
    for desk in desks().await {
        desk.registered(1..=4).await;
        for work in desk.claims(engineer(), 3).await {
            desk.decline(engineer(), &work).await.expect("may be declined");
        }
        assert_eq!(tickets(&desk.claims(engineer(), 1).await), [ticket_id(4)]);
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [1, 2, 3].map(ticket_id));
    }
}

#[tokio::test]
async fn a_member_holds_no_more_than_the_capacity() {
    for desk in desks().await {
        desk.team("small", TeamKind::Expert, 2).await;
        desk.rule("咨询", &["consult"], 20, "small").await;
        for number in 1..=3 {
            let mut consult = ticket(number);
            consult.category_code = "consult".into();
            desk.happened(&TicketCreated { ticket: Some(consult) }).await;
        }
        let expert = || member("expert", "small");
        let mut request = claim_of(5, 0);
        request.team_key = "small".into();
        let held = claim(&desk.client, expert(), request.clone()).await.expect("served");
        assert_eq!(tickets(&held), [1, 2].map(ticket_id));
        desk.accept(expert(), &held[0]).await.expect("held");
        assert!(claim(&desk.client, expert(), request.clone()).await.expect("served").is_empty());
        desk.complete(expert(), &held[0]).await.expect("accepted");
        let more = claim(&desk.client, expert(), request).await.expect("served");
        assert_eq!(tickets(&more), [ticket_id(3)]);
    }
}

#[tokio::test]
async fn tokens_are_in_the_holders_own_answers_only() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        assert!(!held.lease_token.is_empty());
        for caller in [engineer(), rival()] {
            let seen = desk.get(caller.clone(), &held.id).await.expect("the team sees it");
            assert_eq!((seen.lease_token.as_str(), seen.assignee.as_str()), ("", "engineer"));
            assert!(list(&desk, caller).await.iter().all(|work| work.lease_token.is_empty()));
        }
    }
}

#[tokio::test]
async fn other_teams_see_nothing_of_it() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        let vendor = member("vendor", OTHER);
        assert_eq!(refusal(desk.get(vendor.clone(), &held.id).await).0, Code::NotFound);
        assert!(list(&desk, vendor.clone()).await.is_empty());
        assert_eq!(refusal(desk.accept(vendor, &held).await).0, Code::PermissionDenied);
        assert_eq!(list(&desk, crate::harness::admin()).await.len(), 1);
    }
}

#[tokio::test]
async fn what_the_ticket_service_refuses_is_passed_on_and_changes_nothing() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        desk.tickets.refuse(Status::failed_precondition("the ticket is closed"));
        let refused = desk.accept(engineer(), &held).await.expect_err("refused");
        assert_eq!((refused.code(), refused.message()), (Code::FailedPrecondition, "the ticket is closed"));
        in_state(desk.get(engineer(), &held.id).await, AssignmentState::Leased);
        desk.accept(engineer(), &held).await.expect("the lease still runs");
    }
}

async fn list(desk: &Desk, caller: Caller) -> Vec<hotline_proto::dispatch::v1::Assignment> {
    let mut client = desk.client.clone();
    let listed = caller.scope(client.list_assignments(ListAssignmentsRequest::default()));
    inner(listed.await).expect("lists").assignments
}
