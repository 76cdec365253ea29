//! What is told of calls outside office hours and of hand-over notes.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{DutyContract, DutyStage, DutyStepKind};
use hotline_proto::events::v1::{
    DutyLogFlagged, DutyLogMoved, DutyLogOverdue, DutyLogRemoteDue, DutyLogTaken, HandoverAcknowledged,
    HandoverUnread, HandoverWritten,
};

use crate::domain::duty_log::refusal::name;
use crate::store::{DutyLogRow, DutyStepRow, HandoverRow};

/// A call was taken.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn taken(tx: &Tx, row: &DutyLogRow) -> Result<(), Error> {
    let event = DutyLogTaken {
        team_key: row.team_key.clone(),
        log_id: row.id.to_string(),
        taken_by: row.taken_by.clone(),
        on_duty: row.on_duty,
        production_stopped: row.production_stopped,
        received_at: Some(to_proto(row.received_at)),
    };
    put(tx, row.id, row.recorded_at, &event)
}

/// A step was made.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn moved(tx: &Tx, row: &DutyLogRow, step: &DutyStepRow) -> Result<(), Error> {
    let kind = DutyStepKind::try_from(step.kind).unwrap_or_default();
    let event = DutyLogMoved {
        team_key: row.team_key.clone(),
        log_id: row.id.to_string(),
        step: kind.as_str_name().trim_start_matches("DUTY_STEP_KIND_").to_owned(),
        state: name(row.state()).to_owned(),
        by: step.made_by.clone(),
        whom: step.whom.clone(),
        ticket_id: hotline_core::id::text(row.ticket_id),
    };
    put(tx, row.id, step.recorded_at, &event)
}

/// The caller's contract does not run.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn flagged(tx: &Tx, row: &DutyLogRow, at: DateTime<Utc>) -> Result<(), Error> {
    let contract = DutyContract::try_from(row.contract).unwrap_or_default();
    let event = DutyLogFlagged {
        team_key: row.team_key.clone(),
        log_id: row.id.to_string(),
        contract: contract.as_str_name().trim_start_matches("DUTY_CONTRACT_").to_owned(),
    };
    put(tx, row.id, at, &event)
}

/// A stage took longer than its time.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn overdue(
    tx: &Tx,
    row: &DutyLogRow,
    stage: DutyStage,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = DutyLogOverdue {
        team_key: row.team_key.clone(),
        log_id: row.id.to_string(),
        stage: stage_name(stage).to_owned(),
        due_at: Some(to_proto(due_at)),
        production_stopped: row.production_stopped,
    };
    put(tx, row.id, due_at, &event)
}

/// Returns a stage's name without its prefix.
pub(crate) fn stage_name(stage: DutyStage) -> &'static str {
    stage.as_str_name().trim_start_matches("DUTY_STAGE_")
}

/// The time of a remote session came; `on_duty` should do it.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn remote_due(tx: &Tx, row: &DutyLogRow, on_duty: String, at: DateTime<Utc>) -> Result<(), Error> {
    let event = DutyLogRemoteDue {
        team_key: row.team_key.clone(),
        log_id: row.id.to_string(),
        remote_at: to_proto_optional(row.remote_at),
        duty_subject: on_duty,
    };
    put(tx, row.id, at, &event)
}

/// Notes were written, or made by themselves.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn written(tx: &Tx, row: &HandoverRow) -> Result<(), Error> {
    let event = HandoverWritten {
        team_key: row.team_key.clone(),
        handover_id: row.id.to_string(),
        from_subject: row.from_subject.clone(),
        to_subject: row.to_subject.clone(),
        begins_at: Some(to_proto(row.begins_at)),
        by_itself: row.written_by.is_empty(),
        items: count(row),
    };
    put(tx, row.id, row.written_at, &event)
}

/// Notes were read.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn acknowledged(tx: &Tx, row: &HandoverRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = HandoverAcknowledged {
        team_key: row.team_key.clone(),
        handover_id: row.id.to_string(),
        acknowledged_by: row.acknowledged_by.clone(),
    };
    put(tx, row.id, at, &event)
}

/// Nobody said in time that they read the notes.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn unread(tx: &Tx, row: &HandoverRow, at: DateTime<Utc>) -> Result<(), Error> {
    let event = HandoverUnread {
        team_key: row.team_key.clone(),
        handover_id: row.id.to_string(),
        from_subject: row.from_subject.clone(),
        to_subject: row.to_subject.clone(),
        begins_at: Some(to_proto(row.begins_at)),
        items: count(row),
    };
    put(tx, row.id, at, &event)
}

fn count(row: &HandoverRow) -> i32 {
    i32::try_from(row.items.0.len()).unwrap_or(i32::MAX)
}
