//! Assignments: who sees them and what their holders do (D3).

use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_proto::dispatch::v1::{
    AcceptAssignmentRequest, Assignment, CompleteAssignmentRequest, DeclineAssignmentRequest, DeclineReason,
    DisclosureWay, FinishAssignmentRequest, ForceCompleteAssignmentRequest, GetAssignmentRequest,
    HeartbeatAssignmentRequest, ListAssignmentsRequest, ListAssignmentsResponse, ParkAssignmentRequest,
    ReassignAssignmentRequest, ResumeAssignmentRequest, ReturnAssignmentRequest, ReturnReason,
    TransferAssignmentRequest,
};

use super::shown::{self, given_up, still_held};
use super::wire::{self, missing};
use crate::domain::access::{Sight, follows_all, may_follow};
use crate::domain::disclosure::is_outsider;
use crate::error::Error;
use crate::store::listing::{self, Filter};
use crate::store::{assignments, offering, teams};
use crate::work::Work;
use crate::work::control::Destination;

pub(super) async fn get(work: &Work, request: GetAssignmentRequest) -> Result<Assignment, Error> {
    let caller = caller::required()?;
    let found = assignments::find(work.db.reader(), id::parse(&request.id, "id")?).await?;
    let found = found.ok_or_else(|| missing("assignment", &request.id))?;
    let holds = found.state.is_held() && found.holder == caller.subject;
    if !holds && !may_follow(&caller, &found.sender) && !work.is_in_sight(&caller, &found.team_key).await? {
        return Err(missing("assignment", &request.id).into());
    }
    let shown = shown::all(work, vec![found]).await?.pop();
    Ok(shown.ok_or_else(|| missing("assignment", &request.id))?)
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
        sender: if of_a_ticket && !is_outsider(&caller) { caller.subject } else { String::new() },
    };
    let (found, next_page_token) = listing::list(work.db.reader(), &filter, &page).await?;
    Ok(ListAssignmentsResponse { assignments: shown::all(work, found).await?, next_page_token })
}

pub(super) async fn heartbeat(work: &Work, request: HeartbeatAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let lease = wire::duration(request.lease, work.config.default_lease());
    still_held(work, work.heartbeat(&claimant, lease).await?, (claimant, viewer)).await
}

pub(super) async fn accept(work: &Work, request: AcceptAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let (tx, held) = work.accept(&claimant).await?;
    work.disclose(&tx, &viewer, &held, DisclosureWay::Acceptance).await?;
    still_held(work, (tx, held), (claimant, viewer)).await
}

pub(super) async fn decline(work: &Work, request: DeclineAssignmentRequest) -> Result<Assignment, Error> {
    let code = match request.code() {
        DeclineReason::Unspecified => DeclineReason::Other,
        code => code,
    };
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    given_up(work, work.decline(&claimant, code, &request.reason).await?, &viewer).await
}

pub(super) async fn give_back(work: &Work, request: ReturnAssignmentRequest) -> Result<Assignment, Error> {
    let code = match request.code() {
        ReturnReason::Unspecified => ReturnReason::Other,
        code => code,
    };
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    given_up(work, work.give_back(&claimant, code, &request.reason).await?, &viewer).await
}

pub(super) async fn transfer(work: &Work, request: TransferAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let moved = work.transfer(&claimant, &request.team_key, &request.reason).await?;
    given_up(work, moved, &viewer).await
}

pub(super) async fn complete(work: &Work, request: CompleteAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let done = work.complete(&claimant, &request.resolution, &request.article_ids).await?;
    // The token is good for wrap-up too.
    if done.1.state.is_held() {
        still_held(work, done, (claimant, viewer)).await
    } else {
        given_up(work, done, &viewer).await
    }
}

pub(super) async fn offers(work: &Work) -> Result<ListAssignmentsResponse, Error> {
    let held = offering::held_by(work.db.reader(), &caller::required()?.subject).await?;
    let tokens: Vec<_> = held.iter().map(|held| held.offered_token().map(|token| token.text())).collect();
    let mut assignments = shown::all(work, held).await?;
    for (shown, token) in assignments.iter_mut().zip(tokens) {
        shown.lease_token = token.unwrap_or_default();
    }
    Ok(ListAssignmentsResponse { assignments, ..ListAssignmentsResponse::default() })
}

pub(super) async fn park(work: &Work, request: ParkAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    still_held(work, work.park(&claimant, request.days, &request.reason).await?, (claimant, viewer)).await
}

pub(super) async fn resume(work: &Work, request: ResumeAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    still_held(work, work.resume(&claimant).await?, (claimant, viewer)).await
}

pub(super) async fn finish(work: &Work, request: FinishAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    given_up(work, work.finish(&claimant, &request.disposition).await?, &viewer).await
}

pub(super) async fn reassign(work: &Work, request: ReassignAssignmentRequest) -> Result<Assignment, Error> {
    let (caller, id) = (caller::required()?, id::parse(&request.id, "id")?);
    let to = Destination { team: &request.team_key, member: &request.member };
    let viewer = work.viewer_of(&caller, id).await?;
    given_up(work, work.reassign(&caller, id, &to, &request.reason).await?, &viewer).await
}

pub(super) async fn force_complete(
    work: &Work,
    request: ForceCompleteAssignmentRequest,
) -> Result<Assignment, Error> {
    let (caller, id) = (caller::required()?, id::parse(&request.id, "id")?);
    let told = (request.resolution.as_str(), request.article_ids.as_slice());
    let viewer = work.viewer_of(&caller, id).await?;
    given_up(work, work.force_complete(&caller, id, told, &request.reason).await?, &viewer).await
}
