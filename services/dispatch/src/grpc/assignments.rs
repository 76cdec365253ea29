//! Assignments: who sees them and what their holders do (D3).

use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, Assignment, CompleteAssignmentRequest, DeclineAssignmentRequest,
    GetAssignmentRequest, HeartbeatAssignmentRequest, ListAssignmentsRequest, ListAssignmentsResponse,
    ReturnAssignmentRequest, TransferAssignmentRequest,
};

use super::wire::{self, missing};
use crate::domain::assignment::Assignment as Held;
use crate::error::Error;
use crate::store::listing::{self, Filter};
use crate::store::{assignments, teams};
use crate::work::Work;
use crate::work::holder::Claimant;

pub(super) async fn get(work: &Work, request: GetAssignmentRequest) -> Result<Assignment, Error> {
    let caller = caller::required()?;
    let found = assignments::find(work.db.reader(), id::parse(&request.id, "id")?).await?;
    let found = found.ok_or_else(|| missing("assignment", &request.id))?;
    let holds = found.state.is_held() && found.holder == caller.subject;
    if !holds && !work.is_in_sight(&caller, &found.team_key).await? {
        return Err(missing("assignment", &request.id).into());
    }
    Ok(wire::assignment(found))
}

pub(super) async fn list(
    work: &Work,
    request: ListAssignmentsRequest,
) -> Result<ListAssignmentsResponse, Error> {
    let page = Page::of(&request)?;
    let sight = work.sight(&caller::required()?).await?;
    let team_key = teams::key_of(work.db.reader(), &request.team_key).await?;
    if !team_key.is_empty() && !sight.covers(&team_key) {
        return Err(Core::Forbidden("the work belongs to another team", "该任务属于其他班组").into());
    }
    let filter = Filter {
        sight,
        ticket_id: work.ticket_names.id(&request.ticket_id).await?,
        team_key,
        states: request.state,
        assignee: request.assignee,
    };
    let (found, next_page_token) = listing::list(work.db.reader(), &filter, &page).await?;
    Ok(ListAssignmentsResponse {
        assignments: found.into_iter().map(wire::assignment).collect(),
        next_page_token,
    })
}

pub(super) async fn heartbeat(work: &Work, request: HeartbeatAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let lease = wire::duration(request.lease, work.config.default_lease());
    still_held(work.heartbeat(&claimant, lease).await?, claimant).await
}

pub(super) async fn accept(work: &Work, request: AcceptAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    still_held(work.accept(&claimant).await?, claimant).await
}

pub(super) async fn decline(work: &Work, request: DeclineAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    given_up(work.decline(&claimant, &request.reason).await?).await
}

pub(super) async fn give_back(work: &Work, request: ReturnAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    given_up(work.give_back(&claimant, &request.reason).await?).await
}

pub(super) async fn transfer(work: &Work, request: TransferAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let moved = work.transfer(&claimant, &request.team_key, &request.reason).await?;
    given_up(moved).await
}

pub(super) async fn complete(work: &Work, request: CompleteAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let done = work.complete(&claimant, &request.resolution, &request.article_ids).await?;
    given_up(done).await
}

fn claimant(id: &str, token: String) -> Result<Claimant, Error> {
    Ok(Claimant { id: id::parse(id, "id")?, caller: caller::required()?, token })
}

/// Answers the holder, who keeps the token.
async fn still_held((tx, work): (Tx, Held), claimant: Claimant) -> Result<Assignment, Error> {
    let reply = wire::held(work, claimant.token);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Answers who held it until now.
async fn given_up((tx, work): (Tx, Held)) -> Result<Assignment, Error> {
    let reply = wire::assignment(work);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}
