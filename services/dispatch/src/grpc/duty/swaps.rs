//! Swaps (D8).

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_core::{caller, etag, id};
use hotline_proto::dispatch::v1::{
    CreateShiftSwapRequest, GetShiftSwapRequest, ListShiftSwapsRequest, ListShiftSwapsResponse, ShiftSwap,
    ShiftSwapStatus, TakeShiftSwapRequest, WithdrawShiftSwapRequest,
};
use hotline_roster::SwapStatus;

use super::super::wire::missing;
use super::overrides::filter;
use crate::domain::duty::{stretch, wall_text};
use crate::error::Error;
use crate::store::{SwapRow, agreements};
use crate::work::Work;

pub(super) async fn create(work: &Work, request: CreateShiftSwapRequest) -> Result<ShiftSwap, Error> {
    let caller = caller::required()?;
    let given = request.swap.unwrap_or_default();
    let team = work.team_in_sight(&caller, &given.team_key).await?;
    let requester = if given.requester.is_empty() { caller.subject.clone() } else { given.requester };
    if requester != caller.subject {
        work.check_in_charge(&caller, &team.key).await?;
    }
    let times = stretch((&given.from, &given.to), ["swap.from", "swap.to"])?;
    let wall = work.wall(&team.key, times).await?;
    let (tx, row) = work.ask_swap(team.key, wall, (requester, given.reason)).await?;
    let reply = message(row, work.clock.now())?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn list(
    work: &Work,
    request: &ListShiftSwapsRequest,
) -> Result<ListShiftSwapsResponse, Error> {
    let page = Page::of(request)?;
    let filter = filter(work, &request.team_key, &request.requester).await?;
    let (rows, next_page_token) = agreements::list_swaps(work.db.reader(), &filter, &page).await?;
    let now = work.clock.now();
    let swaps = rows.into_iter().map(|row| message(row, now)).collect::<Result<_, _>>()?;
    Ok(ListShiftSwapsResponse { swaps, next_page_token })
}

pub(super) async fn get(work: &Work, request: &GetShiftSwapRequest) -> Result<ShiftSwap, Error> {
    let found = agreements::find_swap(work.db.reader(), id::parse(&request.id, "id")?).await?;
    let row = found.ok_or_else(|| missing("swap", &request.id))?;
    work.check_sees(&caller::required()?, &row.team_key).await?;
    message(row, work.clock.now())
}

pub(super) async fn take(work: &Work, request: &TakeShiftSwapRequest) -> Result<ShiftSwap, Error> {
    let which = id::parse(&request.id, "id")?;
    let (tx, row) = work.take_swap(&caller::required()?, which, &request.etag).await?;
    let reply = message(row, work.clock.now())?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

pub(super) async fn withdraw(work: &Work, request: &WithdrawShiftSwapRequest) -> Result<ShiftSwap, Error> {
    let which = id::parse(&request.id, "id")?;
    let (tx, row) = work.withdraw_swap(&caller::required()?, which, &request.etag).await?;
    let reply = message(row, work.clock.now())?;
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

fn message(row: SwapRow, now: DateTime<Utc>) -> Result<ShiftSwap, Error> {
    let status = match row.known().map_err(Core::from)?.status(now) {
        SwapStatus::Open => ShiftSwapStatus::Open,
        SwapStatus::Taken => ShiftSwapStatus::Taken,
        SwapStatus::PastDue => ShiftSwapStatus::PastDue,
        SwapStatus::Deleted => ShiftSwapStatus::Deleted,
    };
    Ok(ShiftSwap {
        id: row.id.to_string(),
        team_key: row.team_key,
        from: wall_text(row.from_wall),
        to: wall_text(row.to_wall),
        time_zone: row.time_zone,
        requester: row.requester,
        reason: row.reason,
        status: status.into(),
        begins_at: Some(to_proto(row.begins_at)),
        requested_at: Some(to_proto(row.requested_at)),
        taken_by: row.taken_by,
        taken_at: to_proto_optional(row.taken_at),
        withdrawn_by: row.withdrawn_by,
        withdrawn_at: to_proto_optional(row.withdrawn_at),
        etag: etag::of(row.version),
    })
}
