//! What speaks against a command on a plan, and why.

use std::collections::HashMap;

use hotline_core::error::Reason;
use hotline_proto::tickets::v1::PlanState;
use tonic::Code;

use crate::domain::plan::moves::{Move, legal, state_en, state_zh};
use crate::domain::plan::progress::StepState;

/// What speaks against a command on a plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// The table has no such move from there.
    #[error("a plan that is {} can't {}; it can {}", state_en(*state), step.en(), moves(*state, Move::en, ", ", "nothing any more"))]
    State {
        /// Where the plan stands.
        state: PlanState,
        /// What was to happen.
        step: Move,
    },
    /// The step is not where that can happen to it.
    #[error("step {number} of the plan is {}: {}", state.en(), if *state == StepState::Done { "reopen it first" } else { "complete it first" })]
    Step {
        /// The step.
        number: i32,
        /// Where it stands.
        state: StepState,
    },
    /// There is work left.
    #[error("steps {} of the plan are not done: complete them, or revise the plan without them", numbers(.0, ", "))]
    Unfinished(Vec<i32>),
    /// A revision would rewrite what has been done.
    #[error(
        "step {0} was done after the revision was drafted, which changes it: reject the revision, or reopen the step"
    )]
    StepDone(i32),
    /// The ticket has one that lives.
    #[error("the ticket has a plan already: revise that one, or abandon it first")]
    Exists,
}

fn moves(state: PlanState, name: fn(Move) -> &'static str, between: &str, none: &str) -> String {
    let names: Vec<_> = legal(state).map(name).collect();
    if names.is_empty() { none.to_owned() } else { names.join(between) }
}

fn numbers(steps: &[i32], between: &str) -> String {
    steps.iter().map(i32::to_string).collect::<Vec<_>>().join(between)
}

impl Reason for PlanError {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::State { .. } | Self::Step { .. } | Self::Unfinished(_) | Self::StepDone(_) => {
                Code::FailedPrecondition
            }
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::State { .. } => "PLAN_STATE_CONFLICT",
            Self::Step { .. } => "PLAN_STEP_CONFLICT",
            Self::Unfinished(_) => "PLAN_UNFINISHED",
            Self::StepDone(_) => "PLAN_STEP_DONE",
            Self::Exists => "PLAN_EXISTS",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::State { state, step } => format!(
                "{}的方案不能{}；可以：{}",
                state_zh(*state),
                step.zh(),
                moves(*state, Move::zh, "、", "无")
            ),
            Self::Step { number, state } => {
                let hint = if *state == StepState::Done { "请先重开" } else { "请先完成" };
                format!("方案的步骤 {number} {}：{hint}", state.zh())
            }
            Self::Unfinished(steps) => {
                format!("方案的步骤 {} 尚未完成：请先完成，或修订方案去掉这些步骤", numbers(steps, "、"))
            }
            Self::StepDone(number) => {
                format!("步骤 {number} 在修订编制后已完成，而修订改动了它：请退回修订，或重开该步骤")
            }
            Self::Exists => "该工单已有处理方案：请修订该方案，或先终止它".into(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::State { state, .. } => HashMap::from([
                ("state".into(), state.as_str_name().into()),
                ("legalMoves".into(), moves(*state, Move::name, ", ", "")),
            ]),
            Self::Step { number, .. } | Self::StepDone(number) => {
                HashMap::from([("step".into(), number.to_string())])
            }
            Self::Unfinished(steps) => HashMap::from([("steps".into(), numbers(steps, ", "))]),
            Self::Exists => HashMap::new(),
        }
    }
}
