//! The lists and lookups that grow use their indexes.

use hotline_core::page::Page;
use hotline_core::testing;
use hotline_proto::customers::v1::{ListCustomersRequest, ListInteractionsRequest};
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::entity::{customer, interaction};
use super::{customers, interactions};
use crate::{Migrator, NAME};

#[tokio::test]
async fn a_telephone_number_is_looked_up_by_its_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let plan =
        testing::plan(&test.db, customers::matching(Some("+8613800138000"), "").build(DbBackend::Sqlite))
            .await;
    assert!(plan.contains("customer_phones_by_number"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListCustomersRequest::default()).expect("a first page");
    let newest =
        page.apply(customers::matching(None, "王"), customer::Column::CreatedAt, customer::Column::Id);
    let newest = testing::plan(&test.db, newest.build(DbBackend::Sqlite)).await;
    assert!(newest.contains("customers_by_time") && !newest.contains("TEMP B-TREE"), "{newest}");

    let page = Page::of(&ListInteractionsRequest::default()).expect("a first page");
    for (customer, index) in [(Some(Uuid::nil()), "interactions_by_customer"), (None, "interactions_by_time")]
    {
        let select =
            page.apply(interactions::of(customer), interaction::Column::StartedAt, interaction::Column::Id);
        let plan = testing::plan(&test.db, select.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
