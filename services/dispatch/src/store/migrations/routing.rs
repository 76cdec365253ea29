//! Regions, hours and targets of routing rules, versions of them, what work knows of how it was routed, and the calendars.

use hotline_core::calendars;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json, string, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid, uuid_null,
};

pub(super) struct Routing;

/// The index by which waiting work of all teams is read in order of age.
const WAITING: &str = "assignments_by_state";

impl MigrationName for Routing {
    fn name(&self) -> &'static str {
        "m0008_routing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Routing {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new(table)).add_column(column);
            manager.alter_table(alter).await?;
        }
        let index = super::index(WAITING, "assignments", &["state", "queued_at", "ticket_id"]);
        manager.create_index(index).await?;
        for table in [calendars::table(), versions()] {
            manager.create_table(table).await?;
        }
        let by_age = super::index("routing_versions_by_age", "routing_versions", &["recorded_at", "id"]);
        manager.create_index(by_age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["routing_versions", "calendars"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        manager.drop_index(Index::drop().name(WAITING).table(Alias::new("assignments")).to_owned()).await?;
        for (table, column) in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new(table)).drop_column(Alias::new(column.get_column_name()));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

/// One a statement: SQLite adds no more.
fn columns() -> [(&'static str, ColumnDef); 10] {
    let (rules, assignments) = ("routing_rules", "assignments");
    [
        (rules, json("regions").default("[]").take()),
        (rules, string("hours_calendar").default("").take()),
        (rules, boolean("hours_within").default(true).take()),
        (rules, json("targets").default("[]").take()),
        (assignments, string("region").default("").take()),
        (assignments, boolean("key_account").default(false).take()),
        (assignments, uuid_null("rule_id").take()),
        (assignments, big_integer("rule_version").default(0).take()),
        (assignments, integer("target").default(0).take()),
        (assignments, timestamp_with_time_zone_null("moves_on_at").take()),
    ]
}

fn versions() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("routing_versions"))
        .col(uuid("id").primary_key())
        .col(big_integer("number"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(string("recorded_by"))
        .col(integer("change"))
        .col(uuid_null("rule_id"))
        .col(string("rule_name"))
        .col(big_integer("restored"))
        .col(json("rules"))
        .index(&mut super::once("routing_versions_number", &["number"]))
        .take()
}
