//! Hand-over notes.

use chrono::Utc;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A duty log that is handed over, as it stood then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) log: Uuid,
    pub(crate) subject: String,
    pub(crate) state: i32,
    pub(crate) production_stopped: bool,
    pub(crate) contract: i32,
    pub(crate) remote_at: Option<chrono::DateTime<Utc>>,
    pub(crate) ticket_number: String,
    pub(crate) emergency: bool,
}

/// What is handed over, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Items(pub(crate) Vec<Item>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "handovers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub from_subject: String,
    pub to_subject: String,
    pub ends_at: Option<DateTimeUtc>,
    pub begins_at: DateTimeUtc,
    pub notes: String,
    pub items: Items,
    pub written_by: String,
    pub written_at: DateTimeUtc,
    pub acknowledged_by: String,
    pub acknowledged_at: Option<DateTimeUtc>,
    pub acknowledge_due_at: DateTimeUtc,
    pub told_lead_at: Option<DateTimeUtc>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
