//! The tables of policies and calendars that are administered at run time, and of repairs; the course of tickets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) struct RulesOfTime;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 2] = [
    ("repairs_by_time", "repairs", &["created_at", "id"]),
    ("repair_changes_by_repair", "repair_changes", &["repair_id", "at", "id"]),
];

impl MigrationName for RulesOfTime {
    fn name(&self) -> &'static str {
        "m0006_rules_of_time"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RulesOfTime {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("tickets")).add_column(json("course").default("{}"));
        manager.alter_table(alter).await?;
        for table in [rule_versions(), team_calendars(), repairs(), repair_changes()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["rule_versions", "team_calendars", "repairs", "repair_changes"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        let mut alter = Table::alter();
        alter.table(Alias::new("tickets")).drop_column(Alias::new("course"));
        manager.alter_table(alter).await
    }
}

fn rule_versions() -> TableCreateStatement {
    let mut primary = Index::create();
    Table::create()
        .table(Alias::new("rule_versions"))
        .col(string("kind"))
        .col(string("key"))
        .col(integer("version"))
        .col(big_integer("revision"))
        .col(integer("position"))
        .col(timestamp_with_time_zone_null("effective_from"))
        .col(string_null("effective_on"))
        .col(boolean("retired"))
        .col(text("content"))
        .col(text("note"))
        .col(string("recorded_by"))
        .col(timestamp_with_time_zone("recorded_at"))
        .primary_key(primary.col(Alias::new("kind")).col(Alias::new("key")).col(Alias::new("version")))
        .to_owned()
}

fn team_calendars() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("team_calendars"))
        .col(string("team_key").primary_key())
        .col(string("calendar"))
        .col(timestamp_with_time_zone("as_of"))
        .to_owned()
}

fn repairs() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("repairs"))
        .col(uuid("id").primary_key())
        .col(text("reason"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("revision"))
        .col(integer("tickets"))
        .col(integer("changed"))
        .col(integer("untold"))
        .to_owned()
}

fn repair_changes() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("repair_changes"))
        .col(uuid("id").primary_key())
        .col(uuid("repair_id"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid("ticket_id"))
        .col(string("number"))
        .col(json("change"))
        .to_owned()
}
