//! The queries that grow with the messages use an index.

use chrono::DateTime;
use hotline_core::page::Page;
use hotline_core::testing::{plan, sqlite};
use hotline_proto::dispatch::v1::{ListWebhookDeliveriesRequest, WebhookDeliveryState as State};
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::{Column, all_of, due_at, due_of};
use crate::{Migrator, NAME};

#[tokio::test]
async fn what_is_due_is_found_by_an_index() {
    let db = sqlite::<Migrator>(NAME).await;
    let (now, webhook) = (DateTime::UNIX_EPOCH, Uuid::from_u128(1));
    let steps = plan(&db.db, due_at(now).build(DbBackend::Sqlite)).await;
    assert!(steps.contains("webhook_deliveries_due"), "{steps}");
    let steps = plan(&db.db, due_of(webhook, now, 4).build(DbBackend::Sqlite)).await;
    assert!(!steps.contains("SCAN webhook_deliveries"), "{steps}");
    assert!(steps.contains("earlier USING COVERING INDEX webhook_deliveries_in_order"), "{steps}");
}

#[tokio::test]
async fn messages_are_listed_in_order_from_an_index() {
    let db = sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListWebhookDeliveriesRequest::default()).expect("a first page");
    let list = page.apply(all_of(Uuid::from_u128(1), State::Unspecified), Column::CreatedAt, Column::Id);
    let steps = plan(&db.db, list.build(DbBackend::Sqlite)).await;
    assert!(steps.contains("webhook_deliveries_by_age") && !steps.contains("TEMP B-TREE"), "{steps}");
}
