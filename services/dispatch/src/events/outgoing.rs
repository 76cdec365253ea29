//! What the service publishes: each event in the transaction that makes it true.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{DeclineReason, PresenceState, ReturnReason};
use hotline_proto::events::v1::{
    AssignmentAccepted, AssignmentClaimed, AssignmentCompleted, AssignmentDeclined, AssignmentDisputed,
    AssignmentExpired, AssignmentFinished, AssignmentOffered, AssignmentParked, AssignmentQueued,
    AssignmentRerouted, AssignmentRescinded, AssignmentResumed, AssignmentReturned, AssignmentSnapshot,
    AssignmentTransferred, AssignmentUpdated, AssignmentWithdrawn, PresenceChanged, PresenceLoggedOut,
    QueueFlowChanged, TeamChanged, WebhookDisabled,
};

use super::confirming::outcomes;
use crate::domain::assignment::Assignment;
use crate::domain::flow::Flow;
use crate::domain::presence;
use crate::store::{PresenceRow, TeamRow, WebhookRow};
use crate::work::onward::Cause;

/// A team was made, works by another calendar, or was never told of.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn team_changed(tx: &Tx, team: &TeamRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = TeamChanged { team_key: team.key.clone(), calendar: team.calendar.clone() };
    put(tx, team.id, at, &event)
}

/// A team's queue stopped, goes on, or runs empty.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn flow_changed(tx: &Tx, team: &TeamRow, at: DateTime<Utc>) -> Result<(), Error> {
    let (flow, reason) = (Flow::from_number(team.flow).name().to_owned(), team.flow_reason.clone());
    put(tx, team.id, at, &QueueFlowChanged { team_key: team.key.clone(), flow, reason })
}

/// Work was put into a team's queue.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn queued(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentQueued { assignment: Some(snapshot(work)), rule: work.rule.clone() };
    put(tx, work.id, at, &event)
}

/// A member claimed the work.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn claimed(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let expires_at = to_proto_optional(work.lease_expires_at);
    put(tx, work.id, at, &AssignmentClaimed { assignment: Some(snapshot(work)), expires_at })
}

/// A fact of the ticket changed.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn updated(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let due_at = Some(to_proto(work.due_at));
    put(tx, work.id, at, &AssignmentUpdated { assignment: Some(snapshot(work)), due_at })
}

/// The work is no longer needed; `before` is as it was.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn withdrawn(tx: &Tx, before: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    put(tx, before.id, at, &AssignmentWithdrawn { assignment: Some(snapshot(before)) })
}

/// A member took the work on.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn accepted(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentAccepted {
        assignment: Some(snapshot(work)),
        waited_seconds: (at - work.queued_at).num_seconds(),
        stages: outcomes(work, &work.ended_by_acceptance(), at),
    };
    put(tx, work.id, at, &event)
}

/// A member would not take it; `held` is the work as it was before.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn declined(
    tx: &Tx,
    held: &Assignment,
    code: DeclineReason,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let code = code.as_str_name().trim_start_matches("DECLINE_REASON_").to_owned();
    let event = AssignmentDeclined { assignment: Some(snapshot(held)), reason: reason.to_owned(), code };
    put(tx, held.id, at, &event)
}

/// The work was offered to its holder.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn offered(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let expires_at = to_proto_optional(work.lease_expires_at);
    put(tx, work.id, at, &AssignmentOffered { assignment: Some(snapshot(work)), expires_at })
}

/// An unanswered offer was taken back; `held` is the work as it was before.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn rescinded(tx: &Tx, held: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    put(tx, held.id, at, &AssignmentRescinded { assignment: Some(snapshot(held)) })
}

/// The holder laid the work aside.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn parked(
    tx: &Tx,
    work: &Assignment,
    until: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let reason = work.parked.as_ref().map(|parked| parked.reason.clone()).unwrap_or_default();
    let (assignment, until) = (Some(snapshot(work)), Some(to_proto(until)));
    put(tx, work.id, at, &AssignmentParked { assignment, until, reason })
}

/// Parked work is in hand again.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn resumed(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    put(tx, work.id, at, &AssignmentResumed { assignment: Some(snapshot(work)) })
}

/// Wrap-up ended.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn finished(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let event = AssignmentFinished {
        assignment: Some(snapshot(work)),
        wrap_up_seconds: (at - work.ended_at.unwrap_or(at)).num_seconds(),
        disposition: work.disposition.clone(),
    };
    put(tx, work.id, at, &event)
}

/// Somebody does something else than `before`.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn presence_changed(
    tx: &Tx,
    now: &PresenceRow,
    before: PresenceState,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = PresenceChanged {
        subject: now.subject.clone(),
        state: presence::name(presence::from_number(now.state)).to_owned(),
        from_state: presence::name(before).to_owned(),
        reason: now.reason.clone(),
        changed_by: now.changed_by.clone(),
    };
    put(tx, now.id, at, &event)
}

/// Somebody was away too long; `before` is what they did, `taken` what they had in hand.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn logged_out(
    tx: &Tx,
    before: &PresenceRow,
    team_keys: Vec<String>,
    taken: &[Assignment],
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = PresenceLoggedOut {
        subject: before.subject.clone(),
        away_since: Some(to_proto(before.since)),
        reason: before.reason.clone(),
        team_keys,
        assignment_ids: taken.iter().map(|work| work.id.to_string()).collect(),
    };
    put(tx, before.id, at, &event)
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
pub(crate) fn returned(
    tx: &Tx,
    held: &Assignment,
    code: Option<ReturnReason>,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let code = code.map_or("", |code| code.as_str_name().trim_start_matches("RETURN_REASON_"));
    let (code, reason) = (code.to_owned(), reason.to_owned());
    put(tx, held.id, at, &AssignmentReturned { assignment: Some(snapshot(held)), reason, code })
}

/// The work was returned as often as is allowed.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn disputed(tx: &Tx, work: &Assignment, reason: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let (assignment, reason) = (Some(snapshot(work)), reason.to_owned());
    put(tx, work.id, at, &AssignmentDisputed { assignment, returns: work.returns, reason })
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
        stages: outcomes(ended, &ended.missed_by_leaving(at), at),
    };
    put(tx, ended.id, at, &event)
}

/// Routing gave waiting work to another team.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn rerouted(
    tx: &Tx,
    ended: &Assignment,
    next: &Assignment,
    cause: Cause,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = AssignmentRerouted {
        assignment: Some(snapshot(ended)),
        to_team_key: next.team_key.clone(),
        rule: next.rule.clone(),
        target: next.chosen.target,
        cause: cause.name().to_owned(),
    };
    put(tx, ended.id, at, &event)
}

/// The work was done; why somebody else than its holder says so, where that is so.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn completed(
    tx: &Tx,
    work: &Assignment,
    forced_reason: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let since = work.accepted_at.unwrap_or(at);
    let event = AssignmentCompleted {
        assignment: Some(snapshot(work)),
        handled_seconds: (at - since).num_seconds(),
        forced_reason: forced_reason.to_owned(),
        stages: outcomes(work, &work.ended_by_completion(at), at),
    };
    put(tx, work.id, at, &event)
}

/// A webhook was disabled.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn webhook_disabled(tx: &Tx, row: &WebhookRow, at: DateTime<Utc>) -> Result<(), Error> {
    let (webhook_id, team_key) = (row.id.to_string(), row.team_key.clone());
    put(tx, row.id, at, &WebhookDisabled { webhook_id, team_key, reason: row.disabled_reason.clone() })
}

pub(super) fn snapshot(work: &Assignment) -> AssignmentSnapshot {
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
