//! Lessons on their way into the knowledge base: asked for by the time road until they are there, never within a
//! transaction (T7).

use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::chain;
use hotline_proto::knowledge::v1::{Article, ArticleKind};
use uuid::Uuid;

use crate::NAME;
use crate::domain::draft::Who;
use crate::domain::mask::{self, Masker};
use crate::domain::number::Reference;
use crate::domain::plan::lessons::Lessons;
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::neighbours::Neighbours;
use crate::store::Store;

/// The way of lessons from the store to the knowledge service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Articles {
    store: Store,
    neighbours: Neighbours,
}

impl Articles {
    /// Makes the way.
    pub(crate) fn new(store: Store, neighbours: Neighbours) -> Self {
        Self { store, neighbours }
    }

    /// Drafts the lessons of a plan once a transaction has been committed, while the sweeper goes on: a knowledge service
    /// that is slow must not delay what else is due. Where it fails, the deadline that the transaction sets tries again.
    pub(crate) fn draft_after(&self, tx: &Tx, plan: Uuid) {
        let articles = self.clone();
        tx.after_commit(async move {
            tokio::spawn(async move {
                if let Err(error) = Caller::service(NAME).scope(articles.draft(plan)).await {
                    tracing::warn!(%plan, error = %chain(&error), "the lessons of a plan could not be drafted yet");
                }
            });
        });
    }

    async fn draft(&self, plan: Uuid) -> Result<(), Error> {
        let plan = self.store.plan_by_id(plan).await?;
        let ticket = self.store.get(&Reference::Id(plan.ticket_id)).await?;
        if plan.article_due().is_none() {
            return Ok(());
        }
        let (rules, catalogue) = (self.store.rules(), self.store.catalogue().await?);
        let category = catalogue.get(&ticket.category_code).map_or("", |category| category.label_zh.as_str());
        let masker = masker_of(&ticket, &rules, &self.neighbours).await?;
        let Some(lessons) = plan.lessons(&ticket, category, &masker) else { return Ok(()) };
        // Whoever asked for it is its author: somebody else approves it.
        let author = Caller { subject: lessons.author.clone(), ..Caller::default() };
        let key = format!("tickets:plan:{}:article", plan.id);
        let article = author.scope(self.neighbours.draft_article(message(lessons), &key)).await?;
        let who = Who { subject: format!("service:{NAME}"), ..Who::default() };
        self.store.plan_article(&plan, article, who).await
    }
}

/// Returns what takes the customer out of what people wrote of a ticket: the knowledge base tells nothing of customers.
///
/// # Errors
/// What the customer service answers.
pub(crate) async fn masker_of<'a>(
    ticket: &Ticket,
    rules: &'a Rules,
    neighbours: &Neighbours,
) -> Result<Masker<'a>, Error> {
    let mut masker = mask::of_form(&rules.numbers, &ticket.fields);
    for customer in neighbours.customers(&[ticket.customer_id].into()).await? {
        masker = masker.name(&customer.name).room(&customer.room);
        for phone in &customer.phones {
            masker = masker.contact(&mask::dialled(phone));
        }
    }
    Ok(masker)
}

fn message(lessons: Lessons) -> Article {
    Article {
        kind: ArticleKind::Procedure as i32,
        category_code: lessons.category_code,
        title: lessons.title,
        body: lessons.body,
        ..Article::default()
    }
}
