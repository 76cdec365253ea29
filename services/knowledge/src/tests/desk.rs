//! One replica of the service, and people who use it.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::deadlines;
use hotline_core::error::reason_of;
use hotline_proto::events::v1::ArticlePublished;
use hotline_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use hotline_proto::knowledge::v1::{
    ApproveArticleRequest, Article, ArticleKind, CreateArticleRequest, GetArticleRequest,
    RejectArticleRequest, RetireArticleRequest, SearchArticlesRequest, SearchHit, SubmitArticleRequest,
    UpdateArticleRequest,
};
use prost::Message;
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Request, Response, Status};

use crate::Config;
use crate::events::GoLive;
use crate::grpc::Knowledge;
use crate::live_index::LiveIndex;

pub(super) const START: DateTime<Utc> =
    DateTime::from_timestamp(1_772_413_200, 0).expect("the instant exists");

/// What a call is answered with.
pub(super) type Reply = Result<Article, Status>;

/// A replica without its background work, which tests do by hand.
pub(super) struct Desk {
    pub(super) api: Knowledge,
    pub(super) index: Arc<LiveIndex>,
    pub(super) clock: Clock,
    pub(super) db: Db,
    alarm: GoLive,
}

impl Desk {
    /// Starts a replica on a database.
    pub(super) async fn open(db: &Db, clock: &Clock) -> Self {
        let overlap = Config::default().index_overlap();
        let index =
            Arc::new(LiveIndex::new(db.clone(), clock.clone(), overlap).expect("an index can be made"));
        index.reconcile().await.expect("fills");
        Self {
            api: Knowledge::new(db.clone(), clock.clone(), index.clone()),
            alarm: GoLive::new(clock.clone(), index.clone()),
            index,
            clock: clock.clone(),
            db: db.clone(),
        }
    }

    pub(super) async fn create(&self, who: &str, article: Article) -> Article {
        let request = CreateArticleRequest { article: Some(article) };
        by(who, self.api.create_article(Request::new(request))).await.expect("anyone may write")
    }

    /// Changes the fields of an article that `patch` fills, or those named.
    pub(super) async fn update(&self, who: &str, id: &str, patch: Article, mask: &[&str]) -> Reply {
        let paths = mask.iter().map(|path| (*path).to_owned()).collect();
        let request = UpdateArticleRequest {
            article: Some(Article { id: id.to_owned(), ..patch }),
            update_mask: Some(FieldMask { paths }),
            etag: String::new(),
        };
        by(who, self.api.update_article(Request::new(request))).await
    }

    pub(super) async fn submit(&self, who: &str, id: &str) -> Reply {
        let request = SubmitArticleRequest { id: id.to_owned(), ..Default::default() };
        by(who, self.api.submit_article(Request::new(request))).await
    }

    pub(super) async fn approve(&self, who: &str, id: &str) -> Reply {
        let request =
            ApproveArticleRequest { id: id.to_owned(), note: "准确".into(), ..Default::default() };
        by(who, self.api.approve_article(Request::new(request))).await
    }

    pub(super) async fn reject(&self, who: &str, id: &str) -> Reply {
        let request =
            RejectArticleRequest { id: id.to_owned(), reason: "过时".into(), ..Default::default() };
        by(who, self.api.reject_article(Request::new(request))).await
    }

    pub(super) async fn retire(&self, who: &str, id: &str) -> Reply {
        let request =
            RetireArticleRequest { id: id.to_owned(), reason: "不再提供".into(), ..Default::default() };
        by(who, self.api.retire_article(Request::new(request))).await
    }

    pub(super) async fn get(&self, id: &str) -> Reply {
        let request = GetArticleRequest { id: id.to_owned() };
        self.api.get_article(Request::new(request)).await.map(Response::into_inner)
    }

    /// Writes, submits and approves an article.
    pub(super) async fn publish(&self, article: Article) -> Article {
        let id = self.create("anna", article).await.id;
        self.submit("anna", &id).await.expect("a complete draft");
        self.approve("ben", &id).await.expect("ben wrote nothing")
    }

    pub(super) async fn search(&self, request: SearchArticlesRequest) -> Vec<SearchHit> {
        let response = self.api.search_articles(Request::new(request)).await.expect("searches").into_inner();
        assert!(response.took.is_some());
        response.hits
    }

    /// Returns the bodies that a question finds, best first.
    pub(super) async fn answers(&self, q: &str) -> Vec<String> {
        let hits = self.search(SearchArticlesRequest { q: q.into(), ..Default::default() }).await;
        hits.into_iter().map(|hit| hit.article.unwrap_or_default().body).collect()
    }

    /// Makes what is due happen.
    pub(super) async fn sweep(&self) {
        deadlines::sweep(&self.db, &self.clock, &self.alarm).await.expect("sweeps");
    }

    /// Returns the events that were put, oldest first.
    pub(super) async fn events(&self) -> Vec<ArticlePublished> {
        let statement =
            Statement::from_string(self.db.backend(), "SELECT name, payload FROM outbox ORDER BY id");
        let rows = self.db.reader().query_all_raw(statement).await.expect("reads");
        let event = |row: &sea_orm::QueryResult| {
            let name: String = row.try_get("", "name").expect("a name");
            assert_eq!(name, "hotline.events.v1.ArticlePublished");
            let payload: Vec<u8> = row.try_get("", "payload").expect("a payload");
            ArticlePublished::decode(payload.as_slice()).expect("decodes")
        };
        rows.iter().map(event).collect()
    }
}

/// Runs a call as a person.
pub(super) async fn by<T>(
    who: &str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Status> {
    let caller = Caller { subject: who.to_owned(), ..Caller::default() };
    caller.scope(call).await.map(Response::into_inner)
}

/// Returns a complete article about burst pipes.
pub(super) fn article(body: &str) -> Article {
    Article {
        kind: ArticleKind::StandardAnswer.into(),
        category_code: "repair.private".into(),
        title: "水管爆裂怎么办".into(),
        body: body.into(),
        ..Article::default()
    }
}

/// Returns the stable reason of a refusal.
pub(super) fn refused(reply: Reply) -> String {
    reason_of(&reply.expect_err("is refused"))
}
