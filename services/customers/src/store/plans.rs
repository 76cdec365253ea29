//! The lists and lookups that grow use their indexes.

use hotline_core::db::Db;
use hotline_core::page::Page;
use hotline_core::testing;
use hotline_proto::customers::v1::{ListCustomersRequest, ListInteractionsRequest};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryTrait, Select};
use uuid::Uuid;

use super::entity::{customer, interaction};
use super::{customers, interactions};
use crate::{Migrator, NAME};

async fn plan<E: EntityTrait>(db: &DatabaseConnection, select: Select<E>) -> String {
    let mut statement = select.build(DbBackend::Sqlite);
    statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    let steps = db.query_all_raw(statement).await.expect("the plan is told");
    let steps = steps.iter().map(|step| step.try_get::<String>("", "detail").expect("a step"));
    steps.collect::<Vec<_>>().join("\n")
}

/// A database on connections that were made after its indexes: older ones plan without them until they first run
/// something.
async fn migrated() -> (testing::TestDb, Db) {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let db = test.open::<Migrator>(NAME).await;
    (test, db)
}

#[tokio::test]
async fn a_telephone_number_is_looked_up_by_its_index() {
    let (_test, db) = migrated().await;
    let plan = plan(db.reader(), customers::matching(Some("+8613800138000"), "")).await;
    assert!(plan.contains("customer_phones_by_number"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let (_test, db) = migrated().await;
    let page = Page::of(&ListCustomersRequest::default()).expect("a first page");
    let newest =
        page.apply(customers::matching(None, "王"), customer::Column::CreatedAt, customer::Column::Id);
    let newest = plan(db.reader(), newest).await;
    assert!(newest.contains("customers_by_time") && !newest.contains("TEMP B-TREE"), "{newest}");

    let page = Page::of(&ListInteractionsRequest::default()).expect("a first page");
    for (customer, index) in [(Some(Uuid::nil()), "interactions_by_customer"), (None, "interactions_by_time")]
    {
        let select =
            page.apply(interactions::of(customer), interaction::Column::StartedAt, interaction::Column::Id);
        let plan = plan(db.reader(), select).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
