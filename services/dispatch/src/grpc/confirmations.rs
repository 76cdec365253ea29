//! Confirmations by telephone, arrivals, and how both are shown (D4, D10).

use chrono::{DateTime, Utc};
use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{
    ArriveAssignmentRequest, Assignment, AssignmentStage, ConfirmAssignmentRequest, EscalationChain,
    EscalationLevel, EscalationRung, EscalationStep, StageBudget, StageStanding, Team,
};

use super::shown::{self, given_up, still_held};
use crate::config::{Level, Rung};
use crate::domain::confirmation::Call;
use crate::domain::escalation::{self, Step};
use crate::domain::stages::{self, Budget, Stage, Standing};
use crate::error::Error;
use crate::store::{Budgets, Chain};
use crate::work::Work;

pub(super) async fn confirm(work: &Work, request: ConfirmAssignmentRequest) -> Result<Assignment, Error> {
    let by = request.by.trim().to_owned();
    if by.is_empty() {
        return Err(Core::Field { field: "by", en: "must be given", zh: "必须填写" }.into());
    }
    let (en, zh) = ("is no telephone number", "不是电话号码");
    let phone = work.numbers.read(&request.phone).ok_or(Core::Field { field: "phone", en, zh })?;
    let (caller, id) = (caller::required()?, id::parse(&request.id, "id")?);
    let viewer = work.viewer_of(&caller, id).await?;
    let call = Call { at: from_proto(request.at.as_ref()), by, phone, caller: caller.subject };
    let confirmed = work.confirm(id, call).await?;
    given_up(work, confirmed, &viewer).await
}

pub(super) async fn arrive(work: &Work, request: ArriveAssignmentRequest) -> Result<Assignment, Error> {
    let (claimant, viewer) = shown::claimant(work, &request.id, request.lease_token).await?;
    let arrived = work.arrive(&claimant, from_proto(request.at.as_ref())).await?;
    still_held(work, arrived, (claimant, viewer)).await
}

/// Returns the steps of an escalation as they are shown.
pub(super) fn steps(steps: Vec<Step>) -> Vec<EscalationStep> {
    let shown = |step: Step| EscalationStep {
        level: EscalationLevel::from(step.level).into(),
        due_at: Some(to_proto(step.due_at)),
        at: to_proto_optional(step.at),
        to: step.to,
    };
    steps.into_iter().map(shown).collect()
}

/// Returns how stages stand as it is shown at `now`.
pub(super) fn standings(stages: &[Standing], now: DateTime<Utc>) -> Vec<StageStanding> {
    let shown = |stage: &Standing| StageStanding {
        stage: AssignmentStage::from(stage.stage).into(),
        due_at: Some(to_proto(stage.due_at)),
        met_at: to_proto_optional(stage.met_at),
        missed: stage.is_missed(now),
    };
    stages.iter().map(shown).collect()
}

/// Reads a team's chain and times.
///
/// # Errors
/// [`Core::Field`].
pub(super) fn read(team: &Team) -> Result<(Option<Chain>, Budgets), Core> {
    let chain = team.escalation.as_ref().map(|chain| chain.steps.iter().filter_map(rung).collect::<Vec<_>>());
    escalation::check(chain.as_deref().unwrap_or_default())?;
    let budgets: Vec<_> = team.budgets.iter().filter_map(budget).collect();
    stages::check(&budgets)?;
    Ok((chain.map(Chain), Budgets(budgets)))
}

fn rung(rung: &EscalationRung) -> Option<Rung> {
    Some(Rung {
        level: Level::read(rung.level())?,
        after_minutes: u32::try_from(rung.after_minutes).ok()?,
        subjects: rung.subjects.clone(),
    })
}

fn budget(budget: &StageBudget) -> Option<Budget> {
    let stage = Stage::read(budget.stage())?;
    Some(Budget { stage, priority: budget.priority, minutes: u32::try_from(budget.minutes).ok()? })
}

/// Shows a team's chain.
pub(super) fn chain(chain: Chain) -> EscalationChain {
    let rung = |rung: Rung| EscalationRung {
        level: EscalationLevel::from(rung.level).into(),
        after_minutes: i32::try_from(rung.after_minutes).unwrap_or(i32::MAX),
        subjects: rung.subjects,
    };
    EscalationChain { steps: chain.0.into_iter().map(rung).collect() }
}

/// Shows a team's times.
pub(super) fn budgets(budgets: Budgets) -> Vec<StageBudget> {
    let budget = |budget: Budget| StageBudget {
        stage: AssignmentStage::from(budget.stage).into(),
        priority: budget.priority,
        minutes: i32::try_from(budget.minutes).unwrap_or(i32::MAX),
    };
    budgets.0.into_iter().map(budget).collect()
}
