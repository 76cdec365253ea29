//! Versions of the routing rules as a whole.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::rule;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i64,
    pub recorded_at: DateTimeUtc,
    pub recorded_by: String,
    pub change: i32,
    pub rule_id: Option<Uuid>,
    pub rule_name: String,
    pub restored: i64,
    pub rules: Rules,
}

impl ActiveModelBehavior for ActiveModel {}

/// Rules as they stood, in the order they were tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Rules(pub(crate) Vec<rule::Model>);
