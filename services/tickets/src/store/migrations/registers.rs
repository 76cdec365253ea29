//! The table of exports of registers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

pub(super) struct RegisterExports;

const TABLE: &str = "register_exports";

impl MigrationName for RegisterExports {
    fn name(&self) -> &'static str {
        "m0013_register_exports"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for RegisterExports {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.table(Alias::new(TABLE)).col(uuid("id").primary_key());
        for name in ["kind", "format", "team_key", "project", "category_code", "reason", "exported_by"] {
            table.col(string(name));
        }
        for name in ["range_from", "range_to"] {
            table.col(timestamp_with_time_zone_null(name));
        }
        table
            .col(boolean("revealed"))
            .col(big_integer("row_count"))
            .col(timestamp_with_time_zone("exported_at"));
        manager.create_table(table).await?;
        let mut index = Index::create();
        index.name("register_exports_by_time").table(Alias::new(TABLE));
        for column in ["exported_at", "id"] {
            index.col(Alias::new(column));
        }
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new(TABLE)).to_owned()).await
    }
}
