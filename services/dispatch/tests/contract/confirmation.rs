//! The sender telephones the next handler (D4), follows the work wherever it goes (D5), and stages are measured.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::time::to_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::{
    ArriveAssignmentRequest, Assignment, AssignmentStage, ConfirmAssignmentRequest, ListAssignmentsRequest,
};
use hotline_proto::events::v1::{
    AssignmentAccepted, AssignmentArrived, AssignmentCompleted, AssignmentConfirmed, AssignmentTransferred,
    StageOutcome, TicketCreated, TicketSnapshot,
};
use tonic::Code;

use crate::harness::calls::{Answer, inner, refusal};
use crate::harness::{Desk, OTHER, START, desks, engineer, member, ticket, ticket_id};

/// The desk's agent who registered the tickets of tests.
pub(crate) fn agent() -> Caller {
    Caller { subject: "agent".into(), roles: [Role::Agent].into(), ..Caller::default() }
}

pub(crate) fn urgent(number: u128) -> TicketSnapshot {
    TicketSnapshot { priority: Priority::Critical.into(), ..ticket(number) }
}

fn minutes(minutes: i64) -> DateTime<Utc> {
    START + TimeDelta::minutes(minutes)
}

impl Desk {
    /// Registers an urgent ticket, and returns the work on it.
    pub(crate) async fn urgent(&self, number: u128) -> Assignment {
        self.happened(&TicketCreated { ticket: Some(urgent(number)) }).await;
        self.work_on(number).await.remove(0)
    }

    async fn work_seen(&self, caller: Caller, number: u128) -> Vec<Assignment> {
        let request = ListAssignmentsRequest { ticket_id: ticket_id(number), ..Default::default() };
        let listed = inner(caller.scope(self.client.clone().list_assignments(request)).await).expect("lists");
        listed.assignments
    }

    pub(crate) async fn confirms(&self, work: &Assignment, at: Option<DateTime<Utc>>) -> Answer {
        self.confirms_as(agent(), work, |request| request.at = at.map(to_proto)).await
    }

    async fn confirms_as(
        &self,
        caller: Caller,
        work: &Assignment,
        change: impl FnOnce(&mut ConfirmAssignmentRequest),
    ) -> Answer {
        let mut request = ConfirmAssignmentRequest {
            id: work.id.clone(),
            by: "engineer".into(),
            at: None,
            phone: "138-0013-8000".into(),
        };
        change(&mut request);
        inner(caller.scope(self.client.clone().confirm_assignment(request)).await)
    }

    async fn arrives(&self, caller: Caller, work: &Assignment, at: Option<DateTime<Utc>>) -> Answer {
        let (id, lease_token) = (work.id.clone(), work.lease_token.clone());
        let request = ArriveAssignmentRequest { id, lease_token, at: at.map(to_proto) };
        inner(caller.scope(self.client.clone().arrive_assignment(request)).await)
    }
}

fn outcomes(stages: &[StageOutcome]) -> Vec<(&str, bool, i64)> {
    stages.iter().map(|stage| (stage.stage.as_str(), stage.met, stage.seconds)).collect()
}

/// Changes a request to one that is refused.
type Change = fn(&mut ConfirmAssignmentRequest);

/// Stage, whether it was met, and whether it was missed.
fn shown(work: &Assignment) -> Vec<(AssignmentStage, bool, bool)> {
    work.stages.iter().map(|stage| (stage.stage(), stage.met_at.is_some(), stage.missed)).collect()
}

#[tokio::test]
async fn who_was_reached_when_on_which_number_is_kept_with_who_telephoned() {
    for desk in desks().await {
        let work = desk.urgent(1).await;
        desk.pass(300).await;
        let confirmed = desk.confirms(&work, Some(minutes(4))).await.expect("confirms");
        let kept = (
            confirmed.confirmed_at,
            &*confirmed.confirmed_by,
            &*confirmed.confirmed_phone,
            &*confirmed.confirmation_recorded_by,
        );
        assert_eq!(kept, (Some(to_proto(minutes(4))), "engineer", "+8613800138000", "agent"));
        assert_eq!(desk.get(engineer(), &work.id).await.expect("in sight"), confirmed);
        for at in [None, Some(minutes(4))] {
            assert_eq!(desk.confirms(&work, at).await.expect("the same again"), confirmed);
        }
        let other = desk.confirms(&work, Some(minutes(5))).await;
        assert_eq!(refusal(other), (Code::FailedPrecondition, "CONFIRMED_ALREADY".into()));
        let told = desk.outbox::<AssignmentConfirmed>().await;
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].by.as_str(), told[0].waited_seconds), ("engineer", 240));
        assert_eq!(outcomes(&told[0].stages), [("CONFIRM", true, 240)]);
        desk.pass(86_400).await;
        assert!(desk.work_on(1).await[0].escalation.iter().all(|step| step.at.is_none()), "nobody is told");
    }
}

#[tokio::test]
async fn what_can_not_be_true_is_refused_and_changes_nothing() {
    for desk in desks().await {
        let work = desk.urgent(1).await;
        desk.pass(60).await;
        let wrong: [(&str, Change); 6] = [
            ("by", |request| request.by = "  ".into()),
            ("by", |request| request.by = "agent".into()),
            ("phone", |request| request.phone = "call me".into()),
            ("phone", |request| request.phone = "88886666".into()),
            ("at", |request| request.at = Some(to_proto(minutes(2)))),
            ("at", |request| request.at = Some(to_proto(minutes(-1)))),
        ];
        for (field, change) in wrong {
            let status = desk.confirms_as(agent(), &work, change).await.expect_err("refused");
            assert!(status.code() == Code::InvalidArgument && status.message().contains(field), "{status:?}");
        }
        let nowhere = Assignment { id: ticket_id(77), ..work.clone() };
        assert_eq!(refusal(desk.confirms(&nowhere, None).await).0, Code::NotFound);
        assert_eq!(desk.get(engineer(), &work.id).await.expect("in sight"), work);
        let held = desk.claims_one(engineer()).await;
        let self_made = desk.confirms_as(engineer(), &held, |request| request.by = "rival".into()).await;
        assert_eq!(refusal(self_made).0, Code::PermissionDenied, "who holds it accepts it");
        desk.accept(engineer(), &held).await.expect("held");
        desk.complete(engineer(), &held).await.expect("accepted");
        assert_eq!(refusal(desk.confirms(&work, None).await).1, "ASSIGNMENT_STATE_CONFLICT");
        assert_eq!(desk.published::<AssignmentConfirmed>().await, 0);
    }
}

#[tokio::test]
async fn the_sender_follows_the_work_and_others_do_not() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        assert_eq!(held.sender, "agent", "who registered the ticket");
        let passed = desk.transfer(engineer(), &held, OTHER).await.expect("held");
        assert_eq!((passed.sender.as_str(), passed.team_key.as_str()), ("engineer", OTHER));
        let stranger = Caller { roles: [Role::Engineer].into(), ..member("stranger", "elsewhere") };
        for (caller, sees) in [(agent(), 2), (engineer(), 2), (stranger.clone(), 0)] {
            assert_eq!(desk.work_seen(caller, 1).await.len(), sees);
        }
        desk.get(engineer(), &passed.id).await.expect("it sent it there");
        desk.get(agent(), &passed.id).await.expect("the desk follows its tickets");
        assert_eq!(refusal(desk.get(stranger, &passed.id).await).0, Code::NotFound);
        let arrived = desk.claim_of_other().await;
        desk.accept(member("branch", OTHER), &arrived).await.expect("held");
        let seen = desk.get(engineer(), &passed.id).await.expect("at every step");
        assert_eq!((seen.assignee.as_str(), seen.accepted_at.is_some()), ("branch", true));
    }
}

impl Desk {
    /// Claims the one assignment of the other team.
    async fn claim_of_other(&self) -> Assignment {
        let mut request = crate::harness::calls::claim_of(1, 0);
        request.team_key = OTHER.into();
        let claimed = crate::harness::calls::claim(&self.client, member("branch", OTHER), request).await;
        claimed.expect("served").remove(0)
    }
}

#[tokio::test]
async fn stages_run_from_the_dispatch_and_no_return_starts_them_anew() {
    for desk in desks().await {
        let work = desk.urgent(1).await;
        let open = [(AssignmentStage::Confirm, false, false), (AssignmentStage::Accept, false, false)];
        assert_eq!(shown(&work)[..2], open);
        desk.pass(599).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        desk.pass(10).await;
        desk.gives_back(engineer(), &held).await.expect("accepted");
        let missed = [(AssignmentStage::Confirm, false, true), (AssignmentStage::Accept, false, true)];
        assert_eq!(shown(&desk.work_on(1).await[0])[..2], missed, "the time is over since");
        let again = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &again).await.expect("held");
        let told = desk.outbox::<AssignmentAccepted>().await;
        assert_eq!(outcomes(&told[0].stages), [("CONFIRM", true, 599), ("ACCEPT", true, 599)]);
        assert_eq!(outcomes(&told[1].stages), [("CONFIRM", false, 609), ("ACCEPT", false, 609)]);
        desk.complete(engineer(), &again).await.expect("accepted");
        let done = desk.outbox::<AssignmentCompleted>().await;
        assert_eq!(outcomes(&done[0].stages), [("SOLVE", true, 609)], "it is due after an hour");
    }
}

#[tokio::test]
async fn who_works_on_site_reports_the_arrival_once() {
    for desk in desks().await {
        desk.registered([1]).await;
        let held = desk.claims_one(engineer()).await;
        desk.transfer(engineer(), &held, OTHER).await.expect("held");
        let branch = || member("branch", OTHER);
        let held = desk.claim_of_other().await;
        assert_eq!(refusal(desk.arrives(branch(), &held, None).await).1, "ASSIGNMENT_STATE_CONFLICT");
        desk.accept(branch(), &held).await.expect("held");
        desk.pass(3 * 3_600).await;
        let wrong = desk.arrives(branch(), &held, Some(minutes(181))).await;
        assert_eq!(refusal(wrong).0, Code::InvalidArgument);
        assert_eq!(refusal(desk.arrives(member("branch2", OTHER), &held, None).await).1, "LEASE_LOST");
        assert_eq!(refusal(desk.arrives(engineer(), &held, None).await).0, Code::PermissionDenied);
        let arrived = desk.arrives(branch(), &held, Some(minutes(150))).await.expect("accepted");
        assert_eq!(arrived.arrived_at, Some(to_proto(minutes(150))));
        assert_eq!(desk.arrives(branch(), &held, None).await.expect("the same again"), arrived);
        let other = desk.arrives(branch(), &held, Some(minutes(151))).await;
        assert_eq!(refusal(other), (Code::FailedPrecondition, "ARRIVED_ALREADY".into()));
        let told = desk.outbox::<AssignmentArrived>().await;
        assert_eq!(told.len(), 1);
        assert_eq!(outcomes(&told[0].stages), [("ARRIVE", true, 9_000)]);
    }
}

#[tokio::test]
async fn what_leaves_its_team_after_its_time_was_missed_there_and_starts_anew_in_the_next() {
    for desk in desks().await {
        desk.urgent(1).await;
        desk.pass(601).await;
        let held = desk.claims_one(engineer()).await;
        let next = desk.transfer(engineer(), &held, OTHER).await.expect("held");
        let told = desk.outbox::<AssignmentTransferred>().await;
        assert_eq!(outcomes(&told[0].stages), [("CONFIRM", false, 601), ("ACCEPT", false, 601)]);
        let dues: Vec<_> = next.stages.iter().map(|stage| (stage.stage(), stage.due_at)).collect();
        let from = START + TimeDelta::seconds(601);
        let due = |minutes| Some(to_proto(from + TimeDelta::minutes(minutes)));
        assert_eq!(dues[0], (AssignmentStage::Confirm, due(10)));
        assert_eq!(dues[2], (AssignmentStage::Arrive, due(60)), "the next team comes on site");
    }
}
