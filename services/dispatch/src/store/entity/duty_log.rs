//! Calls outside office hours.

use chrono::Utc;
use hotline_proto::dispatch::v1::{DutyLogState, DutyStage};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::lists::Texts;
use crate::domain::duty_log::Facts;
use crate::domain::emergency::{Contact, Plan};

/// A stage that took longer than its time: its number, and until when it had been due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Miss {
    pub(crate) stage: i32,
    pub(crate) due_at: chrono::DateTime<Utc>,
}

/// Stages that took longer than their time, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Missed(pub(crate) Vec<Miss>);

/// A plan as it was when it was started, as a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct StartedPlan(pub(crate) Plan);

/// Somebody who was called, as a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Called(pub(crate) Contact);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_logs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub taken_by: String,
    pub on_duty: bool,
    pub duty_subject: String,
    pub phone: String,
    pub customer_id: String,
    pub interaction_id: String,
    pub channel: i32,
    pub subject: String,
    pub description: String,
    pub region: String,
    pub project: String,
    pub production_stopped: bool,
    pub received_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub contract: i32,
    pub contract_checked_at: Option<DateTimeUtc>,
    pub flagged: bool,
    pub state: i32,
    pub is_open: bool,
    pub turn: i64,
    pub steps: i32,
    pub due_stage: i32,
    pub due_at: Option<DateTimeUtc>,
    pub missed: Missed,
    pub overdue: bool,
    pub ticket_id: Option<Uuid>,
    pub ticket_number: String,
    pub assignee: String,
    pub queue_team_key: String,
    pub first_at: Option<DateTimeUtc>,
    pub remote_at: Option<DateTimeUtc>,
    pub plan: Option<StartedPlan>,
    pub tried: bool,
    pub engineer: Option<Called>,
    pub engineer_source: i32,
    pub solution: String,
    pub article_ids: Texts,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns where it stands.
    pub(crate) fn state(&self) -> DutyLogState {
        self.state.try_into().unwrap_or_default()
    }

    /// Returns the stage whose time runs.
    pub(crate) fn due_stage(&self) -> DutyStage {
        self.due_stage.try_into().unwrap_or_default()
    }

    /// Returns the plan by which it goes.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().map(|started| &started.0)
    }

    /// Returns what the rules need to know.
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            state: self.state(),
            stopped: self.production_stopped,
            emergency: self.plan.is_some(),
            tried: self.tried,
            solved: !self.solution.is_empty(),
        }
    }
}
