//! What people do.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "presence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    pub id: Uuid,
    pub state: i32,
    pub reason: String,
    pub since: DateTimeUtc,
    pub changed_by: String,
    pub idle_since: DateTimeUtc,
    pub until: Option<DateTimeUtc>,
    pub heartbeat_seconds: i32,
    pub seen_at: Option<DateTimeUtc>,
    pub reported: bool,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
