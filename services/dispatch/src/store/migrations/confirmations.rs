//! Confirmations by telephone, escalations, stages, and who had how much work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json, json_null, string, timestamp_with_time_zone, timestamp_with_time_zone_null,
    uuid,
};

use super::index;

/// See the module.
pub(super) struct Confirmations;

impl MigrationName for Confirmations {
    fn name(&self) -> &'static str {
        "m0007_confirmations"
    }
}

/// Columns that assignments get.
const OF_ASSIGNMENTS: [&str; 9] = [
    "sender",
    "leased_at",
    "confirmed_at",
    "confirmed_by",
    "confirmed_phone",
    "confirmation_recorded_by",
    "escalation",
    "dues",
    "arrived_at",
];
/// Columns that teams get.
const OF_TEAMS: [&str; 2] = ["escalation", "budgets"];

fn column(table: &str, name: &'static str) -> ColumnDef {
    match (table, name) {
        (_, "leased_at" | "confirmed_at" | "arrived_at") => timestamp_with_time_zone_null(name),
        ("teams", "escalation") => json_null(name),
        (_, "escalation" | "budgets") => json(name).default("[]").take(),
        (_, "dues") => json(name).default("{}").take(),
        _ => string(name).default("").take(),
    }
}

fn added() -> impl DoubleEndedIterator<Item = (&'static str, &'static str)> {
    let of_assignments = OF_ASSIGNMENTS.into_iter().map(|name| ("assignments", name));
    of_assignments.chain(OF_TEAMS.into_iter().map(|name| ("teams", name)))
}

#[async_trait::async_trait]
impl MigrationTrait for Confirmations {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for (table, name) in added() {
            let mut alter = Table::alter();
            alter.table(Alias::new(table)).add_column(column(table, name));
            manager.alter_table(alter).await?;
        }
        manager.create_table(holdings()).await?;
        manager.create_index(index("holdings_of_team", "holdings", &["team_key", "leased_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("holdings")).take()).await?;
        for (table, name) in added().rev() {
            let mut alter = Table::alter();
            alter.table(Alias::new(table)).drop_column(Alias::new(name));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

fn holdings() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("holdings"))
        .col(uuid("assignment_id"))
        .col(big_integer("epoch"))
        .col(string("team_key"))
        .col(string("subject"))
        .col(integer("priority"))
        .col(string("category_code"))
        .col(timestamp_with_time_zone("leased_at"))
        .col(timestamp_with_time_zone_null("accepted_at"))
        .col(timestamp_with_time_zone("ended_at"))
        .col(integer("outcome"))
        .primary_key(Index::create().col(Alias::new("assignment_id")).col(Alias::new("epoch")))
        .take()
}
