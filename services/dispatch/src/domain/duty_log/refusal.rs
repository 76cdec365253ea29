//! Why something about a call outside office hours can't be done, in words for both languages.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use hotline_proto::dispatch::v1::DutyLogState as State;
use thiserror::Error;
use tonic::Code;

use super::verbs;

/// Why it is refused. `Display` is the English sentence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    /// Where it stands it can't be done.
    #[error("the duty log is {}: it can {}", en(*.0), verbs(*.0))]
    State(State),
    /// Production runs.
    #[error(
        "production does not stand still: an emergency plan is for where it does; say so with `note` and productionStopped first, or `register` it for the start of work"
    )]
    NotStopped,
    /// Nobody called a coordinator.
    #[error("the regional coordinator comes first: `reachCoordinator`, also where nobody answers")]
    CoordinatorFirst,
    /// The customer does not know the result.
    #[error("the customer does not know the result of the emergency: `tellResult` first")]
    TellFirst,
    /// No plan fits.
    #[error(
        "there is no emergency plan for {}, nor one for all regions: have a supervisor make one (POST /v1/emergency-plans), or name one in `planId`", place(.0)
    )]
    NoPlan(String),
    /// The region has a plan.
    #[error("there is a plan for {} already: change that one", named(.0))]
    PlanExists(String),
    /// Nobody is on duty, and there is no fallback.
    #[error(
        "nobody of `{0}` is on duty now, and the plan has no fallback: name who was called in `engineer`"
    )]
    NobodyLocal(String),
    /// Nobody is next on duty.
    #[error("nobody of `{0}` is on duty next: publish a roster first, then write the notes")]
    NoRelief(String),
    /// It was read already.
    #[error("`{by}` read the notes already: at {}", shown(.at))]
    Acknowledged {
        /// Who.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
}

impl Refusal {
    /// Returns the gRPC code.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::PlanExists(_) => Code::AlreadyExists,
            _ => Code::FailedPrecondition,
        }
    }

    /// Returns the stable reason.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::State(_) => "DUTY_LOG_STATE_CONFLICT",
            Self::NotStopped => "PRODUCTION_NOT_STOPPED",
            Self::CoordinatorFirst => "COORDINATOR_FIRST",
            Self::TellFirst => "RESULT_NOT_TOLD",
            Self::NoPlan(_) => "NO_EMERGENCY_PLAN",
            Self::PlanExists(_) => "EMERGENCY_PLAN_EXISTS",
            Self::NobodyLocal(_) => "NO_ENGINEER_ON_DUTY",
            Self::NoRelief(_) => "NO_RELIEF",
            Self::Acknowledged { .. } => "HANDOVER_ACKNOWLEDGED",
        }
    }

    /// Returns the sentence in Chinese.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::State(state) => format!("值班记录{}，可执行的操作：{}", zh(*state), verbs(*state)),
            Self::NotStopped => {
                "未停产：应急预案仅用于停产；如已停产请先用 `note` 登记 productionStopped，否则请用 `register` 登记到上班处理"
                    .into()
            }
            Self::CoordinatorFirst => {
                "请先联系区域协调人：用 `reachCoordinator` 登记，无人接听也请登记".into()
            }
            Self::TellFirst => "尚未将应急处理结果告知客户：请先用 `tellResult` 登记".into(),
            Self::NoPlan(region) => format!(
                "{}没有应急预案，也没有通用预案：请主管新建（POST /v1/emergency-plans），或在 `planId` 中指定",
                place_zh(region)
            ),
            Self::PlanExists(region) => format!("{}已有应急预案：请修改该预案", named_zh(region)),
            Self::NobodyLocal(team) => {
                format!("`{team}` 此时无人值班，预案也没有候补工程师：请在 `engineer` 中填写联系了谁")
            }
            Self::NoRelief(team) => format!("`{team}` 之后无人值班：请先发布值班表，再写交接班记录"),
            Self::Acknowledged { by, at } => format!("`{by}` 已于 {} 签收交接班记录", shown(at)),
        }
    }

    /// Returns what a program may want to know.
    pub(crate) fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::State(state) => HashMap::from([
                ("state".to_owned(), name(*state).to_owned()),
                ("legalMoves".to_owned(), verbs(*state)),
            ]),
            _ => HashMap::new(),
        }
    }
}

/// Returns a state's name without its prefix.
pub(crate) fn name(state: State) -> &'static str {
    state.as_str_name().trim_start_matches("DUTY_LOG_STATE_")
}

fn shown(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn named(region: &str) -> String {
    if region.is_empty() { "all regions".into() } else { format!("the region `{region}`") }
}

fn named_zh(region: &str) -> String {
    if region.is_empty() { "所有区域".into() } else { format!("区域 `{region}` ") }
}

fn place(region: &str) -> String {
    if region.is_empty() { "the customer, whose region is not known".into() } else { named(region) }
}

fn place_zh(region: &str) -> String {
    if region.is_empty() { "客户所属区域未知，".into() } else { named_zh(region) }
}

fn en(state: State) -> &'static str {
    match state {
        State::Open | State::Unspecified => "open",
        State::Registered => "registered for the start of work",
        State::RemoteAgreed => "waiting for a remote session",
        State::Emergency => "an emergency whose coordinator is to be reached",
        State::Coordinated => "an emergency whose engineer is to be called",
        State::EngineerCalled => "an emergency whose engineer was called",
        State::Solved => "solved",
        State::Told => "one whose customer was told the result",
        State::Closed => "closed",
    }
}

fn zh(state: State) -> &'static str {
    match state {
        State::Open | State::Unspecified => "待处理",
        State::Registered => "已登记到上班处理",
        State::RemoteAgreed => "已约远程",
        State::Emergency => "应急中，待联系区域协调人",
        State::Coordinated => "应急中，待呼叫当地工程师",
        State::EngineerCalled => "应急中，已呼叫当地工程师",
        State::Solved => "已解决",
        State::Told => "已告知客户结果",
        State::Closed => "已关闭",
    }
}
