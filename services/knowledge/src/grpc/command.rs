//! What every command on an article begins and ends with.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::{caller, etag, id};
use hotline_proto::knowledge::v1::Article as ArticleMessage;
use tonic::{Response, Status};

use super::{Error, Knowledge, message};
use crate::domain::Article;
use crate::store;

/// A command on one article, which nobody else changes until it ends. Dropped before [`Command::finish`], it changes
/// nothing.
pub(super) struct Command {
    pub(super) tx: Tx,
    pub(super) article: Article,
    /// Who gives it.
    pub(super) by: String,
    pub(super) now: DateTime<Utc>,
}

impl Command {
    /// Begins a command on the article that `field` of the request names, as long as it is at the version of `etag`.
    pub(super) async fn begin(
        knowledge: &Knowledge,
        id: &str,
        field: &'static str,
        etag: &str,
    ) -> Result<Self, Error> {
        let by = caller::required()?.subject;
        let id = id::parse(id, field)?;
        let now = knowledge.clock.now();
        let tx = knowledge.db.begin().await?;
        let article = store::locked(&tx, id).await?;
        etag::check(etag, article.revision)?;
        Ok(Self { tx, article, by, now })
    }

    /// Stores the article and all that the command wrote beside it, and replies with the article.
    pub(super) async fn finish(self) -> Result<Response<ArticleMessage>, Status> {
        store::update(&self.tx, &self.article).await?;
        let reply = message::article(&self.article);
        self.tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}
