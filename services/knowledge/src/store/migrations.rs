//! The tables of the knowledge service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, json, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

/// Returns the service's migrations, oldest first.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Articles)]
}

struct Articles;

impl MigrationName for Articles {
    fn name(&self) -> &'static str {
        "m0002_articles"
    }
}

/// Name, table, columns. The first three are for the list and its filters, then what is published and what changed of
/// it, then the versions of an article.
const INDEXES: [(&str, &str, &[&str]); 6] = [
    ("articles_by_age", "articles", &["created_at", "id"]),
    ("articles_by_state", "articles", &["state", "created_at", "id"]),
    ("articles_by_kind", "articles", &["kind", "created_at", "id"]),
    ("articles_published", "articles", &["published_version", "id"]),
    ("articles_by_publication", "articles", &["published_changed_at", "published_version", "id"]),
    ("article_versions_by_age", "article_versions", &["article_id", "submitted_at", "id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Articles {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(articles()).await?;
        manager.create_table(article_versions()).await?;
        for (name, table, columns) in INDEXES {
            manager.create_index(index(name, table, columns)).await?;
        }
        let mut once = index("article_versions_once", "article_versions", &["article_id", "version"]);
        manager.create_index(once.unique().to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["article_versions", "articles"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn articles() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Alias::new("articles"))
        .col(uuid("id").primary_key())
        .col(big_integer("revision"))
        .col(text("author"))
        .col(json("writers"))
        .col(integer("published_version"))
        .col(timestamp_with_time_zone_null("published_changed_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"));
    version_columns(&mut table);
    table
}

fn article_versions() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(Alias::new("article_versions"))
        .col(uuid("id").primary_key())
        .col(uuid("article_id"))
        .col(text("author"))
        .col(timestamp_with_time_zone("submitted_at"))
        .col(timestamp_with_time_zone_null("reviewed_at"));
    version_columns(&mut table);
    table
}

/// Adds the columns of a version, in work or submitted.
fn version_columns(table: &mut TableCreateStatement) {
    table
        .col(integer("version"))
        .col(integer("state"))
        .col(integer("kind"))
        .col(string("category_code"))
        .col(text("title"))
        .col(json("questions"))
        .col(text("body"))
        .col(timestamp_with_time_zone_null("valid_from"))
        .col(text("project"))
        .col(text("reviewer"))
        .col(text("review_note"));
}

fn index(name: &str, table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
