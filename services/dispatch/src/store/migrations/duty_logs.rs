//! Calls outside office hours, emergency plans, hand-over notes, and which work is put first at the start of work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, json, json_null, string, string_uniq, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(super) struct DutyLogs;

/// Name, table and columns of each plain index.
const INDEXES: [(&str, &str, &[&str]); 8] = [
    ("duty_logs_by_age", "duty_logs", &["received_at", "id"]),
    ("duty_logs_of_team", "duty_logs", &["team_key", "received_at", "id"]),
    ("duty_logs_open", "duty_logs", &["team_key", "is_open", "received_at", "id"]),
    ("emergency_plans_by_age", "emergency_plans", &["created_at", "id"]),
    ("handovers_by_age", "handovers", &["written_at", "id"]),
    ("handovers_of_team", "handovers", &["team_key", "written_at", "id"]),
    ("handovers_to", "handovers", &["to_subject", "written_at", "id"]),
    ("handovers_of_turn", "handovers", &["team_key", "begins_at"]),
];

impl MigrationName for DutyLogs {
    fn name(&self) -> &'static str {
        "m0013_duty_logs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DutyLogs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::add_columns(manager, "assignments", [boolean("put_first").default(false).take()]).await?;
        for table in [logs(), steps(), plans(), handovers()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            manager.create_index(super::index(name, table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["handovers", "emergency_plans", "duty_steps", "duty_logs"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        super::drop_columns(manager, "assignments", &["put_first"]).await
    }
}

fn logs() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("duty_logs"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(string("taken_by"))
        .col(boolean("on_duty"))
        .col(string("duty_subject"))
        .col(string("phone"))
        .col(string("customer_id"))
        .col(string("interaction_id"))
        .col(integer("channel"))
        .col(text("subject"))
        .col(text("description"))
        .col(string("region"))
        .col(string("project"))
        .col(boolean("production_stopped"))
        .col(timestamp_with_time_zone("received_at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(integer("contract"))
        .col(timestamp_with_time_zone_null("contract_checked_at"))
        .col(boolean("flagged"))
        .col(integer("state"))
        .col(boolean("is_open"))
        .col(big_integer("turn"))
        .col(integer("steps"))
        .col(integer("due_stage"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(json("missed"))
        .col(boolean("overdue"))
        .col(uuid_null("ticket_id"))
        .col(string("ticket_number"))
        .col(string("assignee"))
        .col(string("queue_team_key"))
        .col(timestamp_with_time_zone_null("first_at"))
        .col(timestamp_with_time_zone_null("remote_at"))
        .col(json_null("plan"))
        .col(boolean("tried"))
        .col(json_null("engineer"))
        .col(integer("engineer_source"))
        .col(text("solution"))
        .col(json("article_ids"))
        .col(big_integer("version"))
        .take()
}

fn steps() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("duty_steps"))
        .col(uuid("log_id"))
        .col(integer("number"))
        .col(integer("kind"))
        .col(timestamp_with_time_zone("at"))
        .col(timestamp_with_time_zone("recorded_at"))
        .col(string("made_by"))
        .col(string("whom"))
        .col(string("phone"))
        .col(integer("outcome"))
        .col(text("said"))
        .col(integer("state"))
        .primary_key(Index::create().col(Alias::new("log_id")).col(Alias::new("number")))
        .take()
}

fn plans() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("emergency_plans"))
        .col(uuid("id").primary_key())
        .col(string("name"))
        .col(string_uniq("region"))
        .col(json("coordinators"))
        .col(string("team_key"))
        .col(json("fallback"))
        .col(integer("coordinator_minutes"))
        .col(integer("engineer_minutes"))
        .col(integer("solve_minutes"))
        .col(integer("tell_minutes"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("version"))
        .take()
}

fn handovers() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("handovers"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(string("from_subject"))
        .col(string("to_subject"))
        .col(timestamp_with_time_zone_null("ends_at"))
        .col(timestamp_with_time_zone("begins_at"))
        .col(text("notes"))
        .col(json("items"))
        .col(string("written_by"))
        .col(timestamp_with_time_zone("written_at"))
        .col(string("acknowledged_by"))
        .col(timestamp_with_time_zone_null("acknowledged_at"))
        .col(timestamp_with_time_zone("acknowledge_due_at"))
        .col(timestamp_with_time_zone_null("told_lead_at"))
        .col(big_integer("version"))
        .take()
}
