//! Messages that go to webhooks.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    #[sea_orm(unique)]
    pub id: Uuid,
    pub webhook_id: Uuid,
    pub event_id: Uuid,
    pub event_type: String,
    pub subject: String,
    pub body: String,
    pub state: i32,
    pub attempts: i32,
    pub next_at: DateTimeUtc,
    pub claim: i64,
    pub claimed_until: DateTimeUtc,
    pub last_status: Option<i32>,
    pub last_outcome: String,
    pub last_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
