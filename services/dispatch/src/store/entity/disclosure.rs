//! Who of third parties was shown the customer of what.

use sea_orm::entity::prelude::*;

use super::lists::Texts;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub assignment_id: Uuid,
    pub epoch: i64,
    pub ticket_id: Uuid,
    pub ticket_number: String,
    pub team_key: String,
    pub subject: String,
    pub at: DateTimeUtc,
    pub way: i32,
    pub fields: Texts,
}

impl ActiveModelBehavior for ActiveModel {}
