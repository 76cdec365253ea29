//! The teams of people's tokens, as of when they last said what they do.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_teams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
}

impl ActiveModelBehavior for ActiveModel {}
