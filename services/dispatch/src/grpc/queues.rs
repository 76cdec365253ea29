//! Queues: how they stand, claims, rebuilds (D3, D11, D12).

use std::time::Duration as Span;

use hotline_core::caller::{self, Caller};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::idempotency;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{
    Assignment, ClaimAssignmentsRequest, ClaimAssignmentsResponse, ListQueuesRequest, ListQueuesResponse,
    Queue, QueueFlow, RebuildQueuesRequest, RebuildQueuesResponse,
};
use prost_types::Duration;
use uuid::Uuid;

use super::shown;
use super::wire::{self, missing};
use crate::domain::disclosure::is_outsider;
use crate::domain::flow::Flow;
use crate::error::Error;
use crate::store::standing::{self, Standing};
use crate::store::{TeamRow, teams};
use crate::work::Work;
use crate::work::claim::{Claim, Granted};

pub(super) async fn list(work: &Work, request: ListQueuesRequest) -> Result<ListQueuesResponse, Error> {
    let sight = work.sight(&caller::required()?).await?;
    let mut rows = if request.team_key.is_empty() {
        teams::all(work.db.reader()).await?
    } else {
        let team = known_team(work, &request.team_key).await?;
        if !sight.covers(&team.key) {
            return Err(not_yours());
        }
        vec![team]
    };
    rows.retain(|team| sight.covers(&team.key));
    let mut queues = Vec::with_capacity(rows.len());
    for team in rows {
        let standing = standing::of(work.db.reader(), &team.key, work.clock.now()).await?;
        queues.push(message(team, &standing));
    }
    Ok(ListQueuesResponse { queues })
}

pub(super) async fn set_flow(work: &Work, team: &str, flow: Flow, reason: &str) -> Result<Queue, Error> {
    let (tx, team) = work.set_flow(&caller::required()?, team, flow, reason).await?;
    let standing = standing::of(&*tx, &team.key, work.clock.now()).await?;
    let reply = message(team, &standing);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn claim(
    work: &Work,
    request: ClaimAssignmentsRequest,
) -> Result<ClaimAssignmentsResponse, Error> {
    let caller = caller::required()?;
    let claim = read_claim(work, &caller, request).await?;
    let Some((tx, granted)) = work.claim(&claim).await? else {
        idempotency::nothing_to_store();
        return Ok(ClaimAssignmentsResponse::default());
    };
    let ids: Vec<_> = granted.iter().map(|(work, _)| work.id).collect();
    if is_outsider(&caller) {
        return claimed_outside(work, &caller, (tx, granted), (&claim, &ids)).await;
    }
    let now = work.clock.now();
    let assignments = granted
        .into_iter()
        .map(|(held, token)| Assignment { lease_token: token.text(), ..wire::assignment(held, now) });
    let reply = ClaimAssignmentsResponse { assignments: assignments.collect() };
    if let Err(error) = tx.commit_reply(&reply).await {
        work.not_granted(&claim, &ids).await;
        return Err(error.into());
    }
    Ok(reply)
}

/// Answers a third party: whom to hide is looked up once the lease is written, because nothing is asked of others while a
/// transaction is open. A process that dies in between leaves a lease that runs out.
async fn claimed_outside(
    work: &Work,
    caller: &Caller,
    (tx, granted): (Tx, Vec<Granted>),
    (claim, ids): (&Claim, &[Uuid]),
) -> Result<ClaimAssignmentsResponse, Error> {
    if let Err(error) = tx.commit().await {
        work.not_granted(claim, ids).await;
        return Err(error.into());
    }
    let viewer = work.viewer(caller, granted.iter().map(|(held, _)| held.ticket.id)).await;
    let now = work.clock.now();
    let seen = |(held, token): Granted| shown::held(viewer.see(work, held, true), token.text(), now);
    let reply = ClaimAssignmentsResponse { assignments: granted.into_iter().map(seen).collect() };
    let tx = work.db.begin().await?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn rebuild(
    work: &Work,
    request: RebuildQueuesRequest,
) -> Result<RebuildQueuesResponse, Error> {
    let keys = if request.team_key.is_empty() {
        teams::keys(work.db.reader()).await?
    } else {
        vec![known_team(work, &request.team_key).await?.key]
    };
    let mut reply = RebuildQueuesResponse::default();
    for key in keys {
        let waiting = work.queues.rebuild(&key).await;
        reply.waiting += i64::try_from(waiting).unwrap_or(i64::MAX);
        reply.queues += 1;
    }
    Ok(reply)
}

async fn read_claim(work: &Work, caller: &Caller, request: ClaimAssignmentsRequest) -> Result<Claim, Error> {
    let found = teams::find_with_member(work.db.reader(), &request.team_key, &caller.subject).await?;
    let (team, member) = found.ok_or_else(|| missing("team", &request.team_key))?;
    if member.is_none() && !caller.may_act_for(&team.key) {
        return Err(not_yours());
    }
    Ok(Claim {
        team,
        member,
        subject: caller.subject.clone(),
        most: usize::try_from(request.max.max(1)).unwrap_or(1),
        wait: wire::duration(request.wait, Span::ZERO),
        lease: wire::duration(request.lease, work.config.default_lease()),
    })
}

pub(super) async fn known_team(work: &Work, id_or_key: &str) -> Result<TeamRow, Error> {
    let team = teams::find(work.db.reader(), id_or_key).await?;
    Ok(team.ok_or_else(|| missing("team", id_or_key))?)
}

pub(super) fn not_yours() -> Error {
    Core::Forbidden("the queue belongs to another team", "该队列属于其他班组").into()
}

fn message(team: TeamRow, standing: &Standing) -> Queue {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let flow = Flow::from_number(team.flow);
    let expected_wait = standing.expected_wait().filter(|_| flow.gives_out());
    Queue {
        team_key: team.key,
        waiting: number(standing.waiting),
        in_hand: number(standing.in_hand),
        breached: number(standing.breached),
        disputed: number(standing.disputed),
        oldest_assignment_id: standing.oldest.map(|(id, _)| id.to_string()).unwrap_or_default(),
        oldest_queued_at: standing.oldest.map(|(_, since)| to_proto(since)),
        flow: QueueFlow::from(flow).into(),
        flow_reason: team.flow_reason,
        flow_changed_by: team.flow_changed_by,
        flow_changed_at: to_proto_optional(team.flow_changed_at),
        expected_wait: expected_wait.map(|wait| Duration { seconds: wait.num_seconds(), nanos: 0 }),
    }
}
