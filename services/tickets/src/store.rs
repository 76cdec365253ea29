//! The tables of tickets, and one transaction a command.

use std::sync::Arc;
use std::time::Duration;

use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error as Core;
use hotline_core::etag;
use moka::future::Cache;
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::domain::draft::{Draft, Who};
use crate::domain::number::{Reference, number};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events;
use crate::store::serials::Serials;

mod alarms;
mod category;
mod change;
mod chunks;
mod closed;
mod comments;
mod contact;
mod counter;
mod import;
mod links;
mod list;
mod marks;
mod merges;
mod migrations;
mod outage;
mod parts;
mod plan;
mod register;
mod register_export;
mod repair;
mod row;
mod rules;
mod serials;
mod simulation;
mod statements;
mod texts;
mod ticket;
mod timeline;

pub(crate) use alarms::read as alarm_of;
pub(crate) use category::changes::Version;
pub(crate) use change::Changes;
pub(crate) use comments::append as append_comment;
pub(crate) use contact::{Matter, Seen, is_too_late};
pub(crate) use import::{Imported, known};
pub(crate) use links::Bond;
pub(crate) use migrations::all as migrations;
pub(crate) use outage::{Contact, Counts, Reader, Step, counts_of};
pub(crate) use plan::alarms::PlanAlarm;
pub(crate) use register::Size;
pub(crate) use register_export::Exported;
pub(crate) use repair::{Changed, Order, Repair};
pub(crate) use rules::{Known, overlaid};
pub(crate) use statements::look_of;
pub(crate) use timeline::Written;

/// How long the catalogue is taken as it was read: it is needed by every registration, and seldom changes.
const CATALOGUE_LASTS: Duration = Duration::from_secs(2);

/// The database of tickets, with the clock and the rules that its commands need. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    known: Arc<Known>,
    catalogue: Cache<(), category::Remembered>,
    serials: Arc<Serials>,
    open: Arc<outage::Open>,
}

impl Store {
    /// Returns the store of a database that has been brought up to date.
    pub(crate) fn new(db: Db, clock: Clock, known: Known) -> Self {
        let catalogue = Cache::builder().max_capacity(1).time_to_live(CATALOGUE_LASTS).build();
        Self { db, clock, known: Arc::new(known), catalogue, serials: Arc::default(), open: Arc::default() }
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
        self.change_in(tx, which, etag, who, decide).await
    }

    /// Changes a ticket as [`Self::change`], in a transaction that has read already what `decide` stands on.
    async fn change_in(
        &self,
        tx: Tx,
        which: &Reference,
        etag: &str,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Ticket), Error> {
        let before = lock(&tx, which).await?;
        etag::check(etag, before.version)?;
        let id = before.id;
        let mut changes = Changes::of(self.rules(), [before.clone()]);
        changes.change(id, self.clock.now(), who.clone(), decide)?;
        let ticket = changes.ticket(id).cloned().unwrap_or_else(|| before.clone());
        if let Some(cascade) = ticket.cascade(before.state) {
            changes.cascade(&tx, &ticket, &cascade, self.clock.now(), &who).await?;
        }
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    /// Changes a ticket by one command, or of one that was merged what survived; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`], or whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change_survivor(
        &self,
        which: &Reference,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Ticket), Error> {
        let tx = self.db.begin().await?;
        let before = merges::lock_survivor(&tx, which).await?;
        let mut changes = Changes::of(self.rules(), [before.clone()]);
        changes.change(before.id, self.clock.now(), who, decide)?;
        let ticket = changes.ticket(before.id).cloned().unwrap_or(before);
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    /// Returns those of these tickets that are known, for a transaction that somebody else commits to change them.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn lock(
        &self,
        tx: &Tx,
        ids: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<Changes, Error> {
        Changes::lock(tx, self.rules(), ids).await
    }

    /// Puts a new ticket in and gives it its number; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn create(&self, mut draft: Draft<'_>) -> Result<(Tx, Ticket), Error> {
        let day = draft.rules.date(draft.ticket.created_at);
        let serial = self.serials.next(&self.db, day).await?;
        draft.number(&number(day, serial));
        let tx = self.db.begin().await?;
        let Draft { ticket, entries, happenings, .. } = draft;
        if let Some(earlier) = ticket.matters.complaint.as_ref().and_then(|complaint| complaint.repeats) {
            links::repeats(&tx, ticket.id, earlier);
        }
        tx.later(ticket::Entity::insert(row::active(&ticket)).into_query());
        timeline::append(&tx, [(ticket.id, entries)])?;
        alarms::set_new(&tx, [&ticket].into_iter());
        events::publish(&tx, &happenings)?;
        Ok((tx, ticket))
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
