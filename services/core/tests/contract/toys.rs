//! A service's own tables, as small as can be.

use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{DbBackend, EntityTrait, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_pk_auto, string, timestamp_with_time_zone, uuid};

/// The tables of core, then the toys'.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.push(Box::new(Toys));
        all
    }
}

struct Toys;

impl MigrationName for Toys {
    fn name(&self) -> &'static str {
        "m0002_toys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Toys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = |name: &'static str| Table::create().table(Alias::new(name)).to_owned();
        let counters =
            table("counters").col(string("name").primary_key()).col(big_integer("value")).to_owned();
        let effects = table("effects").col(big_pk_auto("seq")).col(string("text")).to_owned();
        let moments =
            table("moments").col(uuid("id").primary_key()).col(timestamp_with_time_zone("at")).to_owned();
        for table in [counters, effects, moments] {
            manager.create_table(table).await?;
        }
        let order = Index::create()
            .name("moments_in_order")
            .table(Alias::new("moments"))
            .col(Alias::new("at"))
            .col(Alias::new("id"))
            .to_owned();
        manager.create_index(order).await
    }
}

pub(crate) mod counter {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "counters")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) name: String,
        pub(crate) value: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod effect {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "effects")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) seq: i64,
        pub(crate) text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod moment {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "moments")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes an effect down; one that happens twice is there twice.
pub(crate) async fn note(tx: &Tx, text: &str) -> Result<(), Error> {
    let row = effect::ActiveModel { seq: NotSet, text: Set(text.to_owned()) };
    effect::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Returns the effects in the order in which they happened.
pub(crate) async fn effects(db: &Db) -> Vec<String> {
    let rows = effect::Entity::find().order_by_asc(effect::Column::Seq).all(db.reader()).await;
    rows.expect("effects can be read").into_iter().map(|row| row.text).collect()
}

/// Reads, adds one and writes: loses counts wherever two transactions overlap unseen.
pub(crate) async fn count_up(tx: &Tx, name: &str) -> Result<i64, Error> {
    let find = counter::Entity::find_by_id(name.to_owned());
    let find = if tx.get_database_backend() == DbBackend::Postgres { find.lock_exclusive() } else { find };
    let row = find.one(&**tx).await?.expect("the counter is there");
    let next = counter::ActiveModel { name: Set(row.name), value: Set(row.value + 1) };
    counter::Entity::update(next).exec(&**tx).await?;
    Ok(row.value + 1)
}

/// Makes a counter that stands at zero.
pub(crate) async fn new_counter(db: &Db, name: &str) {
    let row = counter::ActiveModel { name: Set(name.to_owned()), value: Set(0) };
    counter::Entity::insert(row).exec_without_returning(db.reader()).await.expect("a counter can be made");
}

/// Returns where a counter stands.
pub(crate) async fn counted(db: &Db, name: &str) -> i64 {
    let row = counter::Entity::find_by_id(name.to_owned()).one(db.reader()).await;
    row.expect("counters can be read").expect("the counter is there").value
}
