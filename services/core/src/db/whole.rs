//! Migrations that are applied whole or not at all, on every database: a process that is killed in the middle of one starts
//! it anew the next time. By itself the migrator does so on PostgreSQL only.

use std::marker::PhantomData;

use sea_orm_migration::prelude::*;

/// A migrator whose migrations each run in a transaction.
pub(super) struct Whole<M>(PhantomData<M>);

impl<M: MigratorTrait> MigratorTrait for Whole<M> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        M::migrations().into_iter().map(|migration| Box::new(InOne(migration)) as _).collect()
    }
}

struct InOne(Box<dyn MigrationTrait>);

impl MigrationName for InOne {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for InOne {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await
    }
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::prelude::*;

    use crate::error::chain;
    use crate::testing::sqlite;

    /// Makes a table and then fails, as a process does that is killed in between.
    struct Fails;

    impl MigrationName for Fails {
        fn name(&self) -> &'static str {
            "m9999_fails"
        }
    }

    #[async_trait::async_trait]
    impl MigrationTrait for Fails {
        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            let id = sea_orm_migration::schema::integer("id").primary_key().take();
            manager.create_table(Table::create().table(Alias::new("half")).col(id).take()).await?;
            Err(DbErr::Custom("killed".into()))
        }

        async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
            Ok(())
        }
    }

    struct Sound;

    impl MigratorTrait for Sound {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            crate::db::migrations()
        }
    }

    struct Killed;

    impl MigratorTrait for Killed {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            Sound::migrations().into_iter().chain([Box::new(Fails) as _]).collect()
        }
    }

    #[tokio::test]
    async fn a_migration_that_is_cut_off_leaves_nothing_on_sqlite_either() {
        let database = sqlite::<Sound>("whole").await;
        for _ in 0..2 {
            let error = chain(&database.db.migrate::<Killed>().await.expect_err("it fails"));
            assert!(error.contains("killed"), "the table is not there the second time: {error}");
        }
    }
}
