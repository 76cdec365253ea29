//! What is told of confirmations, escalations, arrivals, and of how stages end.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::events::v1::{AssignmentArrived, AssignmentConfirmed, AssignmentEscalated, StageOutcome};

use super::outgoing::snapshot;
use crate::domain::assignment::Assignment;
use crate::domain::stages::{Stage, Standing};

/// The next handler was reached by telephone.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn confirmed(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let Some(confirmation) = &work.confirmation else { return Ok(()) };
    let event = AssignmentConfirmed {
        assignment: Some(snapshot(work)),
        by: confirmation.by.clone(),
        phone: confirmation.phone.clone(),
        confirmed_at: Some(to_proto(confirmation.at)),
        waited_seconds: (confirmation.at - work.queued_at).num_seconds(),
        stages: outcomes(work, &work.ended_by_confirmation(), at),
    };
    put(tx, work.id, at, &event)
}

/// Somebody was told that nobody confirmed: by the step of this number, from 1.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn escalated(tx: &Tx, work: &Assignment, number: usize, at: DateTime<Utc>) -> Result<(), Error> {
    let Some(step) = work.escalation.get(number.saturating_sub(1)) else { return Ok(()) };
    let event = AssignmentEscalated {
        assignment: Some(snapshot(work)),
        step: i32::try_from(number).unwrap_or(i32::MAX),
        level: step.level.name().to_owned(),
        to: step.to.clone(),
        due_at: Some(to_proto(step.due_at)),
    };
    put(tx, work.id, at, &event)
}

/// The holder came to the site.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn arrived(tx: &Tx, work: &Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    let since = work.arrived_at.unwrap_or(at);
    let stages: Vec<_> = work.stage(Stage::Arrive).into_iter().collect();
    let event = AssignmentArrived {
        assignment: Some(snapshot(work)),
        arrived_at: to_proto_optional(work.arrived_at),
        waited_seconds: (since - work.queued_at).num_seconds(),
        stages: outcomes(work, &stages, at),
    };
    put(tx, work.id, at, &event)
}

/// Returns how stages of the work ended, those that nobody met at `at`.
pub(super) fn outcomes(work: &Assignment, stages: &[Standing], at: DateTime<Utc>) -> Vec<StageOutcome> {
    let outcome = |stage: &Standing| StageOutcome {
        stage: stage.stage.name().to_owned(),
        met: stage.is_met(),
        due_at: Some(to_proto(stage.due_at)),
        seconds: (stage.met_at.unwrap_or(at) - work.queued_at).num_seconds().max(0),
    };
    stages.iter().map(outcome).collect()
}
