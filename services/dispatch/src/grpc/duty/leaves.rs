//! Leave (D8).

use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_core::{caller, etag, id};
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    ApproveLeaveRequest, CreateLeaveRequest, GetLeaveRequest, Leave, LeaveState, ListLeavesRequest,
    ListLeavesResponse, RejectLeaveRequest, WithdrawLeaveRequest,
};

use super::super::wire::missing;
use super::overrides::filter;
use crate::domain::duty::{stretch, wall_text};
use crate::error::Error;
use crate::store::{LeaveRow, agreements};
use crate::work::Work;
use crate::work::leaves::Decision;

pub(super) async fn create(work: &Work, request: CreateLeaveRequest) -> Result<Leave, Error> {
    let caller = caller::required()?;
    let given = request.leave.unwrap_or_default();
    let team = work.team_in_sight(&caller, &given.team_key).await?;
    let subject = if given.subject.is_empty() { caller.subject.clone() } else { given.subject };
    if subject != caller.subject {
        work.check_in_charge(&caller, &team.key).await?;
    }
    let times = stretch((&given.from, &given.to), ["leave.from", "leave.to"])?;
    let wall = work.wall(&team.key, times).await?;
    let row = LeaveRow {
        id: id::new(),
        team_key: team.key,
        subject,
        from_wall: wall.from,
        to_wall: wall.to,
        time_zone: wall.zone.to_string(),
        cover: given.cover,
        reason: given.reason,
        state: LeaveState::Requested.into(),
        requested_at: work.clock.now(),
        decided_by: String::new(),
        decided_at: None,
        note: String::new(),
        agreed: 0,
        version: 1,
    };
    let (tx, row) = work.ask_leave(row).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(work: &Work, request: &ListLeavesRequest) -> Result<ListLeavesResponse, Error> {
    let caller = caller::required()?;
    let page = Page::of(request)?;
    let sees_all = caller.is_above_teams() || caller.has(Role::TeamLead);
    let whose = if sees_all { "" } else { &caller.subject };
    let filter = filter(work, &request.team_key, whose).await?;
    let (rows, next_page_token) =
        agreements::list_leaves(work.db.reader(), &filter, request.state(), &page).await?;
    Ok(ListLeavesResponse { leaves: rows.into_iter().map(message).collect(), next_page_token })
}

pub(super) async fn get(work: &Work, request: &GetLeaveRequest) -> Result<Leave, Error> {
    let caller = caller::required()?;
    let found = agreements::find_leave(work.db.reader(), id::parse(&request.id, "id")?).await?;
    let row = found.ok_or_else(|| missing("leave", &request.id))?;
    let has_part = [&row.subject, &row.cover].contains(&&caller.subject);
    if !has_part && !work.is_in_charge(&caller, &row.team_key).await? {
        // Why somebody goes, and that they do, is nobody else's matter.
        return Err(missing("leave", &request.id).into());
    }
    Ok(message(row))
}

pub(super) async fn approve(work: &Work, request: ApproveLeaveRequest) -> Result<Leave, Error> {
    let ApproveLeaveRequest { id, cover, note, etag } = request;
    decide(work, &id, Decision { grants: true, cover, note, etag }).await
}

pub(super) async fn reject(work: &Work, request: RejectLeaveRequest) -> Result<Leave, Error> {
    let RejectLeaveRequest { id, note, etag } = request;
    decide(work, &id, Decision { grants: false, cover: String::new(), note, etag }).await
}

async fn decide(work: &Work, leave: &str, decision: Decision) -> Result<Leave, Error> {
    let (tx, row) = work.decide_leave(&caller::required()?, id::parse(leave, "id")?, decision).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn withdraw(work: &Work, request: &WithdrawLeaveRequest) -> Result<Leave, Error> {
    let which = id::parse(&request.id, "id")?;
    let (tx, row) = work.withdraw_leave(&caller::required()?, which, &request.etag).await?;
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn message(row: LeaveRow) -> Leave {
    Leave {
        id: row.id.to_string(),
        team_key: row.team_key,
        subject: row.subject,
        from: wall_text(row.from_wall),
        to: wall_text(row.to_wall),
        time_zone: row.time_zone,
        cover: row.cover,
        reason: row.reason,
        state: row.state,
        requested_at: Some(to_proto(row.requested_at)),
        decided_by: row.decided_by,
        decided_at: to_proto_optional(row.decided_at),
        note: row.note,
        etag: etag::of(row.version),
    }
}
