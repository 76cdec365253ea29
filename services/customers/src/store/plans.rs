//! The lists and lookups that grow use their indexes.

use hotline_core::page::Page;
use hotline_core::testing;
use hotline_proto::customers::v1::{
    ListCustomersRequest, ListInteractionsRequest, ListRemoteSessionsRequest,
};
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::entity::{customer, interaction, remote_session};
use super::{customers, interactions, remote};
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
    let lists = [
        (Some(Uuid::nil()), &[][..], "interactions_by_customer"),
        (None, &[], "interactions_by_time"),
        (None, &[1], "interactions_by_overrun"),
    ];
    for (customer, overrun, index) in lists {
        let select = interactions::of(customer, overrun);
        let select = page.apply(select, interaction::Column::StartedAt, interaction::Column::Id);
        let plan = testing::plan(&test.db, select.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn remote_sessions_are_read_in_the_order_of_an_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListRemoteSessionsRequest::default()).expect("a first page");
    let some = Some(Uuid::nil());
    let lists = [
        (remote::Of::default(), "remote_sessions_by_time"),
        (remote::Of { customer_id: some, ..Default::default() }, "remote_sessions_by_customer"),
        (remote::Of { ticket_id: some, ..Default::default() }, "remote_sessions_by_ticket"),
        (remote::Of { interaction_id: some, ..Default::default() }, "remote_sessions_by_interaction"),
    ];
    for (of, index) in lists {
        let select =
            page.apply(remote::select(of), remote_session::Column::StartedAt, remote_session::Column::Id);
        let plan = testing::plan(&test.db, select.build(DbBackend::Sqlite)).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
