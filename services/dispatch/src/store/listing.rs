//! Lists of assignments, newest first.

use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::entity::assignment::{Column, Entity};
use crate::domain::access::Sight;
use crate::domain::assignment::Assignment;

/// Which assignments to list.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Of these teams.
    pub(crate) sight: Sight,
    /// Of this ticket.
    pub(crate) ticket_id: Option<Uuid>,
    /// Of this team; empty is all.
    pub(crate) team_key: String,
    /// In any of these states, as numbers of the contract; empty is all.
    pub(crate) states: Vec<i32>,
    /// Held by this person; empty is all.
    pub(crate) assignee: String,
    /// And of other teams what this person dispatched; empty is nobody.
    pub(crate) sender: String,
}

/// Returns a page of assignments and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Assignment>, String), Error> {
    let rows = query(filter, page).all(db).await?;
    let (rows, next) = page.finish(rows, |row| Key { at: row.queued_at, id: row.id });
    let found: Result<Vec<_>, Error> = rows.into_iter().map(Assignment::try_from).collect();
    Ok((found?, next))
}

fn query(filter: &Filter, page: &Page) -> Select<Entity> {
    let mut found = Entity::find();
    if let Some(ticket) = filter.ticket_id {
        found = found.filter(Column::TicketId.eq(ticket));
    }
    if filter.team_key.is_empty() {
        if let Sight::Teams(teams) = &filter.sight {
            let seen = Condition::any().add(Column::TeamKey.is_in(teams));
            let seen =
                if filter.sender.is_empty() { seen } else { seen.add(Column::Sender.eq(&*filter.sender)) };
            found = found.filter(seen);
        }
    } else {
        found = found.filter(Column::TeamKey.eq(&*filter.team_key));
    }
    if !filter.states.is_empty() {
        found = found.filter(Column::State.is_in(filter.states.iter().copied()));
    }
    if !filter.assignee.is_empty() {
        found = found.filter(Column::Holder.eq(&*filter.assignee));
    }
    page.apply(found, Column::QueuedAt, Column::Id)
}

#[cfg(test)]
mod tests;
