//! What is told of duty rosters.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::LeaveState;
use hotline_proto::events::v1::{
    LeaveDecided, RosterPublished, RosterWithdrawn, SwapReminded, SwapTaken, SwapUndone,
};
use prost_types::Duration;

use crate::domain::presence::SYSTEM;
use crate::store::{LeaveRow, RosterRow, SwapRow};

/// A roster says from now on who is on duty.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn published(tx: &Tx, row: &RosterRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = RosterPublished {
        team_key: row.team_key.clone(),
        roster_id: row.id.to_string(),
        first_date: row.first_date.to_string(),
        last_date: row.last_date.to_string(),
        turns: row.turns.0.clone(),
    };
    put(tx, row.id, at, &event)
}

/// A roster that had not begun is a draft again.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn withdrawn(
    tx: &Tx,
    row: &RosterRow,
    (by, reason): (&str, &str),
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = RosterWithdrawn {
        team_key: row.team_key.clone(),
        roster_id: row.id.to_string(),
        first_date: row.first_date.to_string(),
        last_date: row.last_date.to_string(),
        turns: row.turns.0.clone(),
        withdrawn_by: by.to_owned(),
        reason: reason.to_owned(),
    };
    put(tx, row.id, at, &event)
}

/// Nobody has taken a swap yet, `before` its duty begins; `to` could.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn reminded(
    tx: &Tx,
    row: &SwapRow,
    (before, to): (TimeDelta, Vec<String>),
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = SwapReminded {
        team_key: row.team_key.clone(),
        swap_id: row.id.to_string(),
        requester: row.requester.clone(),
        begins_at: Some(to_proto(row.begins_at)),
        before: Some(Duration { seconds: before.num_seconds(), nanos: 0 }),
        to,
    };
    put(tx, row.id, at, &event)
}

/// A colleague took somebody's duty.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn taken(tx: &Tx, row: &SwapRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = SwapTaken {
        team_key: row.team_key.clone(),
        swap_id: row.id.to_string(),
        requester: row.requester.clone(),
        taken_by: row.taken_by.clone(),
        begins_at: Some(to_proto(row.begins_at)),
    };
    put(tx, row.id, at, &event)
}

/// A swap that was taken was taken back.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn undone(tx: &Tx, row: &SwapRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = SwapUndone {
        team_key: row.team_key.clone(),
        swap_id: row.id.to_string(),
        requester: row.requester.clone(),
        taken_by: row.taken_by.clone(),
        begins_at: Some(to_proto(row.begins_at)),
        undone_by: row.withdrawn_by.clone(),
    };
    put(tx, row.id, at, &event)
}

/// A leave was granted, refused, or taken back. Why somebody goes is nobody else's matter; nor is what was said with it,
/// unless nobody said it.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn decided(tx: &Tx, row: &LeaveRow, at: DateTime<Utc>) -> Result<(), Error> {
    let state = LeaveState::try_from(row.state).unwrap_or_default();
    let event = LeaveDecided {
        team_key: row.team_key.clone(),
        leave_id: row.id.to_string(),
        subject: row.subject.clone(),
        decision: state.as_str_name().trim_start_matches("LEAVE_STATE_").to_owned(),
        cover: row.cover.clone(),
        from: crate::domain::duty::wall_text(row.from_wall),
        to: crate::domain::duty::wall_text(row.to_wall),
        time_zone: row.time_zone.clone(),
        decided_by: row.decided_by.clone(),
        why: if row.decided_by == SYSTEM { row.note.clone() } else { String::new() },
    };
    put(tx, row.id, at, &event)
}
