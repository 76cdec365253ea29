//! The tables of customers and contacts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

mod calls;
mod outages;

/// Returns the migrations of the service, in order.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Customers), Box::new(outages::Outages), Box::new(calls::Calls)]
}

struct Customers;

impl MigrationName for Customers {
    fn name(&self) -> &'static str {
        "m0101_customers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Customers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [customers(), customer_phones(), first_calls(), interactions()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("customers_by_time", "customers", &["created_at", "id"][..]),
            ("customer_phones_by_number", "customer_phones", &["e164", "customer_id"]),
            ("interactions_by_time", "interactions", &["started_at", "id"]),
            ("interactions_by_customer", "interactions", &["customer_id", "started_at", "id"]),
        ] {
            let mut index = Index::create().name(name).table(Alias::new(table)).to_owned();
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["interactions", "first_calls", "customer_phones", "customers"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn customers() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("customers"))
        .col(uuid("id").primary_key())
        .col(string("name"))
        .col(string("title"))
        .col(json("emails"))
        .col(string("project"))
        .col(string("room"))
        .col(integer("segment"))
        .col(integer("contract_status"))
        .col(text("notes"))
        // A constraint, not an index made later: SQLite prepares an upsert on the schema a connection saw last.
        .col(string_null("external_key").unique_key())
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(big_integer("version"))
        .to_owned()
}

fn customer_phones() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("customer_phones"))
        .col(uuid("customer_id"))
        .col(integer("position"))
        .col(string("e164"))
        .primary_key(Index::create().col(Alias::new("customer_id")).col(Alias::new("position")))
        .to_owned()
}

fn first_calls() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("first_calls"))
        .col(string("e164").primary_key())
        .col(timestamp_with_time_zone("at"))
        .to_owned()
}

fn interactions() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("interactions"))
        .col(uuid("id").primary_key())
        .col(uuid("customer_id"))
        .col(integer("channel"))
        .col(integer("direction"))
        .col(string("phone"))
        .col(string("agent"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(integer("intent"))
        .col(string("category_code"))
        .col(text("summary"))
        .col(integer("outcome"))
        .col(uuid_null("ticket_id"))
        .col(big_integer("version"))
        .to_owned()
}
