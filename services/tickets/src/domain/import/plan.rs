//! The steps of a past in the order in which they are taken.

use chrono::{DateTime, Utc};
use hotline_proto::tickets::v1::PastStepKind;

use crate::domain::import::{Past, Step};

/// Returns the steps of a past in order of time. Where the record itself says when it was solved or closed, that is when
/// the last such step was; without such a step it is one.
pub(super) fn steps(past: &Past) -> Vec<Step> {
    let mut steps = past.history.clone();
    steps.sort_by_key(|step| step.at);
    // A record that tells only its solution had its end with it.
    let closed_at = past.closed_at.or(past.resolved_at.filter(|_| steps.is_empty()));
    if let Some(at) = past.resolved_at {
        let end = steps.iter().rposition(|step| step.kind == PastStepKind::Closed).unwrap_or(steps.len());
        happened(&mut steps, PastStepKind::Resolved, at, end);
    }
    if let Some(at) = closed_at {
        let end = steps.len();
        happened(&mut steps, PastStepKind::Closed, at, end);
    }
    steps
}

/// Moves the last step of a kind to a time; where there is none, puts one in before the step `otherwise`.
fn happened(steps: &mut Vec<Step>, kind: PastStepKind, at: DateTime<Utc>, otherwise: usize) {
    if let Some(step) = steps.iter_mut().rfind(|step| step.kind == kind) {
        step.at = at;
        return;
    }
    let before = otherwise.checked_sub(1).and_then(|index| steps.get(index));
    let (team_key, assignee) =
        before.map(|step| (step.team_key.clone(), step.assignee.clone())).unwrap_or_default();
    let (reason, note) = (String::new(), String::new());
    steps.insert(otherwise, Step { kind, at, team_key, assignee, reason, note });
}
