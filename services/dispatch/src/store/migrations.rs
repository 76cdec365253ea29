//! The tables and indexes of the service.

mod confirmations;
mod disclosures;

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary_null, boolean, boolean_null, integer, json, string, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

mod duty_logs;
mod offers;
mod people;
mod presence;
mod rosters;
mod routing;
mod webhooks;

/// Returns the service's own migrations.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(Work),
        Box::new(Announcements),
        Box::new(Flow),
        Box::new(Disputes),
        Box::new(offers::Offers),
        Box::new(confirmations::Confirmations),
        Box::new(routing::Routing),
        Box::new(rosters::Rosters),
        Box::new(webhooks::Webhooks),
        Box::new(disclosures::Disclosures),
        Box::new(presence::Presence),
        Box::new(duty_logs::DutyLogs),
        Box::new(people::People),
    ]
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
        manager.create_index(one_open_assignment_of_a_ticket(OPEN_ONCE)).await
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

/// Whether queues give work out and take work in; how fast work is taken on.
struct Flow;

impl MigrationName for Flow {
    fn name(&self) -> &'static str {
        "m0004_flow"
    }
}

/// The index by which is counted how much work a team took on lately.
const ACCEPTED: &str = "assignments_of_team_by_acceptance";

#[async_trait::async_trait]
impl MigrationTrait for Flow {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            integer("flow").default(0).take(),
            string("flow_reason").default("").take(),
            string("flow_changed_by").default("").take(),
            timestamp_with_time_zone_null("flow_changed_at"),
        ];
        add_columns(manager, "teams", columns).await?;
        manager.create_index(index(ACCEPTED, "assignments", &["team_key", "accepted_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(ACCEPTED).table(Alias::new("assignments")).to_owned()).await?;
        drop_columns(manager, "teams", &["flow", "flow_reason", "flow_changed_by", "flow_changed_at"]).await
    }
}

/// Adds columns to a table, each in a statement of its own: SQLite adds one at a time.
async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(Alias::new(table)).add_column(column).take()).await?;
    }
    Ok(())
}

async fn drop_columns(manager: &SchemaManager<'_>, table: &str, columns: &[&str]) -> Result<(), DbErr> {
    for column in columns {
        let alter = Table::alter().table(Alias::new(table)).drop_column(Alias::new(*column)).take();
        manager.alter_table(alter).await?;
    }
    Ok(())
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

/// The states in which work was open before it could be disputed, and the index that allows a ticket one of it. The index
/// since has a name of its own: a connection of SQLite may take the old one for being there still.
const OPEN_ONCE: (&str, &[i32]) = ("assignments_one_open", &[1, 2, 3]);
const OPEN: (&str, &[i32]) = ("assignments_one_open_or_disputed", &[1, 2, 3, 7]);

fn one_open_assignment_of_a_ticket((name, open): (&str, &[i32])) -> IndexCreateStatement {
    index(name, "assignments", &["ticket_id"])
        .unique()
        .and_where(Expr::col(Alias::new("state")).is_in(open.iter().copied()))
        .take()
}

/// Work that was returned too often, and what was decided about it.
struct Disputes;

impl MigrationName for Disputes {
    fn name(&self) -> &'static str {
        "m0005_disputes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Disputes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("assignments")).add_column(boolean("decided").default(false));
        manager.alter_table(alter).await?;
        manager
            .drop_index(Index::drop().name(OPEN_ONCE.0).table(Alias::new("assignments")).to_owned())
            .await?;
        manager.create_index(one_open_assignment_of_a_ticket(OPEN)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(OPEN.0).table(Alias::new("assignments")).to_owned()).await?;
        manager.create_index(one_open_assignment_of_a_ticket(OPEN_ONCE)).await?;
        let mut alter = Table::alter();
        alter.table(Alias::new("assignments")).drop_column(Alias::new("decided"));
        manager.alter_table(alter).await
    }
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
