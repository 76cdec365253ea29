//! What was said of outages, who was told, who has read them, how far their tickets are solved.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, json, string, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) struct OutagesInFull;

/// Name, table and columns.
const INDEXES: [(&str, &str, &[&str]); 3] = [
    ("outage_updates_by_time", "outage_updates", &["outage_id", "at", "id"]),
    ("outage_contacts_by_time", "outage_contacts", &["outage_id", "at", "id"]),
    ("outage_readers_by_time", "outage_readers", &["outage_id", "at", "id"]),
];

/// What is true of the notices that are there: each was published as it was written, and concerns every region.
const FILL: [&str; 3] = [
    // Few tickets have an outage, and a registration shall not pay for an index that it is not in.
    "CREATE INDEX tickets_by_outage ON tickets (outage_id, id) WHERE outage_id IS NOT NULL",
    "UPDATE outages SET published_at = created_at, published_by = created_by",
    "INSERT INTO outage_scopes (outage_id, dimension, value) SELECT id, 3, '' FROM outages",
];

impl MigrationName for OutagesInFull {
    fn name(&self) -> &'static str {
        "m0010_outages_in_full"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OutagesInFull {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One a statement: SQLite adds no more.
        for column in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new("outages")).add_column(column);
            manager.alter_table(alter).await?;
        }
        for table in [updates(), contacts(), readers()] {
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
        for statement in FILL {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX tickets_by_outage").await?;
        manager.get_connection().execute_unprepared("DELETE FROM outage_scopes WHERE dimension = 3").await?;
        for table in ["outage_updates", "outage_contacts", "outage_readers"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        for column in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new("outages")).drop_column(Alias::new(column.get_column_name()));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

fn columns() -> [ColumnDef; 8] {
    [
        json("regions").default("[]").to_owned(),
        integer("spike_tickets").default(0).to_owned(),
        json("last_update").default("null").to_owned(),
        integer("updates").default(0).to_owned(),
        json("recovery").default("null").to_owned(),
        text("withdrawn_reason").default("").to_owned(),
        string("published_by").default("").to_owned(),
        timestamp_with_time_zone_null("published_at"),
    ]
}

fn updates() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("outage_updates"))
        .col(uuid("id").primary_key())
        .col(uuid("outage_id"))
        .col(timestamp_with_time_zone("at"))
        .col(string("by"))
        .col(text("text"))
        .col(text("progress"))
        .col(timestamp_with_time_zone_null("expected_recovery_at"))
        .to_owned()
}

fn contacts() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("outage_contacts"))
        .col(uuid("id").primary_key())
        .col(uuid("outage_id"))
        .col(uuid("interaction_id"))
        .col(uuid("customer_id"))
        .col(timestamp_with_time_zone("at"))
        .col(string("by"))
        .col(text("note"))
        // A constraint, not an index made later: SQLite prepares an upsert on the schema a connection saw last.
        .index(&mut once(["outage_id", "interaction_id"]))
        .to_owned()
}

fn readers() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("outage_readers"))
        .col(uuid("id").primary_key())
        .col(uuid("outage_id"))
        .col(string("subject"))
        .col(string("team_key"))
        .col(timestamp_with_time_zone("at"))
        .col(integer("updates"))
        .index(&mut once(["outage_id", "subject"]))
        .to_owned()
}

fn once(columns: [&str; 2]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(Alias::new(column));
    }
    index.unique().to_owned()
}
