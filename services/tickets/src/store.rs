//! The tables of tickets, and one transaction a command.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error as Core;
use hotline_core::etag;
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};

use crate::domain::draft::{Draft, Who};
use crate::domain::number::{Reference, number};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events;

mod alarms;
mod category;
mod counter;
mod import;
mod list;
mod migrations;
mod row;
mod ticket;
mod timeline;

pub(crate) use alarms::read as alarm_of;
pub(crate) use import::Imported;
pub(crate) use migrations::all as migrations;
pub(crate) use timeline::Written;

/// The database of tickets, with the clock and the rules that its commands need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) rules: Arc<Rules>,
}

impl Store {
    /// Returns the store of a database that has been brought up to date.
    pub(crate) fn new(db: Db, clock: Clock, rules: Arc<Rules>) -> Self {
        Self { db, clock, rules }
    }

    /// Returns a ticket.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn get(&self, which: &Reference) -> Result<Ticket, Error> {
        let row = ticket::Entity::find().filter(ticket::is(which)).one(self.db.reader()).await?;
        found(row, which)
    }

    /// Changes a ticket by one command; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], or whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change(
        &self,
        which: &Reference,
        etag: &str,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Ticket), Error> {
        let tx = self.db.begin().await?;
        let ticket = lock(&tx, which).await?;
        etag::check(etag, ticket.version)?;
        let ticket = self.apply(&tx, ticket, self.clock.now(), who, decide).await?;
        Ok((tx, ticket))
    }

    /// Changes a ticket within a transaction that somebody else commits; a ticket that is not known is left alone.
    ///
    /// # Errors
    /// Whatever `decide` refuses.
    pub(crate) async fn change_within(
        &self,
        tx: &Tx,
        which: &Reference,
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        match lock(tx, which).await {
            Ok(ticket) => self.apply(tx, ticket, at, who, decide).await.map(|_| ()),
            Err(Error::Core(Core::NotFound { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Puts a new ticket in and gives it its number; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn create(&self, mut draft: Draft<'_>) -> Result<(Tx, Ticket), Error> {
        let tx = self.db.begin().await?;
        let day = self.rules.date(draft.ticket.created_at);
        let serial = counter::next(&tx, &counter::of_day(day), 1).await?;
        draft.number(&number(day, serial));
        let Draft { ticket, entries, happenings, .. } = draft;
        ticket::Entity::insert(row::active(&ticket)?).exec_without_returning(&*tx).await?;
        timeline::append(&tx, [(ticket.id, entries)]).await?;
        alarms::set(&tx, None, &ticket).await?;
        events::publish(&tx, &happenings).await?;
        Ok((tx, ticket))
    }

    async fn apply(
        &self,
        tx: &Tx,
        before: Ticket,
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<Ticket, Error> {
        let (mut ticket, entries, happenings) = {
            let mut draft = Draft::new(before.clone(), &self.rules, at, who);
            draft.catch_up()?;
            decide(&mut draft)?;
            (draft.ticket, draft.entries, draft.happenings)
        };
        if ticket == before {
            return Ok(ticket);
        }
        // A lease in a queue is nothing that a reader sees: the etag stays.
        if !entries.is_empty() {
            ticket.version += 1;
            ticket.updated_at = at.max(before.updated_at);
        }
        ticket::Entity::update(row::active(&ticket)?).exec(&**tx).await?;
        timeline::append(tx, [(ticket.id, entries)]).await?;
        alarms::set(tx, Some(&before), &ticket).await?;
        events::publish(tx, &happenings).await?;
        Ok(ticket)
    }
}

/// Reads a ticket that a transaction is going to change; nobody else changes it until the transaction ends.
async fn lock(tx: &Tx, which: &Reference) -> Result<Ticket, Error> {
    let select = ticket::Entity::find().filter(ticket::is(which)).lock_exclusive();
    found(select.one(&**tx).await?, which)
}

fn found(row: Option<ticket::Model>, which: &Reference) -> Result<Ticket, Error> {
    let row = row.ok_or_else(|| {
        let id = match which {
            Reference::Id(id) => id.to_string(),
            Reference::Number(number) => number.clone(),
        };
        Core::NotFound { what: "ticket", id }
    })?;
    row::domain(row)
}
