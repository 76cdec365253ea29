//! What a ticket has to do with others, and what a kind of trouble asks for besides.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json, uuid_null};

pub(super) struct Matters;

/// Of a ticket, the survivor of its merge, its parent, the outage that caused it.
const RELATIONS: [&str; 3] = ["survivor_id", "parent_id", "outage_id"];

/// Few tickets have any of them, and a registration shall not pay for an index that it is not in.
const INDEXES: [&str; 2] = [
    "CREATE INDEX tickets_by_survivor ON tickets (survivor_id) WHERE survivor_id IS NOT NULL",
    "CREATE INDEX tickets_by_parent ON tickets (parent_id) WHERE parent_id IS NOT NULL",
];

impl MigrationName for Matters {
    fn name(&self) -> &'static str {
        "m0007_matters"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Matters {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut columns: Vec<ColumnDef> = RELATIONS.into_iter().map(uuid_null).collect();
        columns.push(json("matters").default("{}").to_owned());
        // One a statement: SQLite adds no more.
        for column in columns {
            let mut alter = Table::alter();
            alter.table(Alias::new("tickets")).add_column(column);
            manager.alter_table(alter).await?;
        }
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["tickets_by_survivor", "tickets_by_parent"] {
            manager.drop_index(Index::drop().name(index).table(Alias::new("tickets")).to_owned()).await?;
        }
        for name in RELATIONS.into_iter().chain(["matters"]) {
            let mut alter = Table::alter();
            alter.table(Alias::new("tickets")).drop_column(Alias::new(name));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
