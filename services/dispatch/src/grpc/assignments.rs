//! Assignments: who sees them and what their holders do (D3).

use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, Assignment, CompleteAssignmentRequest, DeclineAssignmentRequest, DeclineReason,
    FinishAssignmentRequest, ForceCompleteAssignmentRequest, GetAssignmentRequest,
    HeartbeatAssignmentRequest, ListAssignmentsRequest, ListAssignmentsResponse, ParkAssignmentRequest,
    ReassignAssignmentRequest, ResumeAssignmentRequest, ReturnAssignmentRequest, ReturnReason,
    TransferAssignmentRequest,
};

use super::wire::{self, missing};
use crate::domain::access::{Sight, follows_all, may_follow};
use crate::domain::assignment::Assignment as Held;
use crate::error::Error;
use crate::store::listing::{self, Filter};
use crate::store::{assignments, offering, teams};
use crate::work::Work;
use crate::work::control::Destination;
use crate::work::holder::Claimant;

pub(super) async fn get(work: &Work, request: GetAssignmentRequest) -> Result<Assignment, Error> {
    let caller = caller::required()?;
    let found = assignments::find(work.db.reader(), id::parse(&request.id, "id")?).await?;
    let found = found.ok_or_else(|| missing("assignment", &request.id))?;
    let holds = found.state.is_held() && found.holder == caller.subject;
    if !holds && !may_follow(&caller, &found.sender) && !work.is_in_sight(&caller, &found.team_key).await? {
        return Err(missing("assignment", &request.id).into());
    }
    Ok(wire::assignment(found, work.clock.now()))
}

pub(super) async fn list(
    work: &Work,
    request: ListAssignmentsRequest,
) -> Result<ListAssignmentsResponse, Error> {
    let page = Page::of(&request)?;
    let caller = caller::required()?;
    let of_a_ticket = !request.ticket_id.is_empty();
    // A desk follows its tickets wherever they go.
    let sight = if of_a_ticket && follows_all(&caller) { Sight::All } else { work.sight(&caller).await? };
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
        sender: if of_a_ticket { caller.subject } else { String::new() },
    };
    let (found, next_page_token) = listing::list(work.db.reader(), &filter, &page).await?;
    let now = work.clock.now();
    Ok(ListAssignmentsResponse {
        assignments: found.into_iter().map(|found| wire::assignment(found, now)).collect(),
        next_page_token,
    })
}

pub(super) async fn heartbeat(work: &Work, request: HeartbeatAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let lease = wire::duration(request.lease, work.config.default_lease());
    still_held(work, work.heartbeat(&claimant, lease).await?, claimant).await
}

pub(super) async fn accept(work: &Work, request: AcceptAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    still_held(work, work.accept(&claimant).await?, claimant).await
}

pub(super) async fn decline(work: &Work, request: DeclineAssignmentRequest) -> Result<Assignment, Error> {
    let code = match request.code() {
        DeclineReason::Unspecified => DeclineReason::Other,
        code => code,
    };
    let claimant = claimant(&request.id, request.lease_token)?;
    given_up(work, work.decline(&claimant, code, &request.reason).await?).await
}

pub(super) async fn give_back(work: &Work, request: ReturnAssignmentRequest) -> Result<Assignment, Error> {
    let code = match request.code() {
        ReturnReason::Unspecified => ReturnReason::Other,
        code => code,
    };
    let claimant = claimant(&request.id, request.lease_token)?;
    given_up(work, work.give_back(&claimant, code, &request.reason).await?).await
}

pub(super) async fn transfer(work: &Work, request: TransferAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let moved = work.transfer(&claimant, &request.team_key, &request.reason).await?;
    given_up(work, moved).await
}

pub(super) async fn complete(work: &Work, request: CompleteAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    let done = work.complete(&claimant, &request.resolution, &request.article_ids).await?;
    // The token is good for wrap-up too.
    if done.1.state.is_held() { still_held(work, done, claimant).await } else { given_up(work, done).await }
}

pub(super) async fn offers(work: &Work) -> Result<ListAssignmentsResponse, Error> {
    let now = work.clock.now();
    let held = offering::held_by(work.db.reader(), &caller::required()?.subject).await?;
    let message = |held: Held| match held.offered_token() {
        Some(token) => wire::held(held, token.text(), now),
        None => wire::assignment(held, now),
    };
    let assignments = held.into_iter().map(message).collect();
    Ok(ListAssignmentsResponse { assignments, ..ListAssignmentsResponse::default() })
}

pub(super) async fn park(work: &Work, request: ParkAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    still_held(work, work.park(&claimant, request.days, &request.reason).await?, claimant).await
}

pub(super) async fn resume(work: &Work, request: ResumeAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    still_held(work, work.resume(&claimant).await?, claimant).await
}

pub(super) async fn finish(work: &Work, request: FinishAssignmentRequest) -> Result<Assignment, Error> {
    let claimant = claimant(&request.id, request.lease_token)?;
    given_up(work, work.finish(&claimant, &request.disposition).await?).await
}

pub(super) async fn reassign(work: &Work, request: ReassignAssignmentRequest) -> Result<Assignment, Error> {
    let (caller, id) = (caller::required()?, id::parse(&request.id, "id")?);
    let to = Destination { team: &request.team_key, member: &request.member };
    given_up(work, work.reassign(&caller, id, &to, &request.reason).await?).await
}

pub(super) async fn force_complete(
    work: &Work,
    request: ForceCompleteAssignmentRequest,
) -> Result<Assignment, Error> {
    let (caller, id) = (caller::required()?, id::parse(&request.id, "id")?);
    let told = (request.resolution.as_str(), request.article_ids.as_slice());
    given_up(work, work.force_complete(&caller, id, told, &request.reason).await?).await
}

pub(super) fn claimant(id: &str, token: String) -> Result<Claimant, Error> {
    Ok(Claimant { id: id::parse(id, "id")?, caller: caller::required()?, token })
}

/// Answers the holder, who keeps the token.
pub(super) async fn still_held(
    work: &Work,
    (tx, held): (Tx, Held),
    claimant: Claimant,
) -> Result<Assignment, Error> {
    let reply = wire::held(held, claimant.token, work.clock.now());
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Answers who held it until now.
pub(super) async fn given_up(work: &Work, (tx, held): (Tx, Held)) -> Result<Assignment, Error> {
    let reply = wire::assignment(held, work.clock.now());
    tx.commit_reply(&reply).await?;
    Ok(reply)
}
