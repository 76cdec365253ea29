//! How far a step is. It outlives the version that the step was approved in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::plan::content::Step;

/// How far a step is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// Where it stands.
    pub(crate) state: StepState,
    /// How far it was when somebody last said so, in percent.
    pub(crate) reported: i32,
    /// What was said of it last.
    pub(crate) note: String,
    /// What came out, while it is done.
    pub(crate) result: String,
    /// When it was first taken on.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// When it was done, while it is.
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// Who said so.
    pub(crate) completed_by: String,
    /// The due time that it was told of to have missed.
    pub(crate) missed: Option<DateTime<Utc>>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StepState {
    /// Nobody has begun.
    #[default]
    Open,
    /// Somebody is at it.
    Started,
    /// It is done.
    Done,
}

impl StepState {
    /// Returns how an English sentence names it.
    pub(crate) fn en(self) -> &'static str {
        match self {
            Self::Open => "not begun",
            Self::Started => "begun",
            Self::Done => "done",
        }
    }

    /// Returns how a Chinese sentence names it.
    pub(crate) fn zh(self) -> &'static str {
        match self {
            Self::Open => "未开始",
            Self::Started => "进行中",
            Self::Done => "已完成",
        }
    }
}

impl Progress {
    /// Tells whether it is done.
    pub(crate) fn is_done(&self) -> bool {
        self.state == StepState::Done
    }

    /// Returns how far it is, in percent.
    pub(crate) fn percent(&self) -> i32 {
        if self.is_done() { 100 } else { self.reported }
    }

    /// Tells whether it was done by the time it was due.
    pub(crate) fn in_time(&self, step: &Step) -> bool {
        self.completed_at.is_some_and(|done| step.due_at.is_none_or(|due| done <= due))
    }

    /// Tells whether it should be done by now and is not.
    pub(crate) fn is_overdue(&self, step: &Step, now: DateTime<Utc>) -> bool {
        !self.is_done() && step.due_at.is_some_and(|due| due < now)
    }

    /// Returns when it is due, unless it is done or was told of already.
    pub(super) fn alarm(&self, step: &Step) -> Option<DateTime<Utc>> {
        step.due_at.filter(|due| !self.is_done() && self.missed != Some(*due))
    }
}
