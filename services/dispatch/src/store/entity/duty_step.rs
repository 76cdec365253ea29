//! Steps of calls outside office hours: added, never changed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_steps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub log_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub kind: i32,
    pub at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
    pub made_by: String,
    pub whom: String,
    pub phone: String,
    pub outcome: i32,
    pub said: String,
    pub state: i32,
}

impl ActiveModelBehavior for ActiveModel {}
