//! The tables of tickets, and one transaction a command.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error as Core;
use hotline_core::etag;
use moka::future::Cache;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, UpdateMany};

use crate::domain::catalogue::Catalogue;
use crate::domain::draft::{Draft, Who};
use crate::domain::number::{Reference, number};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events;

mod alarms;
mod category;
mod chunks;
mod counter;
mod import;
mod list;
mod migrations;
mod row;
mod ticket;
mod timeline;

pub(crate) use alarms::read as alarm_of;
pub(crate) use import::{Imported, known};
pub(crate) use migrations::all as migrations;
pub(crate) use timeline::Written;

/// How long the catalogue is taken as it was read: it is needed by every registration, and seldom changes.
const CATALOGUE_LASTS: Duration = Duration::from_secs(2);

/// The database of tickets, with the clock and the rules that its commands need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) rules: Arc<Rules>,
    catalogue: Cache<(), Arc<Catalogue>>,
}

impl Store {
    /// Returns the store of a database that has been brought up to date.
    pub(crate) fn new(db: Db, clock: Clock, rules: Arc<Rules>) -> Self {
        let catalogue = Cache::builder().max_capacity(1).time_to_live(CATALOGUE_LASTS).build();
        Self { db, clock, rules, catalogue }
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
        let (ticket, update) = self.apply(&tx, ticket, self.clock.now(), who, decide)?;
        // Nothing in this transaction reads the ticket again.
        update.into_iter().for_each(|update| tx.later(update.into_query()));
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
        let ticket = match lock(tx, which).await {
            Ok(ticket) => ticket,
            Err(Error::Core(Core::NotFound { .. })) => return Ok(()),
            Err(error) => return Err(error),
        };
        if let (_, Some(update)) = self.apply(tx, ticket, at, who, decide)? {
            update.exec(&**tx).await?;
        }
        Ok(())
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
        tx.later(ticket::Entity::insert(row::active(&ticket)?).into_query());
        timeline::append(&tx, [(ticket.id, entries)])?;
        alarms::set_new(&tx, [&ticket].into_iter());
        events::publish(&tx, &happenings)?;
        Ok((tx, ticket))
    }

    /// Decides, writes down what follows, and returns the ticket and the update that is still to be made, if any.
    fn apply(
        &self,
        tx: &Tx,
        before: Ticket,
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<(Ticket, Option<UpdateMany<ticket::Entity>>), Error> {
        let (mut ticket, entries, happenings) = {
            let mut draft = Draft::new(before.clone(), &self.rules, at, who);
            draft.catch_up()?;
            decide(&mut draft)?;
            (draft.ticket, draft.entries, draft.happenings)
        };
        if ticket == before {
            return Ok((ticket, None));
        }
        // A lease in a queue is nothing that a reader sees: the etag stays.
        if !entries.is_empty() {
            ticket.version += 1;
            ticket.updated_at = at.max(before.updated_at);
        }
        timeline::append(tx, [(ticket.id, entries)])?;
        alarms::set(tx, &before, &ticket);
        events::publish(tx, &happenings)?;
        let update = ticket::Entity::update_many().set(row::active(&ticket)?);
        let update = update.filter(ticket::Column::Id.eq(ticket.id));
        Ok((ticket, Some(update)))
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
