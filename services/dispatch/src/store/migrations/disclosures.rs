//! What third parties were shown of customers, and the links of partners without an account.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_uniq, integer, json, string, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

pub(super) struct Disclosures;

/// Name, table and columns of each plain index.
const INDEXES: [(&str, &str, &[&str]); 5] = [
    ("disclosures_by_age", "disclosures", &["at", "id"]),
    ("disclosures_of_ticket", "disclosures", &["ticket_id", "at", "id"]),
    ("disclosures_to_team", "disclosures", &["team_key", "at", "id"]),
    ("disclosures_to_person", "disclosures", &["subject", "at", "id"]),
    ("partner_links_of_assignment", "partner_links", &["assignment_id", "created_at", "id"]),
];

impl MigrationName for Disclosures {
    fn name(&self) -> &'static str {
        "m0011_disclosures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Disclosures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [disclosures(), links(), keys()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in INDEXES {
            manager.create_index(super::index(name, table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["link_keys", "partner_links", "disclosures"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).take()).await?;
        }
        Ok(())
    }
}

fn disclosures() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("disclosures"))
        .col(uuid("id").primary_key())
        .col(uuid("assignment_id"))
        .col(big_integer("epoch"))
        .col(uuid("ticket_id"))
        .col(string("ticket_number"))
        .col(string("team_key"))
        .col(string("subject"))
        .col(timestamp_with_time_zone("at"))
        .col(integer("way"))
        .col(json("fields"))
        .index(&mut super::once("disclosures_once", &["assignment_id", "epoch", "subject"]))
        .take()
}

fn links() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("partner_links"))
        .col(uuid("id").primary_key())
        .col(uuid("assignment_id"))
        .col(string("team_key"))
        .col(big_integer("epoch"))
        .col(big_integer("held_epoch"))
        .col(binary_uniq("token_hash"))
        .col(string("recipient"))
        .col(string("phone"))
        .col(string("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(string("revoked_by"))
        .col(timestamp_with_time_zone_null("opened_at"))
        .col(big_integer("opens"))
        .col(timestamp_with_time_zone_null("accepted_at"))
        .col(timestamp_with_time_zone_null("completed_at"))
        .take()
}

fn keys() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("link_keys"))
        .col(integer("id").primary_key())
        .col(binary("secret"))
        .take()
}
