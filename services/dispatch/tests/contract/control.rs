//! Queues stop, go on and run empty; those in charge take work from whoever holds it (D11).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::TicketType;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, DrainQueueRequest, DryRunRoutingRequest, ForceCompleteAssignmentRequest,
    ListAssignmentsRequest, ListQueuesRequest, PauseQueueRequest, Queue, QueueFlow,
    ReassignAssignmentRequest, ResumeQueueRequest,
};
use hotline_proto::events::v1::{
    AssignmentCompleted, AssignmentDisputed, AssignmentReturned, AssignmentTransferred, QueueFlowChanged,
};
use tonic::{Code, Status};

use crate::harness::calls::{claim, claim_of, in_state, inner, lease_lost, refusal, tickets};
use crate::harness::tickets::Told;
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, member, rival, ticket_id};

fn lead(team: &str) -> Caller {
    Caller {
        subject: "lead".into(),
        roles: [Role::TeamLead].into(),
        teams: vec![team.into()],
        ..Caller::default()
    }
}

impl Desk {
    async fn pauses(&self, caller: Caller, team: &str) -> Result<Queue, Status> {
        let request = PauseQueueRequest { team_key: team.into(), reason: "系统切换".into() };
        inner(caller.scope(self.client.clone().pause_queue(request)).await)
    }

    async fn resumes(&self, team: &str) -> Queue {
        let request = ResumeQueueRequest { team_key: team.into() };
        inner(admin().scope(self.client.clone().resume_queue(request)).await).expect("goes on")
    }

    async fn drains(&self, team: &str) -> Result<Queue, Status> {
        let request = DrainQueueRequest { team_key: team.into(), reason: "班组撤并".into() };
        inner(admin().scope(self.client.clone().drain_queue(request)).await)
    }

    async fn queue_of(&self, team: &str) -> Queue {
        let request = ListQueuesRequest { team_key: team.into() };
        let listed = inner(admin().scope(self.client.clone().list_queues(request)).await).expect("lists");
        listed.queues.into_iter().next().expect("one queue")
    }

    async fn reassigns(&self, caller: Caller, work: &Assignment, team: &str) -> Result<Assignment, Status> {
        let request = ReassignAssignmentRequest {
            id: work.id.clone(),
            team_key: team.into(),
            reason: "人已下班".into(),
            ..ReassignAssignmentRequest::default()
        };
        inner(caller.scope(self.client.clone().reassign_assignment(request)).await)
    }

    async fn disputed(&self) -> Assignment {
        let state = vec![AssignmentState::Disputed.into()];
        let request = ListAssignmentsRequest { state, ..ListAssignmentsRequest::default() };
        let listed =
            inner(admin().scope(self.client.clone().list_assignments(request)).await).expect("lists");
        listed.assignments.into_iter().next().expect("one is disputed")
    }

    async fn completes_for(&self, caller: Caller, work: &Assignment) -> Result<Assignment, Status> {
        let request = ForceCompleteAssignmentRequest {
            id: work.id.clone(),
            resolution: "已更换光猫。".into(),
            article_ids: Vec::new(),
            reason: "工程师断网".into(),
        };
        inner(caller.scope(self.client.clone().force_complete_assignment(request)).await)
    }
}

#[tokio::test]
async fn a_paused_queue_gives_nothing_out_and_loses_nothing() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let held = desk.claims_one(engineer()).await;
        let paused = desk.pauses(lead(TEAM), TEAM).await.expect("a lead may");
        assert_eq!((paused.flow(), paused.flow_reason.as_str()), (QueueFlow::Paused, "系统切换"));
        assert_eq!(paused.flow_changed_by, "lead");
        assert!(desk.claims(rival(), 5).await.is_empty());
        desk.registered([3]).await;
        assert_eq!(desk.queue_of(TEAM).await.waiting, 2);
        desk.accept(engineer(), &held).await.expect("what is held goes on");
        desk.complete(engineer(), &held).await.expect("what is held goes on");

        let client = desk.client.clone();
        let waiting = tokio::spawn(async move { claim(&client, rival(), claim_of(5, 25)).await });
        assert_eq!(desk.resumes(TEAM).await.flow(), QueueFlow::Running);
        let claimed = waiting.await.expect("no panic").expect("served");
        assert_eq!(tickets(&claimed), [2, 3].map(ticket_id));
        desk.resumes(TEAM).await;
        let told: Vec<_> =
            desk.outbox::<QueueFlowChanged>().await.into_iter().map(|told| told.flow).collect();
        assert_eq!(told, ["PAUSED", "RUNNING"], "the same again tells nothing");
    }
}

#[tokio::test]
async fn a_claim_that_waits_when_its_queue_is_paused_gets_nothing_until_it_goes_on() {
    for desk in desks().await {
        let client = desk.client.clone();
        let waiting = tokio::spawn(async move { claim(&client, rival(), claim_of(5, 4)).await });
        // It is to wait already.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        desk.pauses(admin(), TEAM).await.expect("stops");
        desk.registered([1]).await;
        assert!(waiting.await.expect("no panic").expect("served").is_empty());
        desk.resumes(TEAM).await;
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(1)]);
    }
}

#[tokio::test]
async fn a_drained_queue_takes_nothing_in_and_is_worked_off() {
    for desk in desks().await {
        desk.registered([1]).await;
        desk.drains(TEAM).await.expect("runs empty");
        desk.registered([2]).await;
        assert_eq!(desk.queue_of("first-line").await.waiting, 1, "the default rule took it");
        let request = DryRunRoutingRequest {
            r#type: TicketType::Fault.into(),
            category_code: "repair.private".into(),
            ..DryRunRoutingRequest::default()
        };
        let tried = inner(admin().scope(desk.client.clone().dry_run_routing(request)).await).expect("runs");
        assert_eq!(tried.team_key, "first-line");
        assert_eq!(tried.steps[0].reason, format!("the queue of `{TEAM}` is being drained"));
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [ticket_id(1)], "what waits is given out");

        desk.drains(OTHER).await.expect("runs empty");
        desk.resumes(TEAM).await;
        desk.registered([3]).await;
        let held = desk.claims_one(engineer()).await;
        let (code, _) = refusal(desk.transfer(engineer(), &held, OTHER).await);
        assert_eq!(code, Code::InvalidArgument);
        let refused = refusal(desk.drains("first-line").await);
        assert_eq!(refused, (Code::FailedPrecondition, "DEFAULT_TEAM".into()));
    }
}

#[tokio::test]
async fn how_long_work_will_wait_is_told_from_how_fast_it_is_taken_on() {
    for desk in desks().await {
        desk.registered(1..=5).await;
        assert_eq!(desk.queue_of(TEAM).await.expected_wait, None, "nothing was taken on yet");
        for held in desk.claims(engineer(), 2).await {
            desk.accept(engineer(), &held).await.expect("held");
        }
        let wait = desk.queue_of(TEAM).await.expected_wait.expect("two in half an hour");
        assert_eq!(wait.seconds, 45 * 60, "three wait");
        desk.pauses(admin(), TEAM).await.expect("stops");
        assert_eq!(desk.queue_of(TEAM).await.expected_wait, None);
        desk.pass(31 * 60).await;
        desk.resumes(TEAM).await;
        assert_eq!(desk.queue_of(TEAM).await.expected_wait, None, "that was long ago");
    }
}

#[tokio::test]
async fn work_is_taken_back_to_its_old_place_and_its_holder_is_refused() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let leased = desk.claims_one(engineer()).await;
        let back = desk.reassigns(lead(TEAM), &leased, "").await;
        in_state(back, AssignmentState::Queued);
        assert!(desk.tickets.heard().is_empty(), "the ticket never knew of the holder");
        assert_eq!(refusal(desk.accept(engineer(), &leased).await), lease_lost());

        let again = desk.claims_one(rival()).await;
        assert_eq!(again.ticket_id, ticket_id(1), "at its old place");
        desk.accept(rival(), &again).await.expect("held");
        desk.tickets.heard();
        in_state(desk.reassigns(admin(), &again, TEAM).await, AssignmentState::Queued);
        assert!(matches!(&desk.tickets.heard()[..], [(_, Told::Release(told))] if told.reason == "人已下班"));
        assert_eq!(refusal(desk.complete(rival(), &again).await), lease_lost());
        assert_eq!(desk.published::<AssignmentReturned>().await, 2);
        let waiting = desk.claims_one(engineer()).await;
        assert_eq!((waiting.ticket_id.as_str(), waiting.returns), (&*ticket_id(1), 0), "it was not returned");
    }
}

#[tokio::test]
async fn work_is_given_to_another_team_whether_it_waits_or_is_held() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let held = desk.claims_one(engineer()).await;
        let moved = in_state(desk.reassigns(admin(), &held, OTHER).await, AssignmentState::Queued);
        assert_eq!((moved.team_key.as_str(), moved.ticket_id.as_str()), (OTHER, &*ticket_id(1)));
        let ended = desk.get(admin(), &held.id).await.expect("is there");
        assert_eq!(ended.state(), AssignmentState::Transferred);
        assert_eq!(desk.published::<AssignmentTransferred>().await, 1);
        assert_eq!(refusal(desk.reassigns(lead(OTHER), &held, TEAM).await).0, Code::PermissionDenied);
        let waiting = desk.claims_one(rival()).await;
        desk.decline(rival(), &waiting).await.expect("held");
        let moved = desk.reassigns(lead(TEAM), &waiting, OTHER).await;
        in_state(moved, AssignmentState::Queued);
        assert!(desk.claims(engineer(), 5).await.is_empty());
        assert_eq!(desk.queue_of(OTHER).await.waiting, 2);
        let unchanged = refusal(desk.reassigns(admin(), &ended, OTHER).await);
        assert_eq!(unchanged, (Code::FailedPrecondition, "ASSIGNMENT_STATE_CONFLICT".into()));
    }
}

#[tokio::test]
async fn work_is_reported_done_for_a_holder_who_cannot() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        let early = refusal(desk.completes_for(admin(), &held).await);
        assert_eq!(early, (Code::FailedPrecondition, "ASSIGNMENT_STATE_CONFLICT".into()));
        desk.accept(engineer(), &held).await.expect("held");
        desk.tickets.heard();
        assert_eq!(refusal(desk.completes_for(lead(OTHER), &held).await).0, Code::PermissionDenied);
        in_state(desk.completes_for(lead(TEAM), &held).await, AssignmentState::Completed);
        let heard = desk.tickets.heard();
        let [(key, Told::Complete(told))] = &heard[..] else { panic!("{heard:?}") };
        assert!(key.ends_with(":forced") && told.assignee == "engineer", "{key}");
        let [event] = desk.outbox::<AssignmentCompleted>().await.try_into().expect("one event");
        assert_eq!(event.forced_reason, "工程师断网");
        let late = desk.complete(engineer(), &held).await;
        assert_eq!(refusal(late), lease_lost());
    }
}

#[tokio::test]
async fn what_is_returned_too_often_is_decided_by_the_supervisor_and_stays_decided() {
    for desk in desks().await {
        desk.registered([1]).await;
        let mut work = Assignment::default();
        for _ in 0..2 {
            work = desk.claims_one(engineer()).await;
            desk.accept(engineer(), &work).await.expect("held");
            work = desk.gives_back(engineer(), &work).await.expect("accepted");
        }
        assert_eq!((work.state(), work.returns), (AssignmentState::Disputed, 2));
        let told = desk.outbox::<AssignmentReturned>().await;
        assert!(told.len() == 2 && told.iter().all(|told| told.code == "NEEDS_PARTS"), "{told:?}");
        assert_eq!(desk.published::<AssignmentDisputed>().await, 1);
        assert!(desk.claims(rival(), 5).await.is_empty(), "nobody gets it meanwhile");
        let queue = desk.queue_of(TEAM).await;
        assert_eq!((queue.waiting, queue.in_hand, queue.disputed), (0, 0, 1));

        assert_eq!(refusal(desk.reassigns(lead(TEAM), &work, OTHER).await).0, Code::PermissionDenied);
        let decided = desk.reassigns(admin(), &work, OTHER).await.expect("is decided");
        assert!(decided.decided && decided.team_key == OTHER && decided.returns == 2);
        let mut request = claim_of(1, 0);
        request.team_key = OTHER.into();
        let member = || member("fitter", OTHER);
        let held = claim(&desk.client, member(), request).await.expect("served").remove(0);
        desk.accept(member(), &held).await.expect("held");
        let finally = (Code::FailedPrecondition, "DECIDED_FINALLY".to_owned());
        assert_eq!(refusal(desk.gives_back(member(), &held).await), finally);
        assert_eq!(refusal(desk.transfer(member(), &held, TEAM).await), finally);
        desk.complete(member(), &held).await.expect("it is done in the end");
    }
}

#[tokio::test]
async fn a_decision_may_leave_the_work_where_it_was() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        for _ in 0..2 {
            let work = desk.claims_one(engineer()).await;
            desk.accept(engineer(), &work).await.expect("held");
            desk.gives_back(engineer(), &work).await.expect("accepted");
        }
        let listed = desk.claims_one(rival()).await;
        assert_eq!(listed.ticket_id, ticket_id(2));
        let disputed = desk.disputed().await;
        let back = desk.reassigns(admin(), &disputed, "").await.expect("is decided");
        assert!(back.decided && back.state() == AssignmentState::Queued);
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [ticket_id(1)]);
    }
}
