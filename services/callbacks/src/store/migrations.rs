//! The tables of callbacks and tries.

use hotline_core::calendars;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, boolean_null, integer, integer_null, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

mod other_tickets;
mod outages;

/// Returns the migrations of the service, in order.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(Callbacks),
        Box::new(Calendars),
        Box::new(outages::Outages),
        Box::new(other_tickets::OtherTickets),
    ]
}

struct Callbacks;

struct Calendars;

impl MigrationName for Calendars {
    fn name(&self) -> &'static str {
        "m0102_calendars"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Calendars {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(calendars::table()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("calendars")).to_owned()).await
    }
}

impl MigrationName for Callbacks {
    fn name(&self) -> &'static str {
        "m0101_callbacks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Callbacks {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [callbacks(), attempts()] {
            manager.create_table(table).await?;
        }
        for (name, columns) in [
            ("callbacks_by_time", &["created_at", "id"][..]),
            ("callbacks_by_customer", &["customer_id", "created_at", "id"]),
            ("callbacks_by_ticket", &["ticket_id", "created_at", "id"]),
            ("callbacks_by_state", &["state", "due_at", "id"]),
        ] {
            let mut index = Index::create().name(name).table(Alias::new("callbacks")).to_owned();
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["attempts", "callbacks"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn callbacks() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("callbacks"))
        .col(uuid("id").primary_key())
        .col(integer("kind"))
        .col(uuid_null("customer_id"))
        .col(string("subject"))
        .col(integer("state"))
        .col(timestamp_with_time_zone("opens_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(string("holder"))
        .col(big_integer("epoch"))
        .col(string("token"))
        .col(timestamp_with_time_zone_null("lease_expires_at"))
        .col(boolean_null("satisfied"))
        .col(integer_null("score"))
        .col(text("end_reason"))
        .col(boolean("overtaken"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(big_integer("version"))
        .col(uuid_null("ticket_id"))
        // A constraint, not an index made later: SQLite prepares an upsert on the schema a connection saw last.
        .col(uuid_null("live_ticket_id").unique_key())
        .col(string("ticket_number"))
        .col(integer("ticket_type"))
        .col(string("category_code"))
        .col(string("team_key"))
        .col(string("solved_by"))
        .col(integer("priority"))
        .col(integer("channel"))
        .col(text("resolution"))
        .col(boolean("solved"))
        .to_owned()
}

fn attempts() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("attempts"))
        .col(uuid("callback_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("at"))
        .col(string("agent"))
        .col(integer("outcome"))
        .col(json("reasons"))
        .col(text("comment"))
        .primary_key(Index::create().col(Alias::new("callback_id")).col(Alias::new("number")))
        .to_owned()
}
