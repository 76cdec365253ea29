//! Between the messages of plans and the domain.

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id, mask};
use hotline_proto::tickets::v1::{
    Plan as Message, PlanAssessment, PlanContent, PlanDifference, PlanEnding, PlanStep, PlanStepProgress,
    PlanStepState, PlanTaskForce, PlanVersion,
};
use prost_types::{FieldMask, Timestamp};

use crate::domain::plan::Plan;
use crate::domain::plan::content::{Assessment, Content, Step, TaskForce};
use crate::domain::plan::differences::{Difference, differences};
use crate::domain::plan::ending::Ending;
use crate::domain::plan::progress::{Progress, StepState};
use crate::domain::plan::version::Version;
use crate::error::Error;

/// What `UpdatePlan` may change.
const EDITABLE: &[&str] = &["assessment", "task_force", "steps"];

pub(super) fn plan(plan: &Plan, now: DateTime<Utc>) -> Message {
    let overdue = plan.to_do().filter(|step| plan.progress_of(step.number).is_overdue(step, now)).count();
    Message {
        id: plan.id.to_string(),
        ticket_id: plan.ticket_id.to_string(),
        ticket_number: plan.ticket_number.clone(),
        state: plan.state as i32,
        approved: plan.approved.as_ref().map(|approved| executed(plan, approved, &[], now)),
        draft: plan.draft.as_ref().map(|draft| drafted(plan, draft)),
        percent: plan.percent(),
        overdue_steps: i32::try_from(overdue).unwrap_or(i32::MAX),
        opened_by: plan.opened_by.clone(),
        opened_at: Some(to_proto(plan.opened_at)),
        updated_at: Some(to_proto(plan.updated_at)),
        ending: plan.ending.as_ref().map(ending),
        etag: etag::of(plan.version),
    }
}

/// Returns a version that is or was executed, with how far its steps are.
pub(super) fn executed(
    plan: &Plan,
    executed: &Version,
    differing: &[Difference],
    now: DateTime<Utc>,
) -> PlanVersion {
    let mut message = version(executed, differing);
    let steps = message.content.iter_mut().flat_map(|content| &mut content.steps);
    for (step, told) in executed.content.steps.iter().zip(steps) {
        told.progress = Some(progress(&plan.progress_of(step.number), step, now));
    }
    message
}

/// Returns what is drafted, with how it differs from what is executed.
fn drafted(plan: &Plan, draft: &Version) -> PlanVersion {
    let approved = plan.approved.as_ref();
    let differing = approved.map(|approved| differences(&approved.content, &draft.content));
    version(draft, &differing.unwrap_or_default())
}

fn version(version: &Version, differing: &[Difference]) -> PlanVersion {
    let (submitted, reviewed) = (version.submitted.as_ref(), version.reviewed.as_ref());
    PlanVersion {
        number: version.number,
        content: Some(said(&version.content)),
        reason: version.reason.clone(),
        drafted_by: version.drafted_by.clone(),
        submitted_by: submitted.map(|signed| signed.by.clone()).unwrap_or_default(),
        submitted_at: to_proto_optional(submitted.map(|signed| signed.at)),
        reviewed_by: reviewed.map(|signed| signed.by.clone()).unwrap_or_default(),
        reviewed_at: to_proto_optional(reviewed.map(|signed| signed.at)),
        review_note: reviewed.map(|signed| signed.note.clone()).unwrap_or_default(),
        differences: differing.iter().map(difference).collect(),
    }
}

fn difference(difference: &Difference) -> PlanDifference {
    let Difference { path, before, after } = difference.clone();
    PlanDifference { path, before, after }
}

fn ending(ending: &Ending) -> PlanEnding {
    PlanEnding {
        by: ending.signed.by.clone(),
        at: Some(to_proto(ending.signed.at)),
        note: ending.signed.note.clone(),
        lessons: ending.lessons.clone(),
        article_wanted: ending.article.is_some(),
        article_id: id::text(ending.article.as_ref().and_then(|article| article.id)),
    }
}

fn said(content: &Content) -> PlanContent {
    let Content { assessment, task_force, steps } = content.clone();
    PlanContent {
        assessment: Some(PlanAssessment {
            complexity: assessment.complexity as i32,
            summary: assessment.summary,
            departments: assessment.departments,
            working_days: assessment.working_days,
            resources: assessment.resources,
        }),
        task_force: Some(PlanTaskForce { leader: task_force.leader, members: task_force.members }),
        steps: steps.into_iter().map(step).collect(),
    }
}

fn step(step: Step) -> PlanStep {
    PlanStep {
        number: step.number,
        title: step.title,
        details: step.details,
        owner: step.owner,
        starts_at: to_proto_optional(step.starts_at),
        due_at: to_proto_optional(step.due_at),
        progress: None,
    }
}

fn progress(progress: &Progress, step: &Step, now: DateTime<Utc>) -> PlanStepProgress {
    let state = match progress.state {
        StepState::Open => PlanStepState::Open,
        StepState::Started => PlanStepState::Started,
        StepState::Done => PlanStepState::Done,
    };
    PlanStepProgress {
        state: state as i32,
        percent: progress.percent(),
        note: progress.note.clone(),
        result: progress.result.clone(),
        started_at: to_proto_optional(progress.started_at),
        completed_at: to_proto_optional(progress.completed_at),
        completed_by: progress.completed_by.clone(),
        overdue: progress.is_overdue(step, now),
    }
}

/// Reads what a plan shall say.
///
/// # Errors
/// [`Core::Field`] for a time that is none.
pub(super) fn content(given: PlanContent) -> Result<Content, Error> {
    let assessment = given.assessment.unwrap_or_default();
    let task_force = given.task_force.unwrap_or_default();
    let steps: Result<Vec<Step>, Error> = given.steps.into_iter().map(given_step).collect();
    Ok(Content {
        assessment: Assessment {
            complexity: assessment.complexity(),
            summary: assessment.summary,
            departments: assessment.departments,
            working_days: assessment.working_days,
            resources: assessment.resources,
        },
        task_force: TaskForce { leader: task_force.leader, members: task_force.members },
        steps: steps?,
    })
}

fn given_step(given: PlanStep) -> Result<Step, Error> {
    Ok(Step {
        starts_at: time(given.starts_at.as_ref())?,
        due_at: time(given.due_at.as_ref())?,
        number: given.number,
        title: given.title,
        details: given.details,
        owner: given.owner,
    })
}

fn time(given: Option<&Timestamp>) -> Result<Option<DateTime<Utc>>, Error> {
    let read = from_proto(given);
    if given.is_some() && read.is_none() {
        let (en, zh) = ("holds a time that is none", "含有无效的时间");
        return Err(Error::Core(Core::Field { field: "steps", en, zh }));
    }
    Ok(read)
}

/// Returns what the draft shall say once the masked parts of `patch` are taken over; a plan without one is refused later.
///
/// # Errors
/// [`Core::Mask`]; [`Core::Field`] for a time that is none.
pub(super) fn edited(
    plan: &Plan,
    patch: &PlanContent,
    update_mask: Option<&FieldMask>,
) -> Result<Content, Error> {
    let current = plan.draft.as_ref().map(|draft| said(&draft.content)).unwrap_or_default();
    content(mask::apply(&current, patch, update_mask, EDITABLE)?)
}
