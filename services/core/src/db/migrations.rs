//! The tables that every service has: outbox, inbox, deadlines, idempotency keys, turns.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, binary, integer, string, string_null, text, timestamp_with_time_zone, uuid,
    uuid_uniq,
};

/// Returns the migrations of the tables that every service has; a service puts its own behind them.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Foundation)]
}

struct Foundation;

impl MigrationName for Foundation {
    fn name(&self) -> &'static str {
        "m0001_foundation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Foundation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [outbox(), inbox(), parked(), deadlines(), idempotency(), turns()] {
            manager.create_table(table).await?;
        }
        let index = |name: &str, table: &str, columns: &[&str]| {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            index.to_owned()
        };
        manager.create_index(index("outbox_by_state", "outbox", &["sent", "seq"])).await?;
        manager.create_index(index("inbox_by_age", "inbox", &["applied_at"])).await?;
        manager.create_index(index("deadlines_by_time", "deadlines", &["visible_at", "id"])).await?;
        manager
            .create_index(
                index("deadlines_by_subject", "deadlines", &["kind", "subject"]).unique().to_owned(),
            )
            .await?;
        manager.create_index(index("idempotency_by_age", "idempotency", &["created_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["outbox", "inbox", "parked_events", "deadlines", "idempotency", "turns"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("outbox"))
        .col(big_pk_auto("seq"))
        .col(uuid_uniq("id"))
        .col(string("name"))
        .col(string("subject"))
        .col(timestamp_with_time_zone("occurred_at"))
        .col(string("actor"))
        .col(string("trace_parent"))
        .col(binary("payload"))
        .col(integer("sent"))
        .col(string_null("receipt"))
        .to_owned()
}

fn inbox() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("inbox"))
        .col(uuid("event_id").primary_key())
        .col(timestamp_with_time_zone("applied_at"))
        .to_owned()
}

fn parked() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("parked_events"))
        .col(uuid("event_id").primary_key())
        .col(string("name"))
        .col(binary("envelope"))
        .col(text("error"))
        .col(timestamp_with_time_zone("parked_at"))
        .to_owned()
}

fn deadlines() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("deadlines"))
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(string("subject"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone("visible_at"))
        .col(integer("attempts"))
        .col(text("payload"))
        .to_owned()
}

fn idempotency() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("idempotency"))
        .col(string("scope").primary_key())
        .col(binary("request_hash"))
        .col(binary("reply"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn turns() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("turns"))
        .col(string("name").primary_key())
        .col(string("holder"))
        .col(timestamp_with_time_zone("until"))
        .col(string("note"))
        .col(big_integer("version"))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;
    use sea_orm_migration::{MigrationTrait, MigratorTrait};

    use crate::testing::{plan, sqlite};

    struct Migrator;

    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            super::all()
        }
    }

    #[tokio::test]
    async fn every_query_that_can_grow_is_served_by_an_index() {
        let test = sqlite::<Migrator>("plans").await;
        for (query, index) in [
            ("SELECT * FROM outbox WHERE sent = 0 ORDER BY seq LIMIT 100", "outbox_by_state"),
            ("DELETE FROM outbox WHERE sent = 1 AND receipt <= 'r'", "outbox_by_state"),
            ("DELETE FROM outbox WHERE id IN ('a', 'b')", "autoindex_outbox"),
            ("DELETE FROM inbox WHERE applied_at < 't'", "inbox_by_age"),
            ("SELECT * FROM deadlines WHERE visible_at <= 't' ORDER BY visible_at, id", "deadlines_by_time"),
            ("DELETE FROM deadlines WHERE kind = 'k' AND subject = 's'", "deadlines_by_subject"),
            ("DELETE FROM idempotency WHERE created_at < 't'", "idempotency_by_age"),
        ] {
            let plan = plan(&test.db, Statement::from_string(test.db.backend(), query)).await;
            assert!(plan.contains(index) && plan.lines().count() == 1, "{query}: {plan}");
        }
    }
}
