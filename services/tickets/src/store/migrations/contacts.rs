//! Contacts about tickets (C7), and the index by which a repeat call finds its matter.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, string_null, timestamp_with_time_zone, uuid};

pub(super) struct Contacts;

/// Of open tickets only, which are few. A claim is a constraint, because SQLite prepares an insert on the schema that a
/// connection saw last.
const OPEN: &str = "CREATE INDEX tickets_open_by_matter ON tickets (customer_id, category_code, created_at, id) WHERE state IN (1, 2, 3, 4)";

impl MigrationName for Contacts {
    fn name(&self) -> &'static str {
        "m0011_contacts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Contacts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(Alias::new("ticket_id")).col(Alias::new("interaction_id"));
        let table = Table::create()
            .table(Alias::new("ticket_contacts"))
            .col(uuid("ticket_id"))
            .col(uuid("interaction_id"))
            .col(timestamp_with_time_zone("at"))
            .col(integer("channel"))
            .col(string("agent"))
            .col(string_null("claim").unique_key())
            .primary_key(&mut key)
            .to_owned();
        manager.create_table(table).await?;
        manager.get_connection().execute_unprepared(OPEN).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX tickets_open_by_matter").await?;
        manager.drop_table(Table::drop().table(Alias::new("ticket_contacts")).to_owned()).await
    }
}
