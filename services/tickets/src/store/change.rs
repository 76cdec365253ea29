//! Tickets that one transaction changes: read and locked once, changed in memory as often as needed, written once.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::outbox::{self, Pending};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::domain::draft::{Draft, Who};
use crate::domain::linking::Cascade;
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::Entry;
use crate::error::Error;
use crate::events;
use crate::store::{alarms, links, marks, plan, row, ticket, timeline};

/// See the module. What has not been written changes nothing.
pub(crate) struct Changes {
    rules: Arc<Rules>,
    tickets: BTreeMap<Uuid, Changed>,
    entries: Vec<(Uuid, Vec<Entry>)>,
    told: Vec<Pending>,
}

struct Changed {
    before: Ticket,
    now: Ticket,
}

impl Changes {
    /// Starts with tickets that the transaction has locked.
    pub(super) fn of(rules: Arc<Rules>, tickets: impl IntoIterator<Item = Ticket>) -> Self {
        let changed = |ticket: Ticket| (ticket.id, Changed { before: ticket.clone(), now: ticket });
        let tickets = tickets.into_iter().map(changed).collect();
        Self { rules, tickets, entries: Vec::new(), told: Vec::new() }
    }

    /// Starts with those of these tickets that are known; nobody else changes them until the transaction ends.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn lock(
        tx: &Tx,
        rules: Arc<Rules>,
        ids: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<Self, Error> {
        let select = ticket::Entity::find()
            .filter(ticket::Column::Id.is_in(ids))
            // Two transactions that lock the same tickets in two orders would wait for each other.
            .order_by_asc(ticket::Column::Id)
            .lock_exclusive();
        let tickets: Result<Vec<_>, _> = select.all(&**tx).await?.into_iter().map(row::domain).collect();
        Ok(Self::of(rules, tickets?))
    }

    /// Changes a ticket by one command, never earlier than it last changed: clocks of two replicas differ. A ticket that
    /// is not known is left alone.
    ///
    /// # Errors
    /// Whatever `decide` refuses; then nothing has changed.
    pub(crate) fn change(
        &mut self,
        id: Uuid,
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = self.ticket(id).map_or(at, |ticket| at.max(ticket.updated_at));
        self.change_at(id, at, who, decide)
    }

    /// Takes the children of a ticket along with its move.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); [`Error::Calendar`].
    pub(super) async fn cascade(
        &mut self,
        tx: &Tx,
        parent: &Ticket,
        cascade: &Cascade,
        at: DateTime<Utc>,
        who: &Who,
    ) -> Result<(), Error> {
        for child in self.lock_children(tx, parent.id).await? {
            self.change(child, at, who.clone(), |draft| draft.follow(parent, *cascade))?;
        }
        Ok(())
    }

    /// Adds the children of a ticket, but for those that are here already and may have been changed; returns all.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(super) async fn lock_children(&mut self, tx: &Tx, parent: Uuid) -> Result<Vec<Uuid>, Error> {
        let children = ticket::Entity::find()
            .filter(ticket::Column::ParentId.eq(parent))
            .order_by_asc(ticket::Column::Id)
            .lock_exclusive();
        let mut ids = Vec::new();
        for row in children.all(&**tx).await? {
            let child = row::domain(row)?;
            ids.push(child.id);
            self.tickets.entry(child.id).or_insert_with(|| Changed { before: child.clone(), now: child });
        }
        Ok(ids)
    }

    /// Makes what was due on a ticket until a time happen.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn catch_up(&mut self, id: Uuid, until: DateTime<Utc>, who: Who) -> Result<(), Error> {
        self.change_at(id, until, who, |_| Ok(()))
    }

    fn change_at(
        &mut self,
        id: Uuid,
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(Changed { now, .. }) = self.tickets.get_mut(&id) else { return Ok(()) };
        let mut draft = Draft::new(now.clone(), &self.rules, at, who);
        draft.catch_up()?;
        decide(&mut draft)?;
        draft.ticket.note_stint(at);
        let Draft { mut ticket, entries, happenings, .. } = draft;
        // A lease in a queue is nothing that a reader sees: the etag stays.
        if !entries.is_empty() {
            ticket.version += 1;
            ticket.updated_at = at.max(now.updated_at);
        }
        *now = ticket;
        self.entries.push((id, entries));
        // Now, because an event belongs to the trace of its own cause.
        self.told.extend(events::pending(&happenings)?);
        Ok(())
    }

    /// Returns a ticket as it stands after its changes.
    pub(crate) fn ticket(&self, id: Uuid) -> Option<&Ticket> {
        self.tickets.get(&id).map(|changed| &changed.now)
    }

    /// Writes what has changed, when the transaction commits: nothing in it reads the tickets again.
    ///
    /// # Errors
    /// Where a part can't be written as JSON.
    pub(crate) fn write(self, tx: &Tx) -> Result<(), Error> {
        for Changed { before, now } in self.tickets.into_values().filter(|all| all.before != all.now) {
            alarms::set(tx, &before, &now);
            marks::follow(tx, &before, &now);
            plan::alarms::follow(tx, &before, &now);
            links::follow(tx, &before, &now);
            let update = ticket::Entity::update_many().set(row::active(&now));
            tx.later(update.filter(ticket::Column::Id.eq(now.id)).into_query());
        }
        outbox::put_all(tx, self.told);
        timeline::append(tx, self.entries)
    }
}
