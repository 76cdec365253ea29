//! The lists and lookups that grow use their indexes.

use hotline_core::db::Db;
use hotline_core::page::Page;
use hotline_core::testing;
use hotline_proto::callbacks::v1::ListCallbacksRequest;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryTrait, Select};
use uuid::Uuid;

use super::callbacks::{Filter, matching};
use super::entity::callback;
use super::waiting::due_first_select;
use crate::{Migrator, NAME};

async fn plan(db: &DatabaseConnection, select: Select<callback::Entity>) -> String {
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
async fn what_is_due_first_is_read_in_the_order_of_an_index() {
    let (_test, db) = migrated().await;
    let plan = plan(db.reader(), due_first_select("callback", 5)).await;
    assert!(plan.contains("callbacks_by_state") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let (_test, db) = migrated().await;
    let page = Page::of(&ListCallbacksRequest::default()).expect("a first page");
    let of_customer = Filter { customer_id: Some(Uuid::nil()), ..Filter::default() };
    let of_ticket = Filter { ticket_id: Some(Uuid::nil()), ..Filter::default() };
    for (filter, index) in [
        (of_customer, "callbacks_by_customer"),
        (of_ticket, "callbacks_by_ticket"),
        (Filter::default(), "callbacks_by_time"),
    ] {
        let select = page.apply(matching(&filter), callback::Column::CreatedAt, callback::Column::Id);
        let plan = plan(db.reader(), select).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
