//! The tables of plans.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) struct Plans;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 6] = [
    ("plans_by_time", "plans", &["opened_at", "id"]),
    ("plans_by_state", "plans", &["state", "opened_at", "id"]),
    ("plans_by_ticket", "plans", &["ticket_id", "opened_at", "id"]),
    ("plan_versions_by_plan", "plan_versions", &["plan_id", "approved_at", "id"]),
    ("plan_duties_by_person", "plan_duties", &["person", "due_at", "plan_id"]),
    ("plan_duties_by_due", "plan_duties", &["due_at", "plan_id"]),
];

/// A ticket has one plan at most that has neither been accepted (8) nor abandoned (9).
const ONE_THAT_LIVES: &str = "CREATE UNIQUE INDEX plans_living ON plans (ticket_id) WHERE state < 8";

impl MigrationName for Plans {
    fn name(&self) -> &'static str {
        "m0012_plans"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Plans {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [plans(), versions(), duties()] {
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
        manager.get_connection().execute_unprepared(ONE_THAT_LIVES).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["plans", "plan_versions", "plan_duties"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn plans() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new("plans")).col(uuid("id").primary_key());
    for name in ["draft", "approved", "progress", "ending"] {
        table.col(json(name));
    }
    for name in ["opened_at", "updated_at"] {
        table.col(timestamp_with_time_zone(name));
    }
    for name in ["state", "last_step"] {
        table.col(integer(name));
    }
    table
        .col(uuid("ticket_id"))
        .col(string("ticket_number"))
        .col(timestamp_with_time_zone_null("waiting_since"))
        .col(string("opened_by"))
        .col(big_integer("version"))
        .to_owned()
}

fn versions() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("plan_versions"))
        .col(uuid("id").primary_key())
        .col(uuid("plan_id"))
        .col(integer("number"))
        .col(timestamp_with_time_zone("approved_at"))
        .col(json("content"))
        .to_owned()
}

fn duties() -> TableCreateStatement {
    let mut primary = Index::create();
    for column in ["plan_id", "number"] {
        primary.col(Alias::new(column));
    }
    Table::create()
        .table(Alias::new("plan_duties"))
        .col(uuid("plan_id"))
        .col(integer("number"))
        .col(string("person"))
        .col(timestamp_with_time_zone_null("due_at"))
        .primary_key(&mut primary)
        .to_owned()
}
