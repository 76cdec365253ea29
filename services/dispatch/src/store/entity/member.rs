//! Members of teams.

use sea_orm::entity::prelude::*;

use super::lists::{Levels, Texts};

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub subject: String,
    pub name: String,
    pub skills: Texts,
    pub capacity: i32,
    pub created_at: DateTimeUtc,
    pub version: i64,
    pub levels: Levels,
    pub in_service_since: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
