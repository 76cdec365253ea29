//! The tables of what is said about tickets, of the words they are found by, of links, and of statements that cases wait
//! for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, text, timestamp_with_time_zone, uuid, uuid_null};

pub(super) struct Words;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("comments_by_ticket", "comments", &["ticket_id", "created_at", "id"]),
    ("ticket_marks_by_value", "ticket_marks", &["kind", "value", "ticket_id"]),
    ("ticket_links_by_other", "ticket_links", &["other_id", "kind"]),
];

impl MigrationName for Words {
    fn name(&self) -> &'static str {
        "m0014_words"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Words {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [comments(), marks(), links(), awaited_statements()] {
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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["comments", "ticket_marks", "ticket_links", "awaited_statements"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn comments() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("comments"))
        .col(uuid("id").primary_key())
        .col(uuid("ticket_id"))
        .col(uuid_null("via_id"))
        .col(string("author"))
        .col(integer("visibility"))
        .col(integer("customer_channel"))
        .col(text("text"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn marks() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("ticket_marks"))
        .col(uuid("ticket_id"))
        .col(integer("kind"))
        .col(string("value"))
        .primary_key(&mut key(["ticket_id", "kind", "value"]))
        .to_owned()
}

fn links() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("ticket_links"))
        .col(uuid("ticket_id"))
        .col(integer("kind"))
        .col(uuid("other_id"))
        .primary_key(&mut key(["ticket_id", "kind", "other_id"]))
        .to_owned()
}

fn awaited_statements() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("awaited_statements"))
        .col(uuid("article_id"))
        .col(uuid("ticket_id"))
        .primary_key(&mut key(["article_id", "ticket_id"]))
        .to_owned()
}

fn key<const N: usize>(columns: [&str; N]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(Alias::new(column));
    }
    key.take()
}
