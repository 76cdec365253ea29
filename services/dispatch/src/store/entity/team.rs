//! Teams.

use sea_orm::entity::prelude::*;

use super::lists::Texts;

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
}

impl ActiveModelBehavior for ActiveModel {}
