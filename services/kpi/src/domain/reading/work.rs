//! What assignments tell.

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::AssignmentSnapshot;

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};

fn dims(assignment: &AssignmentSnapshot) -> Dims {
    Dims {
        team: assignment.team_key.clone(),
        agent: assignment.assignee.clone(),
        category: assignment.category_code.clone(),
        channel: assignment.channel(),
        priority: assignment.priority(),
        kind: assignment.r#type(),
        project: String::new(),
    }
}

pub(super) fn once(
    measure: Measure,
    assignment: Option<&AssignmentSnapshot>,
    at: DateTime<Utc>,
) -> Vec<Fact> {
    assignment.map(|assignment| Fact::once(measure, at, &dims(assignment))).into_iter().collect()
}

pub(super) fn timed(
    measure: Measure,
    assignment: Option<&AssignmentSnapshot>,
    at: DateTime<Utc>,
    seconds: i64,
) -> Vec<Fact> {
    assignment
        .map(|assignment| Fact::with_amount(measure, at, &dims(assignment), seconds))
        .into_iter()
        .collect()
}
