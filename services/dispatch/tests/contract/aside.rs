//! Parked work, and wrap-up after work is done.

use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, FinishAssignmentRequest, ForceCompleteAssignmentRequest, Member,
    ParkAssignmentRequest, ResumeAssignmentRequest, Team,
};
use hotline_proto::events::v1::{
    AssignmentCompleted, AssignmentFinished, AssignmentParked, AssignmentResumed, TicketResolved,
};
use tonic::{Code, Status};

use crate::harness::calls::{in_state, inner, lease_lost, refusal, seconds, tickets};
use crate::harness::pushing::{person, pushing};
use crate::harness::{Desk, admin, desks, engineer, ticket, ticket_id};

const DAY: i64 = 86_400;

impl Desk {
    async fn parks(&self, subject: &str, work: &Assignment, days: i32) -> Result<Assignment, Status> {
        let request = ParkAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            reason: "等待配件".into(),
            days,
        };
        inner(person(subject).scope(self.client.clone().park_assignment(request)).await)
    }

    async fn resumes_work(&self, subject: &str, work: &Assignment) -> Result<Assignment, Status> {
        let (id, lease_token) = (work.id.clone(), work.lease_token.clone());
        let request = ResumeAssignmentRequest { id, lease_token };
        inner(person(subject).scope(self.client.clone().resume_assignment(request)).await)
    }

    async fn finishes(&self, subject: &str, work: &Assignment) -> Result<Assignment, Status> {
        let request = FinishAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            disposition: "已录入备件更换".into(),
        };
        inner(person(subject).scope(self.client.clone().finish_assignment(request)).await)
    }

    /// Has somebody take the next work on.
    async fn takes_on(&self, subject: &str) -> Assignment {
        let work = self.claims_one(person(subject)).await;
        self.accept(person(subject), &work).await.expect("held")
    }
}

/// Desks whose team claims, with `ann`, who may hold one piece of work, and two tickets.
async fn desks_of_ann() -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        desk.member(Member { subject: "ann".into(), capacity: 1, ..Member::default() }).await;
        desk.registered([1, 2]).await;
    }
    desks
}

#[tokio::test]
async fn parked_work_keeps_its_holder_frees_room_and_is_in_hand_again_after_its_days() {
    for desk in desks_of_ann().await {
        let held = desk.takes_on("ann").await;
        assert!(desk.claims(person("ann"), 1).await.is_empty(), "no room");
        let parked = in_state(desk.parks("ann", &held, 3).await, AssignmentState::Parked);
        assert_eq!((&*parked.assignee, &*parked.park_reason), ("ann", "等待配件"));
        let other = desk.takes_on("ann").await;
        assert_eq!(other.ticket_id, ticket_id(2));
        desk.pass(3 * DAY - 1).await;
        in_state(desk.get(person("ann"), &held.id).await, AssignmentState::Parked);
        desk.pass(1).await;
        let back = in_state(desk.get(person("ann"), &held.id).await, AssignmentState::Accepted);
        assert_eq!((&*back.assignee, back.parked_until), ("ann", None));
        in_state(desk.complete(person("ann"), &held).await, AssignmentState::Completed);
        let told = (desk.published::<AssignmentParked>().await, desk.published::<AssignmentResumed>().await);
        assert_eq!(told, (1, 1));
    }
}

#[tokio::test]
async fn parked_work_is_taken_up_before_its_days_are_over_by_its_holder_only() {
    for desk in desks_of_ann().await {
        let held = desk.takes_on("ann").await;
        assert_eq!(refusal(desk.parks("ann", &held, 15).await).0, Code::InvalidArgument, "14 days at most");
        assert_eq!(refusal(desk.parks("bob", &held, 1).await), lease_lost());
        let parked = desk.parks("ann", &held, 0).await.expect("as long as is allowed");
        let days = parked.parked_until.expect("parked").seconds - desk.clock.now().timestamp();
        assert_eq!(days, 14 * DAY);
        assert_eq!(refusal(desk.resumes_work("bob", &held).await), lease_lost());
        in_state(desk.resumes_work("ann", &held).await, AssignmentState::Accepted);
        desk.pass(15 * DAY).await;
        assert_eq!(desk.published::<AssignmentResumed>().await, 1, "once");
    }
}

#[tokio::test]
async fn a_ticket_that_its_holder_solved_ends_parked_work_as_done_and_any_other_end_withdraws_it() {
    for desk in desks_of_ann().await {
        let held = desk.takes_on("ann").await;
        desk.parks("ann", &held, 1).await.expect("accepted");
        let solved = |number, by: &str| TicketResolved {
            ticket: Some(ticket(number)),
            solved_by: by.into(),
            ..TicketResolved::default()
        };
        desk.happened(&solved(1, "ann")).await;
        in_state(desk.get(person("ann"), &held.id).await, AssignmentState::Completed);
        let other = desk.takes_on("ann").await;
        desk.parks("ann", &other, 1).await.expect("accepted");
        desk.happened(&solved(2, "somebody")).await;
        in_state(desk.get(person("ann"), &other.id).await, AssignmentState::Withdrawn);
        desk.pass(DAY).await;
        in_state(desk.get(person("ann"), &other.id).await, AssignmentState::Withdrawn);
    }
}

#[tokio::test]
async fn wrap_up_keeps_the_holder_busy_until_it_ends_by_word_or_by_time() {
    let team = Team { wrap_up: seconds(60), ..Team::default() };
    for desk in pushing(team, &["ann"]).await {
        desk.ready("ann").await;
        desk.registered([1, 2, 3]).await;
        let first = desk.offered("ann", 1).await.remove(0);
        let first = desk.accept(person("ann"), &first).await.expect("offered");
        let wrapping = in_state(desk.complete(person("ann"), &first).await, AssignmentState::Wrapping);
        assert_eq!(wrapping.lease_token, first.lease_token);
        assert_eq!(desk.published::<AssignmentCompleted>().await, 1, "the work is done, its holder is not");
        assert_eq!(tickets(&desk.offers("ann").await), [ticket_id(1)], "no room yet");
        desk.pass(10).await;
        let done = in_state(desk.finishes("ann", &wrapping).await, AssignmentState::Completed);
        assert_eq!(done.disposition, "已录入备件更换");
        let told = desk.outbox::<AssignmentFinished>().await;
        assert_eq!((told.len(), told[0].wrap_up_seconds), (1, 10));

        let second = desk.offered("ann", 1).await.remove(0);
        assert_eq!(second.ticket_id, ticket_id(2));
        let second = desk.accept(person("ann"), &second).await.expect("offered");
        let wrapping = desk.complete(person("ann"), &second).await.expect("accepted");
        in_state(desk.heartbeat(person("ann"), &wrapping, 60).await, AssignmentState::Wrapping);
        let again = refusal(desk.heartbeat(person("ann"), &wrapping, 60).await);
        assert_eq!(again, (Code::FailedPrecondition, "WRAP_UP_EXTENDED".into()));
        desk.pass(119).await;
        in_state(desk.get(person("ann"), &second.id).await, AssignmentState::Wrapping);
        desk.pass(1).await;
        in_state(desk.get(person("ann"), &second.id).await, AssignmentState::Completed);
        assert_eq!(tickets(&desk.offered("ann", 1).await), [ticket_id(3)]);
    }
}

#[tokio::test]
async fn what_is_completed_in_another_ones_place_has_no_wrap_up() {
    for desk in pushing(Team { wrap_up: seconds(60), ..Team::default() }, &["ann"]).await {
        desk.ready("ann").await;
        desk.registered([1]).await;
        let work = desk.offered("ann", 1).await.remove(0);
        let work = desk.accept(person("ann"), &work).await.expect("offered");
        let forced = ForceCompleteAssignmentRequest {
            id: work.id,
            resolution: "已恢复".into(),
            reason: "已下班".into(),
            ..ForceCompleteAssignmentRequest::default()
        };
        let done = admin().scope(desk.client.clone().force_complete_assignment(forced)).await;
        in_state(inner(done), AssignmentState::Completed);
        assert!(desk.claims(engineer(), 1).await.is_empty());
    }
}
