//! The table of statements that cases wait for: which tickets to wake when an article is published (T5).

use hotline_core::db::Tx;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::error::Error;

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

/// Notes that a ticket waits for a statement.
pub(crate) fn await_statement(tx: &Tx, article_id: Uuid, ticket_id: Uuid) {
    let row = ActiveModel { article_id: Set(article_id), ticket_id: Set(ticket_id) };
    let known = OnConflict::columns([Column::ArticleId, Column::TicketId]).do_nothing().to_owned();
    tx.later(Entity::insert(row).on_conflict(known).into_query());
}

/// Returns the tickets that wait for a statement, and forgets that they do.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(crate) async fn wake(tx: &Tx, article_id: Uuid) -> Result<Vec<Uuid>, Error> {
    let these = Column::ArticleId.eq(article_id);
    let waiting = Entity::find().filter(these.clone()).all(&**tx).await?;
    if !waiting.is_empty() {
        tx.later(Entity::delete_many().filter(these).into_query());
    }
    Ok(waiting.into_iter().map(|row| row.ticket_id).collect())
}
