//! Every query that can grow is answered from an index.

use chrono::DateTime;
use hotline_core::page::Page;
use hotline_core::testing::{self, TestDb};
use hotline_proto::knowledge::v1::{ArticleKind, ArticleState, ListArticlesRequest};
use sea_orm::{DbBackend, QueryTrait};
use uuid::Uuid;

use super::{Filter, lists, published};
use crate::{Migrator, NAME};

async fn plan(test: &TestDb, query: impl QueryTrait) -> String {
    testing::plan(&test.db, query.build(DbBackend::Sqlite)).await
}

#[tokio::test]
async fn lists_are_read_in_their_order_from_an_index() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let page = Page::of(&ListArticlesRequest::default()).expect("a first page");
    let state = Filter { states: vec![ArticleState::Submitted], ..Filter::default() };
    let kind = Filter { kind: ArticleKind::Law, ..Filter::default() };
    let category = Filter { category_code: "repair".into(), ..Filter::default() };
    for (plan, index) in [
        (plan(&test, lists::select(&Filter::default(), &page)).await, "articles_by_age"),
        (plan(&test, lists::select(&state, &page)).await, "articles_by_state"),
        (plan(&test, lists::select(&kind, &page)).await, "articles_by_kind"),
        (plan(&test, lists::select(&category, &page)).await, "articles_by_age"),
        (plan(&test, lists::select_versions(Uuid::from_u128(1), &page)).await, "article_versions_by_age"),
    ] {
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
}

#[tokio::test]
async fn what_is_published_and_what_changed_of_it_is_read_from_an_index_alone() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    for (plan, index) in [
        (plan(&test, published::select_since(DateTime::UNIX_EPOCH)).await, "articles_by_publication"),
        (plan(&test, published::select_all()).await, "articles_published"),
    ] {
        assert!(plan.contains(&format!("COVERING INDEX {index}")), "{index}: {plan}");
    }
}

#[tokio::test]
async fn the_hits_of_a_search_are_read_by_their_ids() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let plan = plan(&test, published::select_versions(&ids)).await;
    assert!(!plan.contains("SCAN"), "{plan}");
}
