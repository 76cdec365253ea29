//! Calls as their callers make them.

use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, Assignment, AssignmentState, ClaimAssignmentsRequest, CompleteAssignmentRequest,
    DeclineAssignmentRequest, DeclineReason, GetAssignmentRequest, HeartbeatAssignmentRequest,
    ReturnAssignmentRequest, ReturnReason, TransferAssignmentRequest,
};
use prost_types::Duration;
use tonic::{Code, Response, Status};

use super::{Client, Desk, TEAM};

pub(crate) type Answer = Result<Assignment, Status>;

/// A claim of up to `max` from [`TEAM`]'s queue under a lease of 60 s, waiting `wait` seconds.
pub(crate) fn claim_of(max: i32, wait: i64) -> ClaimAssignmentsRequest {
    ClaimAssignmentsRequest { team_key: TEAM.into(), max, wait: seconds(wait), lease: seconds(60) }
}

pub(crate) fn seconds(seconds: i64) -> Option<Duration> {
    Some(Duration { seconds, nanos: 0 })
}

/// Claims as `caller`.
pub(crate) async fn claim(
    client: &Client,
    caller: Caller,
    request: ClaimAssignmentsRequest,
) -> Result<Vec<Assignment>, Status> {
    let mut client = client.clone();
    let claimed = caller.scope(client.claim_assignments(request)).await?;
    Ok(claimed.into_inner().assignments)
}

impl Desk {
    /// Claims what there is now.
    pub(crate) async fn claims(&self, caller: Caller, max: i32) -> Vec<Assignment> {
        claim(&self.client, caller, claim_of(max, 0)).await.expect("the claim is served")
    }

    /// Claims the one most urgent assignment.
    pub(crate) async fn claims_one(&self, caller: Caller) -> Assignment {
        let mut claimed = self.claims(caller, 1).await;
        assert_eq!(claimed.len(), 1, "one waits");
        claimed.remove(0)
    }

    pub(crate) async fn heartbeat(&self, caller: Caller, work: &Assignment, lease: i64) -> Answer {
        let request = HeartbeatAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            lease: seconds(lease),
        };
        inner(caller.scope(self.client.clone().heartbeat_assignment(request)).await)
    }

    pub(crate) async fn accept(&self, caller: Caller, work: &Assignment) -> Answer {
        let request = AcceptAssignmentRequest { id: work.id.clone(), lease_token: work.lease_token.clone() };
        inner(caller.scope(self.client.clone().accept_assignment(request)).await)
    }

    pub(crate) async fn decline(&self, caller: Caller, work: &Assignment) -> Answer {
        let request = DeclineAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            reason: "不会修".into(),
            code: DeclineReason::LacksSkill.into(),
        };
        inner(caller.scope(self.client.clone().decline_assignment(request)).await)
    }

    pub(crate) async fn gives_back(&self, caller: Caller, work: &Assignment) -> Answer {
        let request = ReturnAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            reason: "等配件".into(),
            code: ReturnReason::NeedsParts.into(),
        };
        inner(caller.scope(self.client.clone().return_assignment(request)).await)
    }

    pub(crate) async fn transfer(&self, caller: Caller, work: &Assignment, team: &str) -> Answer {
        let request = TransferAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            team_key: team.into(),
            reason: "需要现场处理".into(),
        };
        inner(caller.scope(self.client.clone().transfer_assignment(request)).await)
    }

    pub(crate) async fn complete(&self, caller: Caller, work: &Assignment) -> Answer {
        let request = CompleteAssignmentRequest {
            id: work.id.clone(),
            lease_token: work.lease_token.clone(),
            resolution: "更换光猫，网络恢复。".into(),
            article_ids: Vec::new(),
        };
        inner(caller.scope(self.client.clone().complete_assignment(request)).await)
    }

    pub(crate) async fn get(&self, caller: Caller, id: &str) -> Answer {
        let request = GetAssignmentRequest { id: id.into() };
        inner(caller.scope(self.client.clone().get_assignment(request)).await)
    }
}

/// Takes the message out of an answer.
pub(crate) fn inner<T>(answer: Result<Response<T>, Status>) -> Result<T, Status> {
    answer.map(Response::into_inner)
}

/// Expects that the call was refused; returns code and reason.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("the call is refused");
    (status.code(), reason_of(&status))
}

/// What a lost lease is answered with.
pub(crate) fn lease_lost() -> (Code, String) {
    (Code::Aborted, "LEASE_LOST".into())
}

/// Returns the tickets of assignments.
pub(crate) fn tickets(work: &[Assignment]) -> Vec<&str> {
    work.iter().map(|work| work.ticket_id.as_str()).collect()
}

/// Expects an assignment in a state.
pub(crate) fn in_state(answer: Answer, state: AssignmentState) -> Assignment {
    let work = answer.expect("the call succeeds");
    assert_eq!(work.state(), state);
    work
}
