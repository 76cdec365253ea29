//! Plans of complex problems: drafted, approved or sent back, carried out, revised, accepted, learned from (T7).

use chrono::TimeDelta;
use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::{Level, TicketState};
use hotline_proto::events::v1::PlanChanged;
use hotline_proto::tickets::v1::plan_service_client::PlanServiceClient;
use hotline_proto::tickets::v1::{
    AcceptPlanRequest, ApprovePlanRequest, CompletePlanStepRequest, GetPlanRequest, ListPlanVersionsRequest,
    OpenPlanRequest, Plan, PlanAssessment, PlanContent, PlanState, PlanStep, PlanTaskForce,
    RejectPlanRequest, RevisePlanRequest, StartTicketRequest, SubmitPlanRequest, Ticket, UpdatePlanRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::support::{Desk, agent, at, fault, on_each};

mod lessons;
mod plates;

/// Somebody with one role, in no team.
fn person(subject: &str, role: Role) -> Caller {
    Caller { subject: subject.into(), roles: [role].into(), ..Caller::default() }
}

/// Makes one call on plans as somebody.
async fn by<R, F>(
    desk: &Desk,
    who: &Caller,
    call: impl FnOnce(PlanServiceClient<hotline_core::upstream::Upstream>) -> F,
) -> Result<R, Status>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    who.clone().scope(call(desk.plans())).await.map(Response::into_inner)
}

fn chief() -> Caller {
    person("chief", Role::Engineer)
}

fn engineer() -> Caller {
    person("engineer", Role::Engineer)
}

fn supervisor() -> Caller {
    person("supervisor", Role::Supervisor)
}

fn step(title: &str, owner: &str, due: &str) -> PlanStep {
    let due_at = Some(to_proto(at(due)));
    PlanStep { title: title.into(), owner: owner.into(), due_at, ..PlanStep::default() }
}

fn content() -> PlanContent {
    PlanContent {
        assessment: Some(PlanAssessment {
            complexity: Level::High as i32,
            summary: "多个小区同时断网".into(),
            departments: vec!["网络部".into(), "工程部".into()],
            working_days: 3,
            resources: "抢修车一辆".into(),
        }),
        task_force: Some(PlanTaskForce { leader: "chief".into(), members: vec!["engineer".into()] }),
        steps: vec![
            step("勘察", "engineer", "2026-03-02 17:00"),
            step("更换光缆", "chief", "2026-03-03 17:00"),
        ],
    }
}

async fn open(desk: &Desk, ticket: &Ticket) -> Result<Plan, Status> {
    let request = OpenPlanRequest { id: ticket.id.clone(), plan: Some(content()) };
    by(desk, &agent(), |mut plans| async move { plans.open_plan(request).await }).await
}

async fn submit(desk: &Desk, ticket: &Ticket) -> Result<Plan, Status> {
    let request = SubmitPlanRequest { id: ticket.id.clone(), ..SubmitPlanRequest::default() };
    by(desk, &chief(), |mut plans| async move { plans.submit_plan(request).await }).await
}

async fn approve(desk: &Desk, ticket: &Ticket, who: &Caller) -> Result<Plan, Status> {
    let request = ApprovePlanRequest { id: ticket.id.clone(), note: "同意".into(), ..Default::default() };
    by(desk, who, |mut plans| async move { plans.approve_plan(request).await }).await
}

async fn complete(desk: &Desk, ticket: &Ticket, who: &Caller, number: i32) -> Result<Plan, Status> {
    let request = CompletePlanStepRequest {
        id: ticket.id.clone(),
        number,
        result: format!("步骤{number}完成"),
        ..CompletePlanStepRequest::default()
    };
    by(desk, who, |mut plans| async move { plans.complete_plan_step(request).await }).await
}

async fn accept(desk: &Desk, ticket: &Ticket, lessons: &[&str], make_article: bool) -> Result<Plan, Status> {
    let request = AcceptPlanRequest {
        id: ticket.id.clone(),
        lessons: lessons.iter().map(|lesson| (*lesson).to_owned()).collect(),
        make_article,
        ..AcceptPlanRequest::default()
    };
    by(desk, &supervisor(), |mut plans| async move { plans.accept_plan(request).await }).await
}

/// Returns a ticket with a plan that is approved.
async fn planned(desk: &Desk) -> Ticket {
    let ticket = desk.create(fault()).await;
    open(desk, &ticket).await.expect("is opened");
    submit(desk, &ticket).await.expect("is submitted");
    approve(desk, &ticket, &supervisor()).await.expect("is approved");
    ticket
}

async fn get(desk: &Desk, ticket: &Ticket) -> Plan {
    let request = GetPlanRequest { id: ticket.number.clone() };
    by(desk, &agent(), |mut plans| async move { plans.get_plan(request).await }).await.expect("is there")
}

/// Returns what the timeline tells of plans, in order.
async fn moves(desk: &Desk, ticket: &Ticket) -> Vec<String> {
    let entries = desk.timeline(&ticket.id).await.into_iter();
    entries.filter(|entry| entry.kind == "PLANNED").map(|entry| entry.details["move"].clone()).collect()
}

fn refused(answer: Result<Plan, Status>) -> (Code, String) {
    let status = answer.expect_err("is refused");
    (status.code(), reason_of(&status))
}

#[tokio::test]
async fn a_ticket_in_progress_waits_for_approval_and_goes_on_when_the_plan_comes_back() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let start = StartTicketRequest {
            id: ticket.id.clone(),
            assignee: "chief".into(),
            team_key: "second-line-network".into(),
            assignment_id: id::new().to_string(),
            epoch: 1,
        };
        desk.ask(|mut client| async move { client.start_ticket(start).await }).await.expect("is started");
        open(&desk, &ticket).await.expect("is opened");
        submit(&desk, &ticket).await.expect("is submitted");
        let waiting = desk.get(&ticket.id).await.expect("is there");
        assert_eq!((waiting.state(), waiting.sla.expect("promised").paused), (TicketState::Waiting, true));

        desk.clock.advance(TimeDelta::hours(1)).expect("a manual clock");
        let own = approve(&desk, &ticket, &person("chief", Role::TeamLead)).await;
        assert_eq!(refused(own), (Code::PermissionDenied, "FORBIDDEN".to_owned()));
        let request =
            RejectPlanRequest { id: ticket.id.clone(), reason: "步骤不全".into(), ..Default::default() };
        let back = by(&desk, &supervisor(), |mut plans| async move { plans.reject_plan(request).await })
            .await
            .expect("is rejected");
        assert_eq!(back.state(), PlanState::Rejected);
        assert_eq!(back.draft.expect("is drafted").review_note, "步骤不全");
        assert_eq!(desk.get(&ticket.id).await.expect("is there").state(), TicketState::InProgress);

        submit(&desk, &ticket).await.expect("is submitted again");
        let approved = approve(&desk, &ticket, &supervisor()).await.expect("is approved");
        assert_eq!(approved.approved.expect("is in force").reviewed_by, "supervisor");
        assert_eq!(desk.get(&ticket.id).await.expect("is there").state(), TicketState::InProgress);
        assert_eq!(moves(&desk, &ticket).await, ["OPENED", "SUBMITTED", "REJECTED", "SUBMITTED", "APPROVED"]);
        let told: Vec<_> = desk.events::<PlanChanged>().await.into_iter().map(|event| event.r#move).collect();
        assert_eq!(told, moves(&desk, &ticket).await);
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_not_approved_is_not_carried_out_and_says_what_can_be_done() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        open(&desk, &ticket).await.expect("is opened");
        let status = complete(&desk, &ticket, &engineer(), 1).await.expect_err("is not approved");
        assert_eq!(
            (status.code(), reason_of(&status).as_str()),
            (Code::FailedPrecondition, "PLAN_STATE_CONFLICT")
        );
        let metadata = status.get_details_error_info().expect("says why").metadata;
        assert_eq!(metadata["legalMoves"], "update, submit, abandon");
        let second = open(&desk, &ticket).await;
        assert_eq!(refused(second), (Code::AlreadyExists, "PLAN_EXISTS".to_owned()));
        let missing = GetPlanRequest { id: desk.create(fault()).await.id };
        let status = by(&desk, &agent(), |mut plans| async move { plans.get_plan(missing).await }).await;
        assert_eq!(status.expect_err("has no plan").code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn an_update_changes_the_part_it_names_and_minds_its_etag() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let plan = open(&desk, &ticket).await.expect("is opened");
        let request = UpdatePlanRequest {
            id: ticket.id.clone(),
            plan: Some(PlanContent {
                steps: vec![step("只有一步", "stranger", "2026-03-02 17:00")],
                ..PlanContent::default()
            }),
            update_mask: Some(FieldMask { paths: vec!["steps".into()] }),
            etag: plan.etag,
        };
        let strange = request.clone();
        let status = by(&desk, &chief(), |mut plans| async move { plans.update_plan(strange).await })
            .await
            .expect_err("is no member");
        let named = status.get_details_bad_request().expect("is named").field_violations;
        assert_eq!(named[0].field, "steps[0].owner");
        let mut request = request;
        request.plan.as_mut().expect("is filled").steps[0].owner = "engineer".into();
        let again = request.clone();
        let changed = by(&desk, &chief(), |mut plans| async move { plans.update_plan(request).await }).await;
        let content = changed.expect("is changed").draft.and_then(|draft| draft.content).expect("is drafted");
        assert_eq!(content.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [3]);
        assert_eq!(content.assessment.expect("stays").working_days, 3);
        let stale = by(&desk, &chief(), |mut plans| async move { plans.update_plan(again).await }).await;
        assert_eq!(refused(stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn each_approved_version_is_kept_and_shows_its_differences() {
    on_each(|desk| async move {
        let ticket = planned(&desk).await;
        complete(&desk, &ticket, &engineer(), 1).await.expect("is done");
        let request =
            RevisePlanRequest { id: ticket.id.clone(), reason: "需要测试".into(), ..Default::default() };
        let revised = by(&desk, &chief(), |mut plans| async move { plans.revise_plan(request).await })
            .await
            .expect("is revised");
        let mut next = revised.draft.and_then(|draft| draft.content).expect("is drafted");
        next.steps.push(step("测试", "engineer", "2026-03-04 17:00"));
        let update = UpdatePlanRequest { id: ticket.id.clone(), plan: Some(next), ..Default::default() };
        let drafted = by(&desk, &chief(), |mut plans| async move { plans.update_plan(update).await })
            .await
            .expect("is drafted");
        let shown: Vec<_> =
            drafted.draft.expect("is drafted").differences.into_iter().map(|one| one.path).collect();
        assert_eq!(shown, ["steps[3].title", "steps[3].owner", "steps[3].dueAt"]);
        submit(&desk, &ticket).await.expect("is submitted");
        let executed = complete(&desk, &ticket, &chief(), 2).await.expect("the approved one is executed");
        assert_eq!((executed.state(), executed.percent), (PlanState::RevisionSubmitted, 100));
        desk.clock.advance(TimeDelta::minutes(1)).expect("a manual clock");
        approve(&desk, &ticket, &supervisor()).await.expect("is approved");

        let request =
            |page_size, page_token| ListPlanVersionsRequest { id: ticket.id.clone(), page_size, page_token };
        let first = request(1, String::new());
        let first = by(&desk, &agent(), |mut plans| async move { plans.list_plan_versions(first).await })
            .await
            .expect("is listed");
        assert_eq!((first.versions[0].number, first.versions[0].reason.as_str()), (2, "需要测试"));
        assert_eq!(first.versions[0].differences.len(), 3);
        let rest = request(1, first.next_page_token);
        let rest = by(&desk, &agent(), |mut plans| async move { plans.list_plan_versions(rest).await })
            .await
            .expect("is listed");
        let kept = &rest.versions[0];
        assert_eq!((kept.number, kept.differences.len(), rest.next_page_token.as_str()), (1, 0, ""));
        let steps = &kept.content.as_ref().expect("is kept").steps;
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[0].progress.as_ref().expect("is told").result, "步骤1完成");
    })
    .await;
}
