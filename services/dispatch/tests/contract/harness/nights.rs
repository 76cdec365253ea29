//! Calls outside office hours, emergency plans and hand-over notes, as people make them.

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::duty_log_service_client::DutyLogServiceClient;
use hotline_proto::dispatch::v1::emergency_plan_service_client::EmergencyPlanServiceClient;
use hotline_proto::dispatch::v1::handover_service_client::HandoverServiceClient;
use hotline_proto::dispatch::v1::{
    AcknowledgeHandoverRequest, CreateDutyLogRequest, CreateEmergencyPlanRequest, CreateHandoverRequest,
    DutyContact, DutyLog, DutyStepKind, EmergencyPlan, GetDutyLogRequest, Handover, ListDutyLogsRequest,
    ListHandoversRequest,
};
use tonic::Status;

use super::calls::inner;
use super::duty::person;
use super::{Desk, OTHER, TEAM, Way, admin};

/// The number that calls.
pub(crate) const PHONE: &str = "+8613800138000";

/// A call that says what stands still, or nothing.
pub(crate) fn call(subject: &str) -> CreateDutyLogRequest {
    CreateDutyLogRequest {
        team_key: TEAM.into(),
        phone: "138-0013-8000".into(),
        subject: subject.into(),
        ..CreateDutyLogRequest::default()
    }
}

/// A plan by which the engineer of [`OTHER`] is called.
pub(crate) fn plan(region: &str) -> EmergencyPlan {
    let contact = |name: &str, phone: &str| DutyContact {
        name: name.into(),
        phone: phone.into(),
        ..DutyContact::default()
    };
    EmergencyPlan {
        name: format!("{region}停产预案"),
        region: region.into(),
        coordinators: vec![contact("李协调", "139 0013 9000")],
        team_key: OTHER.into(),
        fallback: Some(contact("赵工", "13700137000")),
        ..EmergencyPlan::default()
    }
}

impl Desk {
    pub(crate) fn logs(&self) -> DutyLogServiceClient<Way> {
        DutyLogServiceClient::new(self.way.clone())
    }

    pub(crate) fn plans(&self) -> EmergencyPlanServiceClient<Way> {
        EmergencyPlanServiceClient::new(self.way.clone())
    }

    fn handovers(&self) -> HandoverServiceClient<Way> {
        HandoverServiceClient::new(self.way.clone())
    }

    pub(crate) async fn takes_call(
        &self,
        caller: Caller,
        call: CreateDutyLogRequest,
    ) -> Result<DutyLog, Status> {
        inner(caller.scope(self.logs().create_duty_log(call)).await)
    }

    pub(crate) async fn log(&self, caller: Caller, id: &str) -> Result<DutyLog, Status> {
        inner(caller.scope(self.logs().get_duty_log(GetDutyLogRequest { id: id.into() })).await)
    }

    pub(crate) async fn all_logs(&self, caller: Caller, which: ListDutyLogsRequest) -> Vec<DutyLog> {
        inner(caller.scope(self.logs().list_duty_logs(which)).await).expect("listed").duty_logs
    }

    pub(crate) async fn plans_for(&self, plan: EmergencyPlan) -> Result<EmergencyPlan, Status> {
        let request = CreateEmergencyPlanRequest { plan: Some(plan) };
        inner(admin().scope(self.plans().create_emergency_plan(request)).await)
    }

    pub(crate) async fn hands_over(&self, caller: Caller, notes: &str) -> Result<Handover, Status> {
        let request = CreateHandoverRequest { team_key: TEAM.into(), notes: notes.into() };
        inner(caller.scope(self.handovers().create_handover(request)).await)
    }

    pub(crate) async fn acknowledges(&self, caller: Caller, id: &str) -> Result<Handover, Status> {
        let request = AcknowledgeHandoverRequest { id: id.into(), etag: String::new() };
        inner(caller.scope(self.handovers().acknowledge_handover(request)).await)
    }

    /// Returns the notes for somebody, newest first.
    pub(crate) async fn notes_to(&self, subject: &str) -> Vec<Handover> {
        let request = ListHandoversRequest {
            team_key: TEAM.into(),
            to: subject.into(),
            ..ListHandoversRequest::default()
        };
        let listed = person("ann").scope(self.handovers().list_handovers(request)).await;
        inner(listed).expect("listed").handovers
    }

    /// Moves the clock to an instant and lets happen what is due by then.
    pub(crate) async fn passes_to(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().expect("a time");
        self.pass((at - self.clock.now()).num_seconds()).await;
    }
}

/// Returns what was done with a log, in order.
pub(crate) fn kinds(log: &DutyLog) -> Vec<DutyStepKind> {
    log.steps.iter().map(hotline_proto::dispatch::v1::DutyStep::kind).collect()
}

/// Returns an instant as messages have it.
pub(crate) fn instant(at: &str) -> Option<prost_types::Timestamp> {
    Some(to_proto(at.parse().expect("a time")))
}
