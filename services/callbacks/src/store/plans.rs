//! The lists and lookups that grow use their indexes.

use hotline_core::page::Page;
use hotline_core::testing;
use hotline_proto::callbacks::v1::ListCallbacksRequest;
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::callbacks::{Filter, matching};
use super::entity::callback;
use super::waiting::due_first_select;
use crate::{Migrator, NAME};

#[tokio::test]
async fn what_is_due_first_is_read_in_the_order_of_an_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let plan = testing::plan(&test.db, due_first_select("callback", 5).build(DbBackend::Sqlite)).await;
    assert!(plan.contains("callbacks_by_state") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListCallbacksRequest::default()).expect("a first page");
    let of_customer = Filter { customer_id: Some(Uuid::nil()), ..Filter::default() };
    let of_ticket = Filter { ticket_id: Some(Uuid::nil()), ..Filter::default() };
    for (filter, index) in [
        (of_customer, "callbacks_by_customer"),
        (of_ticket, "callbacks_by_ticket"),
        (Filter::default(), "callbacks_by_time"),
    ] {
        let select = page.apply(matching(&filter), callback::Column::CreatedAt, callback::Column::Id);
        let plan = testing::plan(&test.db, select.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
