//! Which callback each customer of an outage has, and about which other tickets it is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid;

pub(super) struct Outages;

impl MigrationName for Outages {
    fn name(&self) -> &'static str {
        "m0110_outages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Outages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(table("outage_callbacks", ["outage_id", "customer_id"], &["callback_id"]))
            .await?;
        manager.create_table(table("callback_tickets", ["callback_id", "ticket_id"], &[])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["callback_tickets", "outage_callbacks"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

/// A table of ids, the first ones its key.
fn table(name: &str, key: [&str; 2], others: &[&str]) -> TableCreateStatement {
    let (mut table, mut primary) = (Table::create(), Index::create());
    table.table(Alias::new(name));
    for column in key {
        table.col(uuid(Alias::new(column)));
        primary.col(Alias::new(column));
    }
    for column in others {
        table.col(uuid(Alias::new(*column)));
    }
    table.primary_key(&mut primary).to_owned()
}
