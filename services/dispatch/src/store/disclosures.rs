//! Who of third parties was shown the customer of what, written before they see it.

use std::collections::HashSet;

use hotline_core::db::{Tx, insert_new};
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::DisclosureRow;
use super::entity::disclosure::{Column, Entity};

/// Which disclosures to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of this ticket.
    pub(crate) ticket_id: Option<Uuid>,
    /// To this team; empty is all.
    pub(crate) team_key: String,
    /// To this person; empty is all.
    pub(crate) subject: String,
}

/// Returns the assignments, with the epochs, whose customers a person has been shown.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn known(
    db: &impl ConnectionTrait,
    subject: &str,
    assignments: &[Uuid],
) -> Result<HashSet<(Uuid, i64)>, Error> {
    let found = Entity::find()
        .select_only()
        .columns([Column::AssignmentId, Column::Epoch])
        .filter(Column::AssignmentId.is_in(assignments.iter().copied()))
        .filter(Column::Subject.eq(subject));
    Ok(found.into_tuple::<(Uuid, i64)>().all(db).await?.into_iter().collect())
}

/// Records a showing; false where it was not the first.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn add(tx: &Tx, row: DisclosureRow) -> Result<bool, Error> {
    let mut once = OnConflict::columns([Column::AssignmentId, Column::Epoch, Column::Subject]);
    insert_new(&**tx, row.into_active_model(), once.do_nothing()).await
}

/// Returns a page of disclosures, newest first, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<DisclosureRow>, String), Error> {
    let rows = listed(filter, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.at, id: row.id }))
}

pub(super) fn listed(filter: &Filter, page: &Page) -> Select<Entity> {
    let mut found = Entity::find();
    if let Some(ticket) = filter.ticket_id {
        found = found.filter(Column::TicketId.eq(ticket));
    }
    if !filter.team_key.is_empty() {
        found = found.filter(Column::TeamKey.eq(&*filter.team_key));
    }
    if !filter.subject.is_empty() {
        found = found.filter(Column::Subject.eq(&*filter.subject));
    }
    page.apply(found, Column::At, Column::Id)
}
