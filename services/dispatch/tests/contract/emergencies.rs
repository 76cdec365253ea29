//! Where production stands still: plan, coordinator, local engineer, result told (D9).

use hotline_proto::customers::v1::ContractStatus;
use hotline_proto::dispatch::v1::{
    CallEngineerDutyLogRequest, CloseDutyLogRequest, DutyCallOutcome, DutyContact, DutyEngineerSource,
    DutyLog, DutyLogState, DutyStage, DutyStepKind, EmergencyPlan, NoteDutyLogRequest,
    ReachCoordinatorDutyLogRequest, SolveDutyLogRequest, StartEmergencyDutyLogRequest,
    TellResultDutyLogRequest, UpdateEmergencyPlanRequest,
};
use hotline_proto::events::v1::DutyLogOverdue;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, on_duty, person, why};
use crate::harness::nights::{PHONE, call, kinds, plan};
use crate::harness::{Desk, OTHER, admin, member};

const CUSTOMER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The steps of one emergency, as ann makes them.
struct Night<'a> {
    desk: &'a Desk,
    id: String,
}

impl<'a> Night<'a> {
    /// Takes a call of a customer whose project is in the west.
    async fn begins(desk: &'a Desk) -> Self {
        desk.customers.know(CUSTOMER, PHONE, "西区/曲江一期", ContractStatus::Active);
        let log = desk.takes_call(person("ann"), call("产线停机")).await.expect("recorded");
        Self { desk, id: log.id }
    }

    async fn stands_still(&self) {
        let request = NoteDutyLogRequest {
            id: self.id.clone(),
            text: "产线已停".into(),
            production_stopped: Some(true),
            ..NoteDutyLogRequest::default()
        };
        inner(person("ann").scope(self.desk.logs().note_duty_log(request)).await).expect("noted");
    }

    async fn starts(&self) -> Result<DutyLog, Status> {
        let request = StartEmergencyDutyLogRequest { id: self.id.clone(), ..Default::default() };
        inner(person("ann").scope(self.desk.logs().start_emergency_duty_log(request)).await)
    }

    async fn coordinator(&self, outcome: DutyCallOutcome) -> Result<DutyLog, Status> {
        let request = ReachCoordinatorDutyLogRequest {
            id: self.id.clone(),
            outcome: outcome.into(),
            ..ReachCoordinatorDutyLogRequest::default()
        };
        inner(person("ann").scope(self.desk.logs().reach_coordinator_duty_log(request)).await)
    }

    async fn engineer(&self, named: &str, outcome: DutyCallOutcome) -> Result<DutyLog, Status> {
        let request = CallEngineerDutyLogRequest {
            id: self.id.clone(),
            engineer: named.into(),
            outcome: outcome.into(),
            ..CallEngineerDutyLogRequest::default()
        };
        inner(person("ann").scope(self.desk.logs().call_engineer_duty_log(request)).await)
    }

    async fn is_solved(&self) -> Result<DutyLog, Status> {
        let request = SolveDutyLogRequest {
            id: self.id.clone(),
            solution: "更换电源模块".into(),
            ..SolveDutyLogRequest::default()
        };
        inner(person("ann").scope(self.desk.logs().solve_duty_log(request)).await)
    }

    async fn tells(&self) -> Result<DutyLog, Status> {
        let request = TellResultDutyLogRequest {
            id: self.id.clone(),
            result: "产线已恢复".into(),
            told_to: "王主任".into(),
            ..TellResultDutyLogRequest::default()
        };
        inner(person("ann").scope(self.desk.logs().tell_result_duty_log(request)).await)
    }

    async fn closes(&self) -> Result<DutyLog, Status> {
        let request = CloseDutyLogRequest { id: self.id.clone(), ..CloseDutyLogRequest::default() };
        inner(person("ann").scope(self.desk.logs().close_duty_log(request)).await)
    }
}

/// Puts eve of the other team on duty all around the clock.
async fn eve_is_on_duty(desk: &Desk) {
    use hotline_proto::dispatch::v1::{DutyHours, Roster};
    desk.serves("eve", OTHER, "2020-01-01").await;
    let all = || vec!["00:00-24:00".to_owned()];
    let roster = Roster {
        team_key: OTHER.into(),
        hours: Some(DutyHours { working: all(), weekend: all(), holiday: all() }),
        ..crate::harness::duty::march(&["eve"])
    };
    let made = desk.makes_roster(admin(), roster).await.expect("a draft");
    desk.publishes(admin(), &made.id).await.expect("nothing is wrong with it");
}

#[tokio::test]
async fn an_emergency_goes_from_the_plan_over_coordinator_and_engineer_to_the_customer() {
    for desk in on_duty().await {
        eve_is_on_duty(&desk).await;
        desk.plans_for(plan("")).await.expect("the plan for all");
        desk.plans_for(plan("西区")).await.expect("the plan of the west");
        let night = Night::begins(&desk).await;
        assert_eq!(why(night.starts().await), "PRODUCTION_NOT_STOPPED");
        night.stands_still().await;
        let started = night.starts().await.expect("it stands still");
        let plan = started.plan.clone().expect("a plan");
        assert_eq!((started.state(), &*plan.region), (DutyLogState::Emergency, "西区"));
        assert_eq!(
            (started.due_stage(), &*plan.coordinators[0].phone),
            (DutyStage::Coordinator, "+8613900139000")
        );
        assert_eq!(why(night.engineer("", DutyCallOutcome::Unspecified).await), "COORDINATOR_FIRST");
        let missed = night.coordinator(DutyCallOutcome::NoAnswer).await.expect("recorded");
        assert_eq!(missed.state(), DutyLogState::Emergency);
        let reached = night.coordinator(DutyCallOutcome::Unspecified).await.expect("at the second try");
        assert_eq!((reached.state(), reached.due_stage()), (DutyLogState::Coordinated, DutyStage::Engineer));
        let called = night.engineer("", DutyCallOutcome::Unspecified).await.expect("eve is on duty");
        let engineer = called.engineer.clone().expect("an engineer");
        assert_eq!((&*engineer.subject, &*engineer.name), ("eve", "EVE"));
        assert_eq!(called.engineer_source(), DutyEngineerSource::Roster);
        assert_eq!(
            desk.log(member("eve", OTHER), &night.id).await.expect("who was called may read").id,
            night.id
        );
        let solved = night.is_solved().await.expect("on site");
        assert_eq!((solved.state(), solved.due_stage()), (DutyLogState::Solved, DutyStage::Tell));
        assert_eq!(why(night.closes().await), "RESULT_NOT_TOLD");
        night.tells().await.expect("the customer is called back");
        let closed = night.closes().await.expect("the customer knows");
        let done = [
            DutyStepKind::Taken,
            DutyStepKind::Noted,
            DutyStepKind::EmergencyStarted,
            DutyStepKind::CoordinatorCalled,
            DutyStepKind::CoordinatorCalled,
            DutyStepKind::EngineerCalled,
            DutyStepKind::Solved,
            DutyStepKind::ResultTold,
            DutyStepKind::Closed,
        ];
        assert_eq!((closed.state(), kinds(&closed)), (DutyLogState::Closed, done.to_vec()));
        let step = &closed.steps[3];
        assert_eq!(
            (&*step.whom, &*step.phone, step.outcome()),
            ("李协调", "+8613900139000", DutyCallOutcome::NoAnswer)
        );
        assert!(closed.steps.iter().all(|step| step.by == "ann" && step.at.is_some()));
        desk.pass(86_400).await;
        assert!(desk.outbox::<DutyLogOverdue>().await.is_empty(), "no time runs any more");
    }
}

#[tokio::test]
async fn where_no_plan_fits_it_says_what_to_do_and_nothing_has_changed() {
    for desk in on_duty().await {
        let night = Night::begins(&desk).await;
        night.stands_still().await;
        desk.plans_for(plan("东区")).await.expect("another region's");
        let refused = night.starts().await.expect_err("no plan");
        assert!(
            refused.message().contains("西区") && refused.message().contains("/v1/emergency-plans"),
            "{refused}"
        );
        assert_eq!(refusal::<DutyLog>(Err(refused)), (Code::FailedPrecondition, "NO_EMERGENCY_PLAN".into()));
        assert_eq!(desk.log(lead(), &night.id).await.expect("seen").state(), DutyLogState::Open);
    }
}

#[tokio::test]
async fn who_does_not_answer_gives_way_to_the_fallback_and_missed_times_are_told_once() {
    for desk in on_duty().await {
        let short = EmergencyPlan { coordinator_minutes: 5, ..plan("") };
        desk.plans_for(short).await.expect("the plan for all");
        let night = Night::begins(&desk).await;
        night.stands_still().await;
        night.starts().await.expect("it stands still");
        desk.pass(301).await;
        desk.pass(301).await;
        let overdue = desk.outbox::<DutyLogOverdue>().await;
        assert_eq!(
            (overdue.len(), &*overdue[0].stage, overdue[0].production_stopped),
            (1, "COORDINATOR", true)
        );
        night.coordinator(DutyCallOutcome::Busy).await.expect("tried");
        let nobody = night.engineer("", DutyCallOutcome::NoAnswer).await.expect("the fallback: no roster");
        assert_eq!(nobody.engineer_source(), DutyEngineerSource::Fallback);
        eve_is_on_duty(&desk).await;
        let eve = night.engineer("", DutyCallOutcome::NoAnswer).await.expect("eve is on duty now");
        assert_eq!(
            (eve.engineer_source(), eve.state()),
            (DutyEngineerSource::Roster, DutyLogState::Emergency)
        );
        let called = night.engineer("", DutyCallOutcome::Reached).await.expect("the fallback");
        assert_eq!(
            (&*called.engineer.clone().expect("an engineer").name, called.state()),
            ("赵工", DutyLogState::EngineerCalled)
        );
        let named = night.engineer("孙工", DutyCallOutcome::Reached).await.expect("anybody by name");
        assert_eq!(named.engineer_source(), DutyEngineerSource::Named);
        desk.pass(241 * 60).await;
        let overdue = desk.outbox::<DutyLogOverdue>().await;
        assert_eq!((overdue.len(), &*overdue[1].stage), (2, "SOLVE"));
        night.tells().await.expect("also that it is not solved yet");
        assert_eq!(night.is_solved().await.expect("at last").state(), DutyLogState::Solved);
    }
}

#[tokio::test]
async fn a_region_has_one_plan_by_which_somebody_can_be_called() {
    for desk in on_duty().await {
        let made = desk.plans_for(plan("西区")).await.expect("the first");
        assert_eq!(
            refusal(desk.plans_for(plan("西区")).await),
            (Code::AlreadyExists, "EMERGENCY_PLAN_EXISTS".into())
        );
        let nobody = EmergencyPlan { team_key: String::new(), fallback: None, ..plan("东区") };
        let refused = desk.plans_for(nobody).await.expect_err("no engineer");
        assert!(refused.message().starts_with("`plan.teamKey`"), "{refused}");
        let silent = DutyContact { name: "李".into(), phone: "无".into(), ..DutyContact::default() };
        let refused = desk.plans_for(EmergencyPlan { coordinators: vec![silent], ..plan("东区") }).await;
        assert!(refused.expect_err("no number").message().starts_with("`plan.coordinators`"));
        let other = desk.plans_for(plan("东区")).await.expect("another region");
        let change = async |id: &str, region: &str| {
            let plan = EmergencyPlan {
                id: id.into(),
                region: region.into(),
                solve_minutes: 60,
                ..Default::default()
            };
            let request = UpdateEmergencyPlanRequest { plan: Some(plan), ..Default::default() };
            inner(admin().scope(desk.plans().update_emergency_plan(request)).await)
        };
        assert_eq!(refusal(change(&other.id, "西区").await).0, Code::AlreadyExists);
        let changed = change(&made.id, "西北区").await.expect("a free region");
        assert_eq!((&*changed.region, changed.solve_minutes, changed.coordinators.len()), ("西北区", 60, 1));
    }
}
