//! Routing rules.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::lists::{Numbers, Targets, Texts};
use crate::domain::routing::{Conditions, Hours};
use crate::domain::targets::Target;

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, DeriveEntityModel)]
#[serde(default)]
#[sea_orm(table_name = "routing_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub position: i32,
    pub rank: DateTimeUtc,
    pub types: Numbers,
    pub category_codes: Texts,
    pub priorities: Numbers,
    pub projects: Texts,
    pub channels: Numbers,
    pub key_account: Option<bool>,
    pub regions: Texts,
    pub hours_calendar: String,
    pub hours_within: bool,
    pub targets: Targets,
    pub team_key: String,
    pub is_default: bool,
    pub hits: i64,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the teams it gives work to, one at least.
    pub(crate) fn targets(&self) -> Vec<Target> {
        if self.targets.0.is_empty() {
            return vec![Target::only(self.team_key.clone())];
        }
        self.targets.0.clone()
    }

    /// Returns when the rule holds; none where it holds at any time.
    pub(crate) fn hours(&self) -> Option<Hours> {
        let hours = Hours { calendar: self.hours_calendar.clone(), within: self.hours_within };
        Some(hours).filter(|hours| !hours.calendar.is_empty())
    }

    /// Returns what the rule asks of a ticket.
    pub(crate) fn conditions(&self) -> Conditions {
        Conditions {
            types: self.types.0.clone(),
            category_codes: self.category_codes.0.clone(),
            priorities: self.priorities.0.clone(),
            projects: self.projects.0.clone(),
            channels: self.channels.0.clone(),
            key_account: self.key_account,
            regions: self.regions.0.clone(),
            hours: self.hours(),
        }
    }
}
