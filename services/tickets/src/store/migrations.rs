//! The tables of tickets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, double, integer, json, string, string_null, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

mod catalogue;
mod contacts;
mod matters;
mod outages;
mod outages_in_full;
mod plans;
mod registers;
mod rules;
mod words;

/// Returns the service's own migrations.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(Tickets),
        Box::new(Counts),
        Box::new(outages::Outages),
        Box::new(Answers),
        Box::new(rules::RulesOfTime),
        Box::new(matters::Matters),
        Box::new(catalogue::Catalogue),
        Box::new(words::Words),
        Box::new(registers::RegisterExports),
        Box::new(plans::Plans),
        Box::new(outages_in_full::OutagesInFull),
        Box::new(contacts::Contacts),
    ]
}

struct Tickets;

/// What is counted on a ticket since its history can be imported.
struct Counts;

/// The clock of promised answers.
struct Answers;

impl MigrationName for Answers {
    fn name(&self) -> &'static str {
        "m0005_answers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Answers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of tickets that are there, nobody was promised an answer.
        let mut alter = Table::alter();
        alter.table(Alias::new("tickets")).add_column(json("answer_clock").default("null"));
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("tickets")).drop_column(Alias::new("answer_clock"));
        manager.alter_table(alter).await
    }
}

const COUNTS: [&str; 3] = ["reassignment_count", "wait_count", "customer_wait_count"];

impl MigrationName for Counts {
    fn name(&self) -> &'static str {
        "m0003_ticket_counts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Counts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One a statement: SQLite adds no more.
        for name in COUNTS {
            let mut alter = Table::alter();
            alter.table(Alias::new("tickets")).add_column(integer(name).default(0));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COUNTS {
            let mut alter = Table::alter();
            alter.table(Alias::new("tickets")).drop_column(Alias::new(name));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

impl MigrationName for Tickets {
    fn name(&self) -> &'static str {
        "m0002_tickets"
    }
}

/// Name, table, columns and whether it is unique.
const INDEXES: [(&str, &str, &[&str], bool); 9] = [
    ("tickets_by_number", "tickets", &["number"], true),
    ("tickets_by_external_key", "tickets", &["external_key"], true),
    ("tickets_by_time", "tickets", &["created_at", "id"], false),
    ("tickets_by_state", "tickets", &["state", "created_at", "id"], false),
    ("tickets_by_team", "tickets", &["team_key", "created_at", "id"], false),
    ("tickets_by_customer", "tickets", &["customer_id", "created_at", "id"], false),
    ("tickets_by_category", "tickets", &["category_code", "created_at", "id"], false),
    ("tickets_by_assignee", "tickets", &["assignee", "created_at", "id"], false),
    ("timeline_by_ticket", "timeline", &["ticket_id", "at", "id"], false),
];

#[async_trait::async_trait]
impl MigrationTrait for Tickets {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [tickets(), timeline(), categories(), counters()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["tickets", "timeline", "categories", "counters"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn tickets() -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new("tickets")).col(uuid("id").primary_key());
    for name in
        ["number", "category_code", "category_policy", "subject", "team_key", "assignee", "owner_agent"]
    {
        table.col(string(name));
    }
    for name in ["project", "solved_by", "policy"] {
        table.col(string(name));
    }
    for name in ["kind", "channel", "urgency", "impact", "priority", "state", "reopen_count"] {
        table.col(integer(name));
    }
    for name in ["fields", "article_ids", "response_clock", "resolution_clock", "waits", "lease", "callbacks"]
    {
        table.col(json(name));
    }
    for name in ["created_at", "updated_at"] {
        table.col(timestamp_with_time_zone(name));
    }
    for name in ["responded_at", "resolved_at", "closed_at", "wait_until"] {
        table.col(timestamp_with_time_zone_null(name));
    }
    table
        .col(text("description"))
        .col(text("resolution"))
        .col(uuid("customer_id"))
        .col(uuid_null("interaction_id"))
        .col(boolean("key_account"))
        .col(double("completeness"))
        .col(string_null("external_key"))
        .col(big_integer("version"))
        .to_owned()
}

fn timeline() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("timeline"))
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("at"))
        .col(string("actor"))
        .col(integer("state"))
        .col(text("note"))
        .col(json("details"))
        .to_owned()
}

fn categories() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("categories"))
        .col(string("code").primary_key())
        .col(integer("position"))
        .col(string("label_zh"))
        .col(string("label_en"))
        .col(string("parent_code"))
        .col(integer("kind"))
        .col(integer("priority"))
        .col(string("policy"))
        .col(string("team_key"))
        .to_owned()
}

fn counters() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("counters"))
        .col(string("name").primary_key())
        .col(big_integer("last"))
        .to_owned()
}
