//! The table of timelines: rows are put in, never changed.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use hotline_proto::common::v1::TicketState;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QueryTrait};

use crate::domain::timeline::{Entry, Kind};
use crate::error::Error;
use crate::store::chunks::chunks;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "timeline")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) ticket_id: Uuid,
    pub(crate) kind: String,
    pub(crate) at: DateTimeUtc,
    pub(crate) actor: String,
    pub(crate) state: i32,
    pub(crate) note: String,
    pub(crate) details: Json,
}

impl ActiveModelBehavior for ActiveModel {}

/// An entry as it was written down.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// UUIDv7.
    pub(crate) id: Uuid,
    /// What happened, as the contract names it.
    pub(crate) kind: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Who.
    pub(crate) actor: String,
    /// The state after it.
    pub(crate) state: TicketState,
    /// In the actor's words.
    pub(crate) note: String,
    /// What changed.
    pub(crate) details: BTreeMap<String, String>,
}

/// Writes entries down.
///
/// # Errors
/// Where details can't be written as JSON.
pub(crate) fn append(tx: &Tx, entries: impl IntoIterator<Item = (Uuid, Vec<Entry>)>) -> Result<(), Error> {
    let mut rows = Vec::new();
    for (ticket_id, entries) in entries {
        for entry in entries {
            rows.push(ActiveModel {
                id: Set(id::new()),
                ticket_id: Set(ticket_id),
                kind: Set(entry.kind.name().to_owned()),
                at: Set(entry.at),
                actor: Set(entry.actor),
                state: Set(entry.state as i32),
                note: Set(entry.note),
                details: Set(row::json(&entry.details)?),
            });
        }
    }
    for chunk in chunks(rows) {
        tx.later(Entity::insert_many(chunk).into_query());
    }
    Ok(())
}

impl Store {
    /// Returns a page of a ticket's timeline, oldest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn timeline(
        &self,
        ticket_id: Uuid,
        page: &Page,
    ) -> Result<(Vec<Written>, String), Error> {
        let rows = page.apply(of(ticket_id), Column::At, Column::Id).all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.at, id: row.id });
        let entries: Result<_, _> = rows.into_iter().map(written).collect();
        Ok((entries?, next))
    }
}

impl Store {
    /// Returns the timelines of tickets, each in the order in which it was written.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn history(
        &self,
        tickets: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<HashMap<Uuid, Vec<Entry>>, Error> {
        history(self.db.reader(), tickets).await
    }
}

impl Store {
    /// Returns what was said when each of these tickets last began to wait.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn wait_notes(
        &self,
        tickets: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<HashMap<Uuid, String>, Error> {
        let waits = Entity::find()
            .filter(Column::TicketId.is_in(tickets))
            .filter(Column::Kind.eq(Kind::Waiting.name()))
            .order_by_asc(Column::TicketId)
            .order_by_asc(Column::At);
        let waits = waits.all(self.db.reader()).await?;
        Ok(waits.into_iter().map(|row| (row.ticket_id, row.note)).collect())
    }
}

/// Returns the timelines of tickets, each in the order in which it was written: a clock is told of after other things
/// that happened later. What this release has no name for is left out.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(crate) async fn history(
    db: &impl ConnectionTrait,
    tickets: impl IntoIterator<Item = Uuid> + Send,
) -> Result<HashMap<Uuid, Vec<Entry>>, Error> {
    let select = Entity::find().filter(Column::TicketId.is_in(tickets));
    let select = select.order_by_asc(Column::TicketId).order_by_asc(Column::Id);
    let mut histories: HashMap<Uuid, Vec<Entry>> = HashMap::new();
    for row in select.all(db).await? {
        let ticket = row.ticket_id;
        let Written { kind, at, actor, state, note, details, .. } = written(row)?;
        if let Some(kind) = Kind::named(&kind) {
            histories.entry(ticket).or_default().push(Entry { kind, at, actor, state, note, details });
        }
    }
    Ok(histories)
}

/// Selects the timeline of one ticket.
pub(crate) fn of(ticket_id: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::TicketId.eq(ticket_id))
}

fn written(row: Model) -> Result<Written, Error> {
    Ok(Written {
        id: row.id,
        kind: row.kind,
        at: row.at,
        actor: row.actor,
        state: row::enumeration(row.state)?,
        note: row.note,
        details: row::read(row.details)?,
    })
}
