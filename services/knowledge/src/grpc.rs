//! The service's methods: requests in, decisions of `domain`, replies out.

use std::sync::Arc;

use hotline_core::caller;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::page::Page;
use hotline_core::{id, mask};
use hotline_proto::knowledge::v1::knowledge_service_server::KnowledgeService;
use hotline_proto::knowledge::v1::{
    ApproveArticleRequest, Article as ArticleMessage, CreateArticleRequest, GetArticleRequest,
    ListArticleVersionsRequest, ListArticleVersionsResponse, ListArticlesRequest, ListArticlesResponse,
    RejectArticleRequest, RetireArticleRequest, SearchArticlesRequest, SearchArticlesResponse,
    SubmitArticleRequest, UpdateArticleRequest,
};
use tonic::{Request, Response, Status};

use crate::domain::Article;
use crate::error::Error;
use crate::live_index::LiveIndex;
use crate::{events, store};

mod command;
mod message;
mod search;

use command::Command;

/// The service's methods over its database and its search index.
#[derive(Clone)]
pub(crate) struct Knowledge {
    db: Db,
    clock: Clock,
    index: Arc<LiveIndex>,
}

impl Knowledge {
    pub(crate) fn new(db: Db, clock: Clock, index: Arc<LiveIndex>) -> Self {
        Self { db, clock, index }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl KnowledgeService for Knowledge {
    async fn create_article(&self, request: Request<CreateArticleRequest>) -> Answer<ArticleMessage> {
        let caller = caller::required()?;
        let content = message::content(request.into_inner().article.unwrap_or_default())?;
        let article = Article::draft(id::new(), content, &caller.subject, self.clock.now());
        let tx = self.db.begin().await?;
        store::insert(&tx, &article).await?;
        let reply = message::article(&article);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_articles(&self, request: Request<ListArticlesRequest>) -> Answer<ListArticlesResponse> {
        let request = request.into_inner();
        let page = Page::of(&request)?;
        let (articles, next_page_token) =
            store::list(self.db.reader(), &message::filter(request), &page).await?;
        let articles = articles.iter().map(message::article).collect();
        Ok(Response::new(ListArticlesResponse { articles, next_page_token }))
    }

    async fn get_article(&self, request: Request<GetArticleRequest>) -> Answer<ArticleMessage> {
        let id = id::parse(&request.into_inner().id, "id")?;
        let article = store::find(self.db.reader(), id).await?;
        Ok(Response::new(message::article(&article)))
    }

    async fn update_article(&self, request: Request<UpdateArticleRequest>) -> Answer<ArticleMessage> {
        let UpdateArticleRequest { article, update_mask, etag } = request.into_inner();
        let patch = article.unwrap_or_default();
        let etag = if etag.is_empty() { &patch.etag } else { &etag };
        let mut command = Command::begin(self, &patch.id, "article.id", etag).await?;
        let current = message::article(&command.article);
        let merged = mask::apply(&current, &patch, update_mask.as_ref(), message::CHANGEABLE)?;
        command.article.update(message::content(merged)?, &command.by, command.now)?;
        command.finish().await
    }

    async fn submit_article(&self, request: Request<SubmitArticleRequest>) -> Answer<ArticleMessage> {
        let SubmitArticleRequest { id, etag } = request.into_inner();
        let mut command = Command::begin(self, &id, "id", &etag).await?;
        command.article.submit(command.now)?;
        store::keep_version(&command.tx, &command.article).await?;
        command.finish().await
    }

    async fn approve_article(&self, request: Request<ApproveArticleRequest>) -> Answer<ArticleMessage> {
        let ApproveArticleRequest { id, note, etag } = request.into_inner();
        let mut command = Command::begin(self, &id, "id", &etag).await?;
        let sight = command.article.approve(&command.by, &note, command.now)?;
        store::review_version(&command.tx, &command.article).await?;
        events::approved(&command.tx, &command.article, sight, command.now, &self.index)?;
        command.finish().await
    }

    async fn reject_article(&self, request: Request<RejectArticleRequest>) -> Answer<ArticleMessage> {
        let RejectArticleRequest { id, reason, etag } = request.into_inner();
        let mut command = Command::begin(self, &id, "id", &etag).await?;
        command.article.reject(&command.by, &reason, command.now)?;
        store::review_version(&command.tx, &command.article).await?;
        command.finish().await
    }

    async fn retire_article(&self, request: Request<RetireArticleRequest>) -> Answer<ArticleMessage> {
        let RetireArticleRequest { id, reason, etag } = request.into_inner();
        let mut command = Command::begin(self, &id, "id", &etag).await?;
        command.article.retire(&command.by, &reason, command.now)?;
        store::retire_versions(&command.tx, command.article.id).await?;
        command.tx.after_commit(self.index.after_commit(command.article.id));
        command.finish().await
    }

    async fn list_article_versions(
        &self,
        request: Request<ListArticleVersionsRequest>,
    ) -> Answer<ListArticleVersionsResponse> {
        let request = request.into_inner();
        let (page, id) = (Page::of(&request)?, id::parse(&request.id, "id")?);
        let article = store::find(self.db.reader(), id).await?;
        let (versions, next_page_token) = store::versions(self.db.reader(), id, &page).await?;
        let message = |version| message::version(version, article.published_version);
        let versions = versions.into_iter().map(message).collect();
        Ok(Response::new(ListArticleVersionsResponse { versions, next_page_token }))
    }

    async fn search_articles(
        &self,
        request: Request<SearchArticlesRequest>,
    ) -> Answer<SearchArticlesResponse> {
        let query = search::query(request.into_inner(), self.clock.now());
        let (hits, took) = self.index.search(query).await?;
        let ids: Vec<_> = hits.iter().map(|hit| hit.id).collect();
        let articles = store::published(self.db.reader(), &ids).await?;
        Ok(Response::new(search::response(hits, articles, took)))
    }
}
