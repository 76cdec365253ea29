//! The tables as they came to be.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, small_integer, string, text,
    timestamp_with_time_zone, uuid,
};
use sea_orm_migration::sea_orm::DbBackend;

use crate::config::Config;

/// Brings the service's schema up to date.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.push(Box::new(Figures));
        all.push(Box::new(Counting));
        all.push(Box::new(RollupsByKey));
        all
    }
}

struct Figures;

impl MigrationName for Figures {
    fn name(&self) -> &'static str {
        "m0002_figures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Figures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [book(), events("history"), facts(), rollups()] {
            manager.create_table(table).await?;
        }
        let mut by_time = Index::create();
        by_time.name("facts_by_time").table("facts").col("measure").col("at");
        manager.create_index(by_time).await?;
        let mut first = Query::insert();
        first
            .into_table("book")
            .columns(["id", "time_zone"])
            .values_panic([1.into(), Config::default().time_zone.into()]);
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["book", "history", "facts", "rollups"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Events are counted many at a time, and open tickets are counted.
struct Counting;

impl MigrationName for Counting {
    fn name(&self) -> &'static str {
        "m0003_counting"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Counting {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(events("pending")).await?;
        manager.create_table(standings()).await?;
        let mut rules = Table::alter();
        rules.table("book").add_column(integer("rules").default(0));
        manager.alter_table(rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["pending", "standings"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let mut rules = Table::alter();
        rules.table("book").drop_column("rules");
        manager.alter_table(rules).await
    }
}

/// On `SQLite` a cell is kept in its key: beside it, every key would be stored and written twice.
struct RollupsByKey;

impl MigrationName for RollupsByKey {
    fn name(&self) -> &'static str {
        "m0004_rollups_by_key"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RollupsByKey {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        move_rollups(manager, rollups().extra("WITHOUT ROWID").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        move_rollups(manager, rollups()).await
    }
}

/// Puts the rollups into another table of their name.
async fn move_rollups(manager: &SchemaManager<'_>, table: TableCreateStatement) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let before = Table::rename().table("rollups", "rollups_before").to_owned();
    manager.rename_table(before).await?;
    manager.create_table(table).await?;
    manager.get_connection().execute_unprepared("INSERT INTO rollups SELECT * FROM rollups_before").await?;
    manager.drop_table(Table::drop().table("rollups_before").to_owned()).await
}

fn standings() -> TableCreateStatement {
    Table::create()
        .table("standings")
        .col(uuid("ticket_id").primary_key())
        .col(timestamp_with_time_zone("registered_at"))
        .col(binary("changes"))
        .to_owned()
}

fn book() -> TableCreateStatement {
    Table::create().table("book").col(integer("id").primary_key()).col(string("time_zone")).to_owned()
}

fn events(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(uuid("event_id").primary_key())
        .col(string("name"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(binary("payload"))
        .to_owned()
}

fn facts() -> TableCreateStatement {
    Table::create()
        .table("facts")
        .col(uuid("event_id"))
        .col(integer("position"))
        .col(string("measure"))
        .col(timestamp_with_time_zone("at"))
        .col(text("members"))
        .col(big_integer("times"))
        .col(big_integer_null("amount"))
        .primary_key(Index::create().col("event_id").col("position"))
        .to_owned()
}

fn rollups() -> TableCreateStatement {
    let mut key = Index::create();
    for column in ["draft", "grouping", "level", "measure", "start", "members"] {
        key.col(column);
    }
    Table::create()
        .table("rollups")
        .col(boolean("draft"))
        .col(small_integer("grouping"))
        .col(small_integer("level"))
        .col(string("measure"))
        .col(timestamp_with_time_zone("start"))
        .col(text("members"))
        .col(big_integer("count"))
        .col(big_integer("sum"))
        .col(binary("spread"))
        .primary_key(&mut key)
        .to_owned()
}
