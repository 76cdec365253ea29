//! What is kept of long calls (C9), and the table of remote sessions (C10).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) struct Calls;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 5] = [
    ("interactions_by_overrun", "interactions", &["overrun", "started_at", "id"]),
    ("remote_sessions_by_time", "remote_sessions", &["started_at", "id"]),
    ("remote_sessions_by_customer", "remote_sessions", &["customer_id", "started_at", "id"]),
    ("remote_sessions_by_ticket", "remote_sessions", &["ticket_id", "started_at", "id"]),
    ("remote_sessions_by_interaction", "remote_sessions", &["interaction_id", "started_at", "id"]),
];

impl MigrationName for Calls {
    fn name(&self) -> &'static str {
        "m0103_calls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Calls {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            string("team_key").default("").to_owned(),
            integer("overrun").default(0).to_owned(),
            json("handling").default("{}").to_owned(),
        ];
        // One a statement: SQLite adds no more.
        for column in columns {
            let mut alter = Table::alter();
            alter.table(Alias::new("interactions")).add_column(column);
            manager.alter_table(alter).await?;
        }
        manager.create_table(remote_sessions()).await?;
        for (name, table, columns) in INDEXES {
            let mut index = Index::create().name(name).table(Alias::new(table)).to_owned();
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("remote_sessions")).to_owned()).await?;
        let index =
            Index::drop().name("interactions_by_overrun").table(Alias::new("interactions")).to_owned();
        manager.drop_index(index).await?;
        for column in ["team_key", "overrun", "handling"] {
            let mut alter = Table::alter();
            alter.table(Alias::new("interactions")).drop_column(Alias::new(column));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

fn remote_sessions() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new("remote_sessions")).col(uuid("id").primary_key());
    for name in ["category_code", "agent", "team_key", "tool", "ended_by"] {
        table.col(string(name));
    }
    for name in ["purpose", "result"] {
        table.col(text(name));
    }
    for name in ["consent", "changes"] {
        table.col(json(name));
    }
    for name in ["started_at", "ends_by"] {
        table.col(timestamp_with_time_zone(name));
    }
    table
        .col(uuid("customer_id"))
        .col(uuid_null("interaction_id"))
        .col(uuid_null("ticket_id"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(boolean("expired"))
        .col(big_integer("version"))
        .to_owned()
}
