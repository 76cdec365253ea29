//! Forms, versions and revisions of the catalogue; tickets in the order in which they were closed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) struct Catalogue;

const CATEGORIES: &str = "categories";

/// A registration shall not pay for an index that it is not in.
const BY_CLOSING: &str =
    "CREATE INDEX tickets_by_closing ON tickets (closed_at, id) WHERE closed_at IS NOT NULL";

impl MigrationName for Catalogue {
    fn name(&self) -> &'static str {
        "m0008_catalogue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Catalogue {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One a statement: SQLite adds no more.
        for column in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new(CATEGORIES)).add_column(column);
            manager.alter_table(alter).await?;
        }
        for table in [versions(), revisions()] {
            manager.create_table(table).await?;
        }
        let mut by_time = Index::create();
        by_time.name("catalogue_revisions_by_time").table(Alias::new("catalogue_revisions"));
        manager.create_index(by_time.col(Alias::new("recorded_at")).col(Alias::new("id")).to_owned()).await?;
        manager.get_connection().execute_unprepared(BY_CLOSING).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_closing = Index::drop().name("tickets_by_closing").table(Alias::new("tickets")).to_owned();
        manager.drop_index(by_closing).await?;
        for table in ["category_versions", "catalogue_revisions"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        for name in ["asks", "closed", "active", "version"] {
            let mut alter = Table::alter();
            alter.table(Alias::new(CATEGORIES)).drop_column(Alias::new(name));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

fn columns() -> [ColumnDef; 4] {
    [
        json("asks").default("[]").to_owned(),
        boolean("closed").default(false).to_owned(),
        boolean("active").default(true).to_owned(),
        integer("version").default(1).to_owned(),
    ]
}

fn versions() -> TableCreateStatement {
    let mut primary = Index::create();
    Table::create()
        .table(Alias::new("category_versions"))
        .col(string("code"))
        .col(integer("version"))
        .col(big_integer("revision"))
        .col(json("content"))
        .col(text("note"))
        .col(string("recorded_by"))
        .col(timestamp_with_time_zone_null("recorded_at"))
        .primary_key(primary.col(Alias::new("code")).col(Alias::new("version")))
        .to_owned()
}

fn revisions() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Alias::new("catalogue_revisions"))
        .col(uuid("id").primary_key())
        .col(big_integer("revision"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(string("recorded_by"))
        .col(text("note"));
    for name in ["created", "changed", "retired"] {
        table.col(integer(name));
    }
    table.to_owned()
}
