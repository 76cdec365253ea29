//! What people did, a row for each while.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_stays")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject: String,
    pub state: i32,
    pub reason: String,
    pub began_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub begun_by: String,
    pub ended_by: String,
}

impl ActiveModelBehavior for ActiveModel {}
