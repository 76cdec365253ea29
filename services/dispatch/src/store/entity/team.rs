//! Teams.

use chrono::TimeDelta;
use hotline_proto::dispatch::v1::TeamMode;
use sea_orm::entity::prelude::*;

use super::lists::{Budgets, Chain, Costs, Selectors, Texts};
use crate::domain::matching::Selector;
use crate::domain::team::{Cost, Ways};

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "teams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    pub kind: i32,
    pub skills: Texts,
    pub regions: Texts,
    pub calendar: String,
    pub capacity: i32,
    pub created_at: DateTimeUtc,
    pub version: i64,
    pub announced: bool,
    pub flow: i32,
    pub flow_reason: String,
    pub flow_changed_by: String,
    pub flow_changed_at: Option<DateTimeUtc>,
    pub mode: i32,
    pub choice: i32,
    pub sticky: bool,
    pub offer_seconds: i32,
    pub wrap_up_seconds: i32,
    pub selectors: Selectors,
    pub costs: Costs,
    pub escalation: Option<Chain>,
    pub budgets: Budgets,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns how the team's work gets to its members.
    pub(crate) fn ways(&self) -> Ways {
        let time = |seconds: i32| (seconds > 0).then(|| TimeDelta::seconds(seconds.into()));
        Ways {
            pushes: self.mode == i32::from(TeamMode::Push),
            choice: self.choice.try_into().unwrap_or_default(),
            sticky: self.sticky,
            offer_time: time(self.offer_seconds),
            wrap_up: time(self.wrap_up_seconds),
            selectors: self.selectors.0.iter().map(Selector::from).collect(),
            costs: self.costs.0.iter().map(Cost::from).collect(),
        }
    }
}
