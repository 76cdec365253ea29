//! The tables of outage notices.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) struct Outages;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("outages_by_time", "outages", &["created_at", "id"]),
    ("outages_by_state", "outages", &["state", "created_at", "id"]),
    ("outage_scopes_by_value", "outage_scopes", &["dimension", "value", "outage_id"]),
];

impl MigrationName for Outages {
    fn name(&self) -> &'static str {
        "m0004_outages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Outages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(outages()).await?;
        manager.create_table(scopes()).await?;
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
        for table in ["outages", "outage_scopes"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn outages() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new("outages")).col(uuid("id").primary_key());
    for name in ["kind", "state"] {
        table.col(integer(name));
    }
    for name in ["cause", "progress", "resolution"] {
        table.col(text(name));
    }
    for name in ["category_codes", "projects"] {
        table.col(json(name));
    }
    for name in ["begins_at", "created_at", "updated_at"] {
        table.col(timestamp_with_time_zone(name));
    }
    for name in ["expected_recovery_at", "recovered_at"] {
        table.col(timestamp_with_time_zone_null(name));
    }
    table.col(string("title")).col(string("created_by")).col(big_integer("version")).to_owned()
}

fn scopes() -> TableCreateStatement {
    let key = ["outage_id", "dimension", "value"];
    let mut primary = Index::create();
    for column in key {
        primary.col(Alias::new(column));
    }
    Table::create()
        .table(Alias::new("outage_scopes"))
        .col(uuid("outage_id"))
        .col(integer("dimension"))
        .col(string("value"))
        .primary_key(&mut primary)
        .to_owned()
}
