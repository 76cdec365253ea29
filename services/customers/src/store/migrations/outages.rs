//! The outage notice that a contact was about.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

pub(super) struct Outages;

impl MigrationName for Outages {
    fn name(&self) -> &'static str {
        "m0110_outages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Outages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("interactions")).add_column(uuid_null("outage_id"));
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table(Alias::new("interactions")).drop_column(Alias::new("outage_id"));
        manager.alter_table(alter).await
    }
}
