//! Webhooks of teams, and the messages that go to them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, binary, integer, integer_null, json, string, string_null, text,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use super::{index, once};

pub(super) struct Webhooks;

impl MigrationName for Webhooks {
    fn name(&self) -> &'static str {
        "m0010_webhooks"
    }
}

/// Name, table and columns of each plain index.
const INDEXES: [(&str, &str, &[&str]); 6] = [
    ("webhooks_by_age", "webhooks", &["created_at", "id"]),
    ("webhooks_of_team", "webhooks", &["team_key", "created_at", "id"]),
    ("webhook_deliveries_due", "webhook_deliveries", &["state", "next_at"]),
    ("webhook_deliveries_in_order", "webhook_deliveries", &["webhook_id", "state", "subject", "seq"]),
    ("webhook_received_by_age", "webhook_received", &["received_at"]),
    ("webhook_deliveries_by_age", "webhook_deliveries", &["webhook_id", "created_at", "id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Webhooks {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(webhooks()).await?;
        manager.create_table(deliveries()).await?;
        manager.create_table(received()).await?;
        for (name, table, columns) in INDEXES {
            manager.create_index(index(name, table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["webhook_received", "webhook_deliveries", "webhooks"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }
}

fn webhooks() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("webhooks"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(text("url"))
        .col(json("event_types"))
        .col(string("description"))
        .col(integer("state"))
        .col(string("disabled_reason"))
        .col(timestamp_with_time_zone_null("disabled_at"))
        .col(timestamp_with_time_zone_null("failing_since"))
        .col(timestamp_with_time_zone_null("quiet_until"))
        .col(string("secret"))
        .col(string_null("previous_secret"))
        .col(timestamp_with_time_zone_null("previous_secret_until"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("version"))
        .take()
}

/// `seq` is the order in which they were written, `claim` counts the attempts that were begun.
fn deliveries() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("webhook_deliveries"))
        .col(big_pk_auto("seq"))
        .col(uuid("id"))
        .col(uuid("webhook_id"))
        .col(uuid("event_id"))
        .col(string("event_type"))
        .col(string("subject"))
        .col(text("body"))
        .col(integer("state"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("next_at"))
        .col(big_integer("claim"))
        .col(timestamp_with_time_zone("claimed_until"))
        .col(integer_null("last_status"))
        .col(string("last_outcome"))
        .col(timestamp_with_time_zone_null("last_at"))
        .col(timestamp_with_time_zone("created_at"))
        .index(&mut once("webhook_deliveries_id", &["id"]))
        .index(&mut once("webhook_deliveries_once", &["webhook_id", "event_id"]))
        .take()
}

fn received() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("webhook_received"))
        .col(uuid("webhook_id"))
        .col(string("message_id"))
        .col(binary("body_hash"))
        .col(binary("reply"))
        .col(timestamp_with_time_zone("received_at"))
        .primary_key(Index::create().col(Alias::new("webhook_id")).col(Alias::new("message_id")))
        .take()
}
