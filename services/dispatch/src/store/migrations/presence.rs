//! How long people may do what they do, when they were heard of, and what they did before.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use super::{add_columns, drop_columns};

/// See the module.
pub(super) struct Presence;

/// Columns of what people do now.
const COLUMNS: [&str; 4] = ["until", "heartbeat_seconds", "seen_at", "reported"];
const STAYS: &str = "presence_stays";

impl MigrationName for Presence {
    fn name(&self) -> &'static str {
        "m0012_presence"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Presence {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            timestamp_with_time_zone_null("until").take(),
            integer("heartbeat_seconds").default(0).take(),
            timestamp_with_time_zone_null("seen_at").take(),
            boolean("reported").default(false).take(),
        ];
        add_columns(manager, "presence", columns).await?;
        manager.create_table(stays()).await?;
        for (name, columns) in [
            ("presence_stays_of_person", ["subject", "began_at", "id"].as_slice()),
            ("presence_stays_by_age", &["began_at", "id"]),
        ] {
            manager.create_index(super::index(name, STAYS, columns)).await?;
        }
        manager.execute(begun()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new(STAYS)).take()).await?;
        drop_columns(manager, "presence", &COLUMNS).await
    }
}

fn stays() -> TableCreateStatement {
    Table::create()
        .table(Alias::new(STAYS))
        .col(uuid("id").primary_key())
        .col(string("subject"))
        .col(integer("state"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("began_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(string("begun_by"))
        .col(string("ended_by"))
        .take()
}

/// What people do while the table is made is their first stay.
fn begun() -> InsertStatement {
    let known = ["id", "subject", "state", "reason", "since", "changed_by"].map(Alias::new);
    let now = Query::select().columns(known).expr(Expr::value("")).from(Alias::new("presence")).take();
    let columns = ["id", "subject", "state", "reason", "began_at", "begun_by", "ended_by"].map(Alias::new);
    let mut insert = Query::insert();
    insert.into_table(Alias::new(STAYS)).columns(columns);
    // It has as many values as columns.
    let _ = insert.select_from(now);
    insert
}
