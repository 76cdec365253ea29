//! Where work goes, by what, and where that puts it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// When work is due and where that puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// When the work is due.
    pub(crate) due_at: DateTime<Utc>,
    /// Its place in the queue.
    pub(crate) order: i64,
}

/// Where work goes and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// The team.
    pub(crate) team_key: String,
    /// Name of the rule that chose it; empty where a person did.
    pub(crate) rule: String,
    /// By what it was chosen.
    pub(crate) chosen: Chosen,
}

/// What chose a team; nothing where a person did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The rule; none for work that was routed before rules had versions.
    pub(crate) rule_id: Option<Uuid>,
    /// The version of the rules; 0 for none.
    pub(crate) version: i64,
    /// Which of the rule's targets, from 1; 0 for none.
    pub(crate) target: i32,
    /// When work that nobody took on goes on to the next target; none where it stays.
    pub(crate) moves_on_at: Option<DateTime<Utc>>,
}

impl Route {
    /// Returns the way to a team that a person chose.
    pub(crate) fn by_person(team_key: &str) -> Self {
        Self { team_key: team_key.to_owned(), ..Self::default() }
    }
}
