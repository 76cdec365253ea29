//! Calls through the service's layers, as the gateway makes them.

use std::collections::HashMap;

use hotline_core::caller::{Caller, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::server::Deps;
use hotline_core::upstream::Directory;
use hotline_core::{idempotency, testing};
use hotline_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use hotline_proto::knowledge::v1::{
    Article, CreateArticleRequest, ListArticlesRequest, SearchArticlesRequest, SubmitArticleRequest,
};
use tonic::Request;

use super::desk::{Desk, START, article, by};
use crate::{Config, Migrator, NAME};

type Client = KnowledgeServiceClient<hotline_core::upstream::Upstream>;

/// Starts the service and returns a client of its stack.
async fn client(db: &Db) -> Client {
    let keys = Keys::new(&[7; 32]).expect("long enough");
    let directory = Directory::new(keys.clone(), &[NAME], &HashMap::new()).expect("no addresses");
    let deps = Deps { db: db.clone(), clock: Clock::manual(START), upstreams: directory.of(NAME) };
    let service = crate::service(deps, Config::default()).await.expect("starts");
    directory.fill(NAME, service.stack(keys));
    KnowledgeServiceClient::new(directory.of("gateway").get(NAME))
}

fn keyed<T>(message: T, key: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(idempotency::HEADER, key.parse().expect("ASCII"));
    request
}

#[tokio::test]
async fn a_command_that_is_sent_again_happens_once() {
    for test in testing::databases::<Migrator>(NAME).await {
        let mut client = client(&test.db).await;
        let create = CreateArticleRequest { article: Some(article("请先关闭总阀。")) };
        let first = by("anna", client.create_article(keyed(create.clone(), "k1"))).await.expect("writes");
        let again = by("anna", client.create_article(keyed(create, "k1"))).await.expect("writes once");
        assert_eq!(first, again);
        let listed = by("anna", client.list_articles(ListArticlesRequest::default())).await.expect("lists");
        assert_eq!(listed.articles, std::slice::from_ref(&first));

        let submit = SubmitArticleRequest { id: first.id, ..Default::default() };
        let submitted = by("anna", client.submit_article(keyed(submit.clone(), "k2"))).await;
        let again = by("anna", client.submit_article(keyed(submit, "k2"))).await;
        assert_eq!(submitted.expect("a complete draft"), again.expect("submits once"));
    }
}

#[tokio::test]
async fn a_service_that_starts_finds_what_was_published_before() {
    for test in testing::databases::<Migrator>(NAME).await {
        let before = Desk::open(&test.db, &Clock::manual(START)).await;
        before.publish(article("请先关闭总阀。")).await;
        let mut client = client(&test.db).await;
        let request = SearchArticlesRequest { q: "水管爆裂".into(), ..Default::default() };
        let found = by("anna", client.search_articles(request)).await.expect("searches");
        assert_eq!(found.hits.len(), 1);
    }
}

#[tokio::test]
async fn a_call_without_identity_is_refused() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let keys = Keys::new(&[7; 32]).expect("long enough");
    let directory = Directory::new(keys.clone(), &[], &HashMap::new()).expect("no addresses");
    let deps = Deps { db: test.db.clone(), clock: Clock::manual(START), upstreams: directory.of(NAME) };
    let service = crate::service(deps, Config::default()).await.expect("starts");
    let mut direct = KnowledgeServiceClient::new(service.stack(keys));
    let create = CreateArticleRequest { article: Some(Article::default()) };
    let refused = Caller::default().scope(direct.create_article(create)).await.expect_err("is refused");
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
}
