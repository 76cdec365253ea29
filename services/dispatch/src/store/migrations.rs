//! The tables and indexes of the service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_null, boolean, boolean_null, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::domain::state::{OPEN, State};

/// Returns the service's own migrations.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Work), Box::new(Announcements)]
}

struct Work;

impl MigrationName for Work {
    fn name(&self) -> &'static str {
        "m0002_work"
    }
}

/// Name, table and columns of each plain index.
const INDEXES: [(&str, &str, &[&str]); 13] = [
    ("teams_by_age", "teams", &["created_at", "id"]),
    ("members_by_age", "members", &["created_at", "id"]),
    ("members_of_team", "members", &["team_key", "created_at", "id"]),
    ("members_of_person", "members", &["subject", "created_at", "id"]),
    ("routing_rules_in_order", "routing_rules", &["rank", "id"]),
    ("assignments_in_order", "assignments", &["team_key", "state", "order_value", "id"]),
    ("assignments_of_team_by_state", "assignments", &["team_key", "state", "queued_at", "id"]),
    ("assignments_past_due", "assignments", &["team_key", "state", "due_at"]),
    ("assignments_of_team", "assignments", &["team_key", "queued_at", "id"]),
    ("assignments_of_ticket", "assignments", &["ticket_id", "queued_at", "id"]),
    ("assignments_of_holder", "assignments", &["holder", "queued_at", "id"]),
    ("assignments_in_hand", "assignments", &["holder", "state", "team_key"]),
    ("assignments_by_age", "assignments", &["queued_at", "id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Work {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [teams(), members(), rules(), assignments(), declines()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            manager.create_index(index(name, table, columns)).await?;
        }
        manager.create_index(one_default_rule()).await?;
        manager.create_index(one_open_assignment_of_a_ticket()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["declines", "assignments", "routing_rules", "members", "teams"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }
}

/// Which teams others were told of: of those that are there, none.
struct Announcements;

impl MigrationName for Announcements {
    fn name(&self) -> &'static str {
        "m0003_announcements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Announcements {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("teams")).add_column(boolean("announced").default(false));
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("teams")).drop_column(Alias::new("announced"));
        manager.alter_table(alter).await
    }
}

fn index(name: &str, table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(Alias::new(table)).take();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// A unique constraint, made with its table: a connection of SQLite that knows the table without an index made later
/// refuses `ON CONFLICT` and does not look again.
fn once(name: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).unique().take();
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

fn one_default_rule() -> IndexCreateStatement {
    index("routing_rules_one_default", "routing_rules", &["is_default"])
        .unique()
        .and_where(Expr::col(Alias::new("is_default")))
        .take()
}

fn one_open_assignment_of_a_ticket() -> IndexCreateStatement {
    index("assignments_one_open", "assignments", &["ticket_id"])
        .unique()
        .and_where(Expr::col(Alias::new("state")).is_in(OPEN.map(State::number)))
        .take()
}

fn teams() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("teams"))
        .col(uuid("id").primary_key())
        .col(string("key"))
        .col(string("name_zh"))
        .col(string("name_en"))
        .col(integer("kind"))
        .col(json("skills"))
        .col(json("regions"))
        .col(string("calendar"))
        .col(integer("capacity"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("version"))
        .index(&mut once("teams_key", &["key"]))
        .take()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("members"))
        .col(uuid("id").primary_key())
        .col(string("team_key"))
        .col(string("subject"))
        .col(string("name"))
        .col(json("skills"))
        .col(integer("capacity"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("version"))
        .index(&mut once("members_once", &["team_key", "subject"]))
        .take()
}

fn rules() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("routing_rules"))
        .col(uuid("id").primary_key())
        .col(string("name"))
        .col(integer("position"))
        .col(timestamp_with_time_zone("rank"))
        .col(json("types"))
        .col(json("category_codes"))
        .col(json("priorities"))
        .col(json("projects"))
        .col(json("channels"))
        .col(boolean_null("key_account"))
        .col(string("team_key"))
        .col(boolean("is_default"))
        .col(big_integer("hits"))
        .col(timestamp_with_time_zone("created_at"))
        .col(big_integer("version"))
        .take()
}

fn assignments() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("assignments"))
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(string("ticket_number"))
        .col(integer("ticket_type"))
        .col(string("category_code"))
        .col(text("subject"))
        .col(text("description"))
        .col(integer("priority"))
        .col(text("project"))
        .col(text("room"))
        .col(integer("channel"))
        .col(timestamp_with_time_zone("ticket_created_at"))
        .col(timestamp_with_time_zone_null("resolution_due_at"))
        .col(string("team_key"))
        .col(integer("state"))
        .col(string("holder"))
        .col(binary_null("lease_hash"))
        .col(timestamp_with_time_zone_null("lease_expires_at"))
        .col(big_integer("epoch"))
        .col(timestamp_with_time_zone("due_at"))
        .col(big_integer("order_value"))
        .col(timestamp_with_time_zone("queued_at"))
        .col(timestamp_with_time_zone_null("accepted_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(integer("attempts"))
        .col(integer("returns"))
        .col(string("rule"))
        .col(big_integer("version"))
        .take()
}

fn declines() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("declines"))
        .col(uuid("assignment_id"))
        .col(string("subject"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("declined_at"))
        .primary_key(Index::create().col(Alias::new("assignment_id")).col(Alias::new("subject")))
        .take()
}
