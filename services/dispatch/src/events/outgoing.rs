//! What the service publishes: each event in the transaction that makes it true.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{
    AssignmentAccepted, AssignmentCompleted, AssignmentDeclined, AssignmentExpired, AssignmentQueued,
    AssignmentReturned, AssignmentSnapshot, AssignmentTransferred, TeamChanged,
};

use crate::domain::assignment::Assignment;
use crate::store::TeamRow;

/// A team was made, works by another calendar, or was never told of.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn team_changed(tx: &Tx, team: &TeamRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = TeamChanged { team_key: team.key.clone(), calendar: team.calendar.clone() };
    put(tx, team.id, at, &event)
}

/// Work was put into a team's queue.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn queued(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentQueued { assignment: Some(snapshot(work)), rule: work.rule.clone() };
    put(tx, work.id, at, &event)
}

/// A member took the work on.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn accepted(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentAccepted {
        assignment: Some(snapshot(work)),
        waited_seconds: (at - work.queued_at).num_seconds(),
    };
    put(tx, work.id, at, &event)
}

/// A member would not take it; `held` is the work as it was before.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn declined(tx: &Tx, held: &Assignment, reason: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentDeclined { assignment: Some(snapshot(held)), reason: reason.to_owned() };
    put(tx, held.id, at, &event)
}

/// A lease ran out; `held` is the work as it was before.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn expired(tx: &Tx, held: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentExpired { assignment: Some(snapshot(held)) };
    put(tx, held.id, at, &event)
}

/// The work went back to its team's queue; `held` is the work as it was before.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn returned(tx: &Tx, held: &Assignment, reason: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentReturned { assignment: Some(snapshot(held)), reason: reason.to_owned() };
    put(tx, held.id, at, &event)
}

/// The work went to another team.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn transferred(
    tx: &Tx,
    ended: &Assignment,
    to_team_key: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = AssignmentTransferred {
        assignment: Some(snapshot(ended)),
        to_team_key: to_team_key.to_owned(),
        reason: reason.to_owned(),
    };
    put(tx, ended.id, at, &event)
}

/// The work was done.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn completed(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let since = work.accepted_at.unwrap_or(at);
    let event =
        AssignmentCompleted { assignment: Some(snapshot(work)), handled_seconds: (at - since).num_seconds() };
    put(tx, work.id, at, &event)
}

fn snapshot(work: &Assignment) -> AssignmentSnapshot {
    AssignmentSnapshot {
        id: work.id.to_string(),
        ticket_id: work.ticket.id.to_string(),
        ticket_number: work.ticket.number.clone(),
        team_key: work.team_key.clone(),
        assignee: work.holder.clone(),
        epoch: work.epoch,
        category_code: work.ticket.category_code.clone(),
        priority: work.ticket.priority.into(),
        queued_at: Some(to_proto(work.queued_at)),
        channel: work.ticket.channel.into(),
        r#type: work.ticket.kind.into(),
    }
}
