//! What the rules of a kind of trouble refuse although the life cycle would allow it.

use chrono::{DateTime, Utc};

/// Why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Only complaints are investigated (T14).
    #[error("the ticket is no complaint: only complaints are investigated")]
    NoComplaint,
    /// Nobody investigates a complaint about themselves, nor ends it (T14).
    #[error("the complaint is about you: somebody else has to investigate it, tell the customer and end it")]
    OwnCase,
    /// There is no finding without an investigation (T14).
    #[error("the complaint has not been investigated: begin with `:investigate`")]
    NotInvestigated,
    /// There is nothing to tell yet (T14).
    #[error("the investigation has come to no finding that the customer could be told: conclude it first")]
    NotConcluded,
    /// The customer is told before a complaint is closed (T14).
    #[error(
        "the customer has not been told what came of the complaint: record it with `:feedback`, then close"
    )]
    FeedbackMissing,
    /// A complaint can't become something else while its customer waits for word (T14).
    #[error(
        "the complaint is investigated, or solved without word to the customer: conclude it and record `:feedback` before it becomes something else"
    )]
    ComplaintOpen,
    /// What people work on by a plan is not given up as a duplicate (T7).
    #[error("the ticket has a plan under way: merge the other ticket into this one, or end the plan first")]
    PlanUnderWay,
    /// The ticket was merged into no other.
    #[error("the ticket was not merged: there is nothing to undo")]
    NotMerged,
    /// A merge can be undone within a day only.
    #[error("the merge can't be undone any more: that was possible until {until}")]
    MergeSettled {
        /// Until when it was possible.
        until: DateTime<Utc>,
    },
    /// What ended long ago is not opened again without a supervisor.
    #[error(
        "the ticket was closed too long ago: agents could reopen it until {until}; a supervisor still can"
    )]
    ReopenTooLate {
        /// Until when agents could.
        until: DateTime<Utc>,
    },
}

impl Refusal {
    /// Returns the stable code.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::NoComplaint => "NOT_A_COMPLAINT",
            Self::OwnCase => "OWN_CASE",
            Self::NotInvestigated => "NOT_INVESTIGATED",
            Self::NotConcluded => "NOT_CONCLUDED",
            Self::FeedbackMissing => "FEEDBACK_MISSING",
            Self::ComplaintOpen => "COMPLAINT_OPEN",
            Self::PlanUnderWay => "PLAN_UNDER_WAY",
            Self::NotMerged => "NOT_MERGED",
            Self::MergeSettled { .. } => "MERGE_SETTLED",
            Self::ReopenTooLate { .. } => "REOPEN_TOO_LATE",
        }
    }

    /// Returns how a Chinese sentence says it.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::NoComplaint => "该工单不是投诉：只有投诉需要调查".into(),
            Self::OwnCase => "被投诉人不能处理对自己的投诉：请由他人调查、反馈和了结".into(),
            Self::NotInvestigated => "该投诉尚未调查：请先用 `:investigate` 开始调查".into(),
            Self::NotConcluded => "调查尚无结论，不能反馈客户：请先用 `:conclude` 认定".into(),
            Self::FeedbackMissing => "尚未向客户反馈投诉处理结果：请先用 `:feedback` 记录反馈，再关闭".into(),
            Self::ComplaintOpen => {
                "该投诉正在调查，或已解决但尚未反馈客户：请先认定并用 `:feedback` 记录反馈，再改为其他类型"
                    .into()
            }
            Self::PlanUnderWay => "该工单有正在执行的方案：请将另一工单并入本工单，或先结束方案".into(),
            Self::NotMerged => "该工单未被合并，无可撤销".into(),
            Self::MergeSettled { until } => format!("合并已不能撤销：撤销期限为 {until}"),
            Self::ReopenTooLate { until } => {
                format!("工单关闭已久：坐席可重新打开的期限为 {until}，此后须由主管重新打开")
            }
        }
    }
}
