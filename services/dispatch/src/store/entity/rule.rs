//! Routing rules.

use sea_orm::entity::prelude::*;

use super::lists::{Numbers, Texts};
use crate::domain::routing::Conditions;

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
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
    pub team_key: String,
    pub is_default: bool,
    pub hits: i64,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns what the rule asks of a ticket.
    pub(crate) fn conditions(&self) -> Conditions {
        Conditions {
            types: self.types.0.clone(),
            category_codes: self.category_codes.0.clone(),
            priorities: self.priorities.0.clone(),
            projects: self.projects.0.clone(),
            channels: self.channels.0.clone(),
            key_account: self.key_account,
        }
    }
}
