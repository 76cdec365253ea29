//! What can go wrong here, besides what can go wrong in any service.

use std::collections::HashMap;

use hotline_core::error::{Error as Core, Field, Reason};
use tonic::{Code, Status};

use crate::domain::state::{Move, State};

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] Core),
    /// Another team has the key.
    #[error("another team has the key `{0}`")]
    TeamKeyTaken(String),
    /// The person is a member already.
    #[error("`{subject}` is a member of `{team_key}` already")]
    MemberExists {
        /// The person.
        subject: String,
        /// The team.
        team_key: String,
    },
    /// The default rule stays, last and without conditions.
    #[error("there is one default rule: it can't be removed, moved or given conditions")]
    DefaultRule,
    /// The caller does not hold the lease, or no longer.
    #[error("the lease is lost: it ran out, the work has ended, or the token is not the holder's")]
    LeaseLost,
    /// The assignment can't make this move from where it stands.
    #[error("the assignment is {}: it can {}", .state.en(), moves(.state))]
    StateConflict {
        /// Where it stands.
        state: State,
    },
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::Core(error) => error.code(),
            Self::TeamKeyTaken(_) | Self::MemberExists { .. } => Code::AlreadyExists,
            Self::DefaultRule | Self::StateConflict { .. } => Code::FailedPrecondition,
            Self::LeaseLost => Code::Aborted,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Core(error) => error.reason(),
            Self::TeamKeyTaken(_) => "TEAM_KEY_TAKEN",
            Self::MemberExists { .. } => "MEMBER_EXISTS",
            Self::DefaultRule => "DEFAULT_RULE_FIXED",
            Self::LeaseLost => "LEASE_LOST",
            Self::StateConflict { .. } => "ASSIGNMENT_STATE_CONFLICT",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Core(error) => error.zh(),
            Self::TeamKeyTaken(key) => format!("标识 `{key}` 已被其他班组使用"),
            Self::MemberExists { subject, team_key } => format!("`{subject}` 已是 `{team_key}` 的成员"),
            Self::DefaultRule => "默认规则必须保留：不能删除、移动或添加条件".into(),
            Self::LeaseLost => "领取已失效：已超时、任务已结束，或凭证不属于您".into(),
            Self::StateConflict { state } => format!("任务{}，可执行的操作：{}", state.zh(), moves(state)),
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Core(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::Core(error) => error.metadata(),
            Self::StateConflict { state } => HashMap::from([
                ("state".to_owned(), state.en().to_owned()),
                ("legalMoves".to_owned(), moves(state)),
            ]),
            _ => HashMap::new(),
        }
    }

    fn passed_on(&self) -> Option<&Status> {
        match self {
            Self::Core(error) => error.passed_on(),
            _ => None,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        hotline_core::error::status(&error)
    }
}

fn moves(state: &State) -> String {
    let names: Vec<_> = state.moves_of_holder().map(Move::name).collect();
    if names.is_empty() { "-".into() } else { names.join(", ") }
}
