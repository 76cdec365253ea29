//! What is on people's plates: steps that are due, plans that wait, plans that go with their ticket.

use hotline_proto::events::v1::PlanStepOverdue;
use hotline_proto::tickets::v1::{
    AbandonPlanRequest, CancelTicketRequest, ListPlansRequest, StartPlanStepRequest,
};

use super::*;

async fn listed(desk: &Desk, request: ListPlansRequest) -> Vec<String> {
    let page = by(desk, &agent(), |mut plans| async move { plans.list_plans(request).await }).await;
    page.expect("is listed").plans.into_iter().map(|plan| plan.ticket_id).collect()
}

#[tokio::test]
async fn a_step_that_is_late_is_told_of_once_at_its_due_time() {
    on_each(|desk| async move {
        let ticket = planned(&desk).await;
        desk.sweep_at("2026-03-02 16:59").await;
        assert!(desk.events::<PlanStepOverdue>().await.is_empty());
        desk.sweep_at("2026-03-02 20:00").await;
        desk.sweep_at("2026-03-03 09:00").await;
        let told = desk.events::<PlanStepOverdue>().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].step.as_ref().expect("is told").owner, "engineer");
        let overdue = |sent: &crate::support::Sent| sent.name.ends_with("PlanStepOverdue");
        let sent = desk.sent().await.into_iter().find(overdue).expect("is sent");
        assert_eq!(sent.occurred_at, at("2026-03-02 17:00"));
        assert_eq!(moves(&desk, &ticket).await, ["OPENED", "SUBMITTED", "APPROVED", "STEP_OVERDUE"]);
        let plan = get(&desk, &ticket).await;
        assert_eq!(plan.overdue_steps, 1);

        let plate = |owner: &str, overdue| ListPlansRequest {
            owner: owner.into(),
            overdue,
            ..ListPlansRequest::default()
        };
        assert_eq!(listed(&desk, plate("engineer", true)).await, [ticket.id.as_str()]);
        assert!(listed(&desk, plate("chief", true)).await.is_empty(), "theirs is not due yet");
        complete(&desk, &ticket, &engineer(), 1).await.expect("is done");
        assert!(listed(&desk, plate("", true)).await.is_empty());
        assert!(listed(&desk, plate("engineer", false)).await.is_empty());
        assert_eq!(listed(&desk, plate("chief", false)).await, [ticket.id.as_str()]);
        complete(&desk, &ticket, &chief(), 2).await.expect("is done");
        desk.sweep_at("2026-03-03 18:00").await;
        assert_eq!(desk.events::<PlanStepOverdue>().await.len(), 1, "what is done is not late");
    })
    .await;
}

#[tokio::test]
async fn lists_tell_what_waits_for_approval_and_what_a_ticket_had() {
    on_each(|desk| async move {
        let (waits, other) = (desk.create(fault()).await, planned(&desk).await);
        open(&desk, &waits).await.expect("is opened");
        submit(&desk, &waits).await.expect("is submitted");
        let in_state = |state| ListPlansRequest { state: vec![state as i32], ..ListPlansRequest::default() };
        assert_eq!(listed(&desk, in_state(PlanState::Submitted)).await, [waits.id.as_str()]);
        assert_eq!(listed(&desk, in_state(PlanState::Approved)).await, [other.id.as_str()]);
        let request =
            AbandonPlanRequest { id: waits.id.clone(), reason: "另立方案".into(), ..Default::default() };
        by(&desk, &supervisor(), |mut plans| async move { plans.abandon_plan(request).await })
            .await
            .expect("is abandoned");
        open(&desk, &waits).await.expect("another may be opened");
        let of_ticket = ListPlansRequest { ticket_id: waits.id.clone(), ..ListPlansRequest::default() };
        assert_eq!(listed(&desk, of_ticket).await.len(), 2);
        assert_eq!(get(&desk, &waits).await.state(), PlanState::Draft);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_ticket_takes_its_plan_along() {
    on_each(|desk| async move {
        let ticket = planned(&desk).await;
        let cancel =
            CancelTicketRequest { id: ticket.id.clone(), reason: "误报".into(), ..Default::default() };
        desk.ask(|mut client| async move { client.cancel_ticket(cancel).await }).await.expect("is cancelled");
        desk.sweep_at("2026-03-02 09:01").await;
        let plan = get(&desk, &ticket).await;
        let ending = plan.ending.clone().expect("has ended");
        assert_eq!((plan.state(), ending.note.as_str()), (PlanState::Abandoned, "TICKET_CANCELLED"));
        assert_eq!(ending.by, "service:tickets");
        desk.sweep_at("2026-03-04 09:00").await;
        assert!(desk.events::<PlanStepOverdue>().await.is_empty());
        let start = StartPlanStepRequest { id: ticket.id.clone(), number: 1, ..Default::default() };
        let gone =
            by(&desk, &engineer(), |mut plans| async move { plans.start_plan_step(start).await }).await;
        assert_eq!(refused(gone), (Code::FailedPrecondition, "TICKET_STATE_CONFLICT".to_owned()));
    })
    .await;
}
