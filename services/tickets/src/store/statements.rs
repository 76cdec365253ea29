//! The table of statements that cases wait for: which tickets to wake when an article is published (T5).

use chrono::TimeDelta;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QuerySelect, QueryTrait};

use crate::domain::draft::Who;
use crate::error::Error;
use crate::store::{Changes, Store};

/// What a look at a statement is called among deadlines.
const LOOK: &str = "statement-look";
/// How long it is until the first look at a statement that is waited for: by then whatever was approved while a case
/// began to wait is known to be.
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(10);
/// How long it is until the next one; events tell sooner.
const NEXT_LOOK: TimeDelta = TimeDelta::minutes(10);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "awaited_statements")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) article_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ticket_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

/// Returns the article that a deadline looks at; `None` for one of another kind.
pub(crate) fn look_of(deadline: &Deadline) -> Option<Uuid> {
    (deadline.kind == LOOK).then(|| deadline.subject.parse().ok()).flatten()
}

impl Store {
    /// Notes that a ticket waits for a statement.
    pub(crate) fn await_statement(&self, tx: &Tx, article_id: Uuid, ticket_id: Uuid) {
        let row = ActiveModel { article_id: Set(article_id), ticket_id: Set(ticket_id) };
        let known = OnConflict::columns([Column::ArticleId, Column::TicketId]).do_nothing().to_owned();
        tx.later(Entity::insert(row).on_conflict(known).into_query());
        deadlines::set(tx, LOOK, &article_id.to_string(), self.clock.now() + FIRST_LOOK, "");
    }

    /// Tells whether a statement is waited for; then it will be looked at again.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn is_awaited(&self, tx: &Tx, article_id: Uuid) -> Result<bool, Error> {
        let waiting = Entity::find().filter(Column::ArticleId.eq(article_id)).limit(1).one(&**tx).await?;
        if waiting.is_some() {
            deadlines::set(tx, LOOK, &article_id.to_string(), self.clock.now() + NEXT_LOOK, "");
        }
        Ok(waiting.is_some())
    }

    /// Returns the tickets that waited for a statement which has been approved, and forgets that they do.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn waiting_for(&self, tx: &Tx, article_id: Uuid) -> Result<Vec<Uuid>, Error> {
        let these = Column::ArticleId.eq(article_id);
        let waiting = Entity::find().filter(these.clone()).all(&**tx).await?;
        if !waiting.is_empty() {
            tx.later(Entity::delete_many().filter(these).into_query());
        }
        Ok(waiting.into_iter().map(|row| row.ticket_id).collect())
    }

    /// Wakes the cases that waited for a statement which has been approved.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); [`Error::Calendar`].
    pub(crate) async fn wake(&self, tx: &Tx, article_id: Uuid, who: Who) -> Result<(), Error> {
        let waiting = self.waiting_for(tx, article_id).await?;
        let mut changes = Changes::lock(tx, self.rules(), waiting.iter().copied()).await?;
        for ticket in waiting {
            let now = self.clock.now();
            changes.change(ticket, now, who.clone(), |draft| draft.statement_approved(article_id))?;
        }
        changes.write(tx)
    }
}
