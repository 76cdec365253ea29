//! The table by which tickets are found by their tags and watchers: it follows what stands on the ticket (T17).

use std::collections::BTreeSet;

use hotline_core::db::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{Condition, IntoActiveModel, QueryTrait};

use crate::domain::ticket::Ticket;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_marks")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ticket_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) value: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a ticket is marked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A tag.
    Tag = 1,
    /// The subject of somebody who watches it.
    Watcher = 2,
}

/// Writes what has changed of a ticket's marks.
pub(crate) fn follow(tx: &Tx, before: &Ticket, after: &Ticket) {
    let (old, new) = (&before.matters, &after.matters);
    for (mark, old, new) in [(Mark::Tag, &old.tags, &new.tags), (Mark::Watcher, &old.watchers, &new.watchers)]
    {
        change(tx, after.id, mark, old, new);
    }
}

fn change(tx: &Tx, ticket_id: Uuid, mark: Mark, old: &BTreeSet<String>, new: &BTreeSet<String>) {
    let gone: Vec<&str> = old.difference(new).map(String::as_str).collect();
    if !gone.is_empty() {
        let these = Condition::all()
            .add(Column::TicketId.eq(ticket_id))
            .add(Column::Kind.eq(mark as i32))
            .add(Column::Value.is_in(gone));
        tx.later(Entity::delete_many().filter(these).into_query());
    }
    let added: Vec<ActiveModel> = new
        .difference(old)
        .map(|value| Model { ticket_id, kind: mark as i32, value: value.clone() }.into_active_model())
        .collect();
    if !added.is_empty() {
        tx.later(Entity::insert_many(added.into_iter().map(ActiveModel::reset_all)).into_query());
    }
}

/// Selects the ids of the tickets with a mark.
pub(crate) fn tickets_with(mark: Mark, value: &str) -> SelectStatement {
    Query::select()
        .column(Column::TicketId)
        .from(Entity)
        .and_where(Column::Kind.eq(mark as i32))
        .and_where(Column::Value.eq(value))
        .to_owned()
}
