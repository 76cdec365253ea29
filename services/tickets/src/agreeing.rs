//! Agreed statements (统一说辞) between the knowledge base and the cases that wait for them (T5).
//!
//! A case is told by an event that its statement has been approved. The article was read before the case began to wait,
//! and may have been approved in between: a deadline looks again while anything waits for it.

use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::{Error as Core, chain};
use hotline_core::id;
use hotline_proto::knowledge::v1::{Article, ArticleState};
use uuid::Uuid;

use crate::NAME;
use crate::domain::draft::Who;
use crate::domain::judging::Statement;
use crate::error::Error;
use crate::neighbours::Neighbours;
use crate::store::Store;

/// The way from cases to their statements. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Statements {
    store: Store,
    neighbours: Neighbours,
}

/// What a case may be told.
pub(crate) enum Agreed {
    /// What agents may say.
    Approved(Statement),
    /// Nothing yet: experts and supervisor are to agree on this article.
    Awaited(Uuid),
}

impl Statements {
    /// Makes the way.
    pub(crate) fn new(store: Store, neighbours: Neighbours) -> Self {
        Self { store, neighbours }
    }

    /// Returns how the article stands that a request names as the statement: what is published of it, never what is still
    /// being written.
    ///
    /// # Errors
    /// [`Core::Field`] where there is no such article, or one that will never be approved; else what knowledge answers.
    pub(crate) async fn named(&self, article: Uuid) -> Result<Agreed, Error> {
        let article = self.neighbours.article(article).await?;
        match self.neighbours.published(&article).await? {
            Some(published) => Ok(Agreed::Approved(statement(&published)?)),
            None if article.state() == ArticleState::Retired => Err(Core::Field {
                field: "statementArticleId",
                en: "names an article that was retired: name one that is published or is to be approved",
                zh: "该知识已停用：请填写已发布或待审批的知识",
            }
            .into()),
            None => Ok(Agreed::Awaited(id::parse(&article.id, "id")?)),
        }
    }

    /// Looks, once a transaction has been committed, whether a statement has been approved; the sweeper goes on meanwhile.
    /// Where it fails, the deadline that the transaction sets tries again.
    pub(crate) fn look_after(&self, tx: &Tx, article: Uuid) {
        let statements = self.clone();
        tx.after_commit(async move {
            tokio::spawn(async move {
                if let Err(error) = Caller::service(NAME).scope(statements.look(article)).await {
                    tracing::warn!(%article, error = %chain(&error), "whether a statement is approved is not known yet");
                }
            });
        });
    }

    async fn look(&self, article: Uuid) -> Result<(), Error> {
        if let Agreed::Approved(_) = self.named(article).await? {
            let tx = self.store.db.begin().await?;
            let who = Who { subject: format!("service:{NAME}"), ..Who::default() };
            self.store.wake(&tx, article, who).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn statement(article: &Article) -> Result<Statement, Error> {
    Ok(Statement { article: id::parse(&article.id, "id")?, text: article.body.clone() })
}
