//! What can go wrong with articles.

use std::collections::HashMap;

use hotline_core::error::{Error as CoreError, Field, Reason};
use hotline_proto::knowledge::v1::ArticleState;
use sea_orm::DbErr;
use tonic::{Code, Status};

use crate::domain::lifecycle::{self, Move};

/// A refusal of the knowledge service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The article's life cycle has no such move from where it stands (B2).
    #[error("a {} article can't be {}; {}", state_en(*.state), .step.en(), legal_en(*.state))]
    StateConflict { state: ArticleState, step: Move },
    /// Nobody approves what they wrote (B2).
    #[error("an article is approved by someone who did not write it")]
    OwnApproval,
    /// The article lacks what it needs to be reviewed; these fields, named as in JSON.
    #[error("the article can't be submitted without {}", .0.join(", "))]
    Incomplete(Vec<&'static str>),
    /// What can go wrong in any service.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Core(error.into())
    }
}

impl Reason for Error {
    fn code(&self) -> Code {
        match self {
            Self::StateConflict { .. } | Self::Incomplete(_) => Code::FailedPrecondition,
            Self::OwnApproval => Code::PermissionDenied,
            Self::Core(error) => error.code(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::StateConflict { .. } => "ARTICLE_STATE_CONFLICT",
            Self::OwnApproval => "ARTICLE_OWN_APPROVAL",
            Self::Incomplete(_) => "ARTICLE_INCOMPLETE",
            Self::Core(error) => error.reason(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::StateConflict { state, step } => {
                format!("{}的文章不能{}；{}", state_zh(*state), step.zh(), legal_zh(*state))
            }
            Self::OwnApproval => "文章须由编写者以外的人批准".into(),
            Self::Incomplete(fields) => format!("提交审批前须填写 {}", fields.join("、")),
            Self::Core(error) => error.zh(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Incomplete(fields) => fields
                .iter()
                .map(|path| Field {
                    path: (*path).into(),
                    en: "must be filled in before the article is submitted".into(),
                    zh: "提交审批前须填写".into(),
                })
                .collect(),
            Self::Core(error) => error.fields(),
            Self::StateConflict { .. } | Self::OwnApproval => Vec::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        match self {
            Self::StateConflict { state, .. } => HashMap::from([
                ("state".into(), state.as_str_name().into()),
                ("legal".into(), names(*state, Move::verb).join(",")),
            ]),
            Self::Core(error) => error.metadata(),
            Self::OwnApproval | Self::Incomplete(_) => HashMap::new(),
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

fn names(state: ArticleState, name: fn(Move) -> &'static str) -> Vec<&'static str> {
    lifecycle::legal(state).into_iter().map(name).collect()
}

fn legal_en(state: ArticleState) -> String {
    match names(state, Move::en).as_slice() {
        [] => "nothing more can be done with it".into(),
        names => format!("it can be {}", names.join(", ")),
    }
}

fn legal_zh(state: ArticleState) -> String {
    match names(state, Move::zh).as_slice() {
        [] => "不能再作任何操作".into(),
        names => format!("可以{}", names.join("、")),
    }
}

fn state_en(state: ArticleState) -> String {
    state.as_str_name().trim_start_matches("ARTICLE_STATE_").to_ascii_lowercase()
}

fn state_zh(state: ArticleState) -> &'static str {
    match state {
        ArticleState::Unspecified => "状态未定",
        ArticleState::Draft => "草稿状态",
        ArticleState::Submitted => "待审批",
        ArticleState::Published => "已发布",
        ArticleState::Rejected => "已退回",
        ArticleState::Retired => "已停用",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_move_names_the_legal_ones_in_both_languages() {
        let refused = Error::StateConflict { state: ArticleState::Submitted, step: Move::Update };
        assert_eq!(
            refused.to_string(),
            "a submitted article can't be changed; it can be approved, rejected, retired"
        );
        assert_eq!(refused.zh(), "待审批的文章不能修改；可以批准、退回、停用");
        assert_eq!(refused.metadata()["legal"], "approve,reject,retire");
        let last = Error::StateConflict { state: ArticleState::Retired, step: Move::Retire };
        assert_eq!(last.to_string(), "a retired article can't be retired; nothing more can be done with it");
    }

    #[test]
    fn each_missing_field_is_named() {
        let fields = Error::Incomplete(vec!["title", "body"]).fields();
        assert_eq!(fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), ["title", "body"]);
    }
}
