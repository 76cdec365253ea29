//! What systems of teams said, so that the same again has the first answer again.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_received")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    pub body_hash: Vec<u8>,
    pub reply: Vec<u8>,
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
