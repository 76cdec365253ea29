//! The gateway's schema.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, json, string, timestamp_with_time_zone};

/// Brings the gateway's schema up to date.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.push(Box::new(Accounts));
        all
    }
}

struct Accounts;

impl MigrationName for Accounts {
    fn name(&self) -> &'static str {
        "m0101_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Accounts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let accounts = Table::create()
            .table(Alias::new("accounts"))
            .col(string("username").primary_key())
            .col(string("password_hash"))
            .col(string("name"))
            .col(json("roles"))
            .col(json("teams"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(accounts).await?;
        let keys = Table::create()
            .table(Alias::new("signing_keys"))
            .col(string("id").primary_key())
            .col(binary("secret"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(keys).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["signing_keys", "accounts"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}
