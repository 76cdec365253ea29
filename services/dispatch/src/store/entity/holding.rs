//! How often members had work, and what came of it: a row for each time, written when it is over.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "holdings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub assignment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i64,
    pub team_key: String,
    pub subject: String,
    pub priority: i32,
    pub category_code: String,
    pub leased_at: DateTimeUtc,
    pub accepted_at: Option<DateTimeUtc>,
    pub ended_at: DateTimeUtc,
    pub outcome: i32,
}

impl ActiveModelBehavior for ActiveModel {}
