//! Work that is offered to members: who is ready, what work costs, what is laid aside, wrap-up.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_null, boolean, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use super::{OPEN, add_columns, drop_columns, one_open_assignment_of_a_ticket};

/// See the module.
pub(super) struct Offers;

impl MigrationName for Offers {
    fn name(&self) -> &'static str {
        "m0006_offers"
    }
}

/// The states in which work is open since it can be parked, and the index that allows a ticket one of it.
const OPEN_OR_PARKED: (&str, &[i32]) = ("assignments_one_open_or_parked", &[1, 2, 3, 7, 8]);

/// Columns of teams, members and assignments.
const COLUMNS: [(&str, &[&str]); 3] = [
    ("teams", &["mode", "choice", "sticky", "offer_seconds", "wrap_up_seconds", "selectors", "costs"]),
    ("members", &["levels"]),
    (
        "assignments",
        &[
            "offer_secret",
            "offer_delivered",
            "cost",
            "parked_until",
            "park_reason",
            "wrap_up_until",
            "wrap_up_extended",
            "disposition",
        ],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Offers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(presence()).await?;
        manager.create_table(presence_teams()).await?;
        add_columns(manager, "teams", of_teams()).await?;
        add_columns(manager, "members", [json("levels").default("[]").take()]).await?;
        add_columns(manager, "assignments", of_assignments()).await?;
        manager.drop_index(Index::drop().name(OPEN.0).table(Alias::new("assignments")).to_owned()).await?;
        manager.create_index(one_open_assignment_of_a_ticket(OPEN_OR_PARKED)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let parked = Index::drop().name(OPEN_OR_PARKED.0).table(Alias::new("assignments")).to_owned();
        manager.drop_index(parked).await?;
        manager.create_index(one_open_assignment_of_a_ticket(OPEN)).await?;
        for (table, columns) in COLUMNS {
            drop_columns(manager, table, columns).await?;
        }
        for table in ["presence_teams", "presence"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }
}

fn of_teams() -> [ColumnDef; 7] {
    [
        integer("mode").default(1).take(),
        integer("choice").default(1).take(),
        boolean("sticky").default(false).take(),
        integer("offer_seconds").default(0).take(),
        integer("wrap_up_seconds").default(0).take(),
        json("selectors").default("[]").take(),
        json("costs").default("[]").take(),
    ]
}

fn of_assignments() -> [ColumnDef; 8] {
    [
        binary_null("offer_secret"),
        boolean("offer_delivered").default(false).take(),
        integer("cost").default(1).take(),
        timestamp_with_time_zone_null("parked_until"),
        text("park_reason").default("").take(),
        timestamp_with_time_zone_null("wrap_up_until"),
        boolean("wrap_up_extended").default(false).take(),
        text("disposition").default("").take(),
    ]
}

fn presence_teams() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("presence_teams"))
        .col(string("team_key"))
        .col(string("subject"))
        .primary_key(Index::create().col(Alias::new("team_key")).col(Alias::new("subject")))
        .take()
}

fn presence() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("presence"))
        .col(string("subject").primary_key())
        .col(uuid("id"))
        .col(integer("state"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("since"))
        .col(string("changed_by"))
        .col(timestamp_with_time_zone("idle_since"))
        .col(big_integer("version"))
        .take()
}
