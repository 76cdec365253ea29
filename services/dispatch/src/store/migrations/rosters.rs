//! Duty rosters, what is agreed beside them, and since when members are in service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, date, date_null, date_time, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) struct Rosters;

/// Name, table and columns of each index.
const INDEXES: [(&str, &str, &[&str]); 12] = [
    ("rosters_by_age", "rosters", &["created_at", "id"]),
    ("rosters_of_team", "rosters", &["team_key", "created_at", "id"]),
    ("rosters_by_end", "rosters", &["last_date"]),
    ("duty_overrides_by_age", "duty_overrides", &["made_at", "id"]),
    ("duty_overrides_of_team", "duty_overrides", &["team_key", "made_at", "id"]),
    ("duty_overrides_by_end", "duty_overrides", &["to_wall"]),
    ("shift_swaps_by_age", "shift_swaps", &["requested_at", "id"]),
    ("shift_swaps_of_team", "shift_swaps", &["team_key", "requested_at", "id"]),
    ("shift_swaps_by_end", "shift_swaps", &["to_wall"]),
    ("leaves_by_age", "leaves", &["requested_at", "id"]),
    ("leaves_of_team", "leaves", &["team_key", "requested_at", "id"]),
    ("leaves_by_end", "leaves", &["to_wall"]),
];

impl MigrationName for Rosters {
    fn name(&self) -> &'static str {
        "m0009_rosters"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Rosters {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::add_columns(manager, "members", [date_null("in_service_since")]).await?;
        for table in [book(), rosters(), overrides(), swaps(), leaves()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            manager.create_index(super::index(name, table, columns)).await?;
        }
        let columns = [Alias::new("id"), Alias::new("agreements")];
        let row = [Expr::val(1), Expr::val(0_i64)];
        let first =
            Query::insert().into_table(Alias::new("roster_book")).columns(columns).values_panic(row).take();
        manager.exec_stmt(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["leaves", "shift_swaps", "duty_overrides", "rosters", "roster_book"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        super::drop_columns(manager, "members", &["in_service_since"]).await
    }
}

/// One row, which whoever changes a roster locks, and which counts what was agreed.
fn book() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("roster_book"))
        .col(integer("id").primary_key())
        .col(big_integer("agreements"))
        .take()
}

fn rosters() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("rosters"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(date("first_date"))
        .col(date("last_date"))
        .col(string("time_zone"))
        .col(string("calendar"))
        .col(json("hours"))
        .col(json("turns"))
        .col(json("holidays"))
        .col(string("seed"))
        .col(json("ranking"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(string("published_by"))
        .col(timestamp_with_time_zone_null("published_at"))
        .col(big_integer("version"))
        .take()
}

fn overrides() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("duty_overrides"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(date_time("from_wall"))
        .col(date_time("to_wall"))
        .col(string("time_zone"))
        .col(string("subject"))
        .col(text("reason"))
        .col(string("made_by"))
        .col(timestamp_with_time_zone("made_at"))
        .col(big_integer("agreed"))
        .take()
}

fn swaps() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("shift_swaps"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(date_time("from_wall"))
        .col(date_time("to_wall"))
        .col(string("time_zone"))
        .col(timestamp_with_time_zone("begins_at"))
        .col(string("requester"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(string("taken_by"))
        .col(timestamp_with_time_zone_null("taken_at"))
        .col(string("withdrawn_by"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .col(big_integer("agreed"))
        .col(big_integer("version"))
        .take()
}

fn leaves() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("leaves"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(string("subject"))
        .col(date_time("from_wall"))
        .col(date_time("to_wall"))
        .col(string("time_zone"))
        .col(string("cover"))
        .col(text("reason"))
        .col(integer("state"))
        .col(timestamp_with_time_zone("requested_at"))
        .col(string("decided_by"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(text("note"))
        .col(big_integer("agreed"))
        .col(big_integer("version"))
        .take()
}
