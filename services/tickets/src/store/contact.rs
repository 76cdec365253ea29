//! Contacts about tickets: each counts once, and of calls that come at once one makes the ticket (C7).

use std::collections::HashMap;

use hotline_core::db::{Tx, insert_new};
use hotline_core::error::Error as Core;
use hotline_proto::common::v1::TicketState;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{QueryOrder, QuerySelect, QueryTrait, SqlErr};

use crate::domain::contact::Contact;
use crate::domain::draft::Who;
use crate::domain::lifecycle::{Event, next};
use crate::domain::number::Reference;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::merges::{MOST_MERGES, lock_survivor};
use crate::store::{Changes, Store, row, ticket};

/// Written out, because a bound value tells no database that the index of open tickets will do.
const OPEN: &str = "state IN (1, 2, 3, 4)";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_contacts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ticket_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) interaction_id: Uuid,
    pub(crate) at: DateTimeUtc,
    pub(crate) channel: i32,
    pub(crate) agent: String,
    /// Of the contact in which the ticket was registered, what it had seen of the customer's tickets: of two that have
    /// seen the same, one comes too late.
    pub(crate) claim: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The matter of a call: whose, and what about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matter {
    pub(crate) customer_id: Uuid,
    pub(crate) category_code: String,
    pub(crate) contact: Contact,
}

/// What a registration saw of the customer's tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The newest open ticket of the very category.
    pub(crate) open: Option<Uuid>,
    /// The newest ticket of all.
    newest: Option<Uuid>,
}

impl Seen {
    fn claim(&self, matter: &Matter) -> String {
        let newest = self.newest.unwrap_or_default();
        format!("{}:{}:{newest}", matter.customer_id, matter.category_code)
    }
}

/// Tells whether a registration came too late: another of the same matter was first.
pub(crate) fn is_too_late(error: &Core) -> bool {
    let Core::Database(error) = error else { return false };
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(which)) if which.contains("ticket_contacts"))
}

impl Store {
    /// Looks, in one statement, what there is of a matter.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn seen(&self, matter: &Matter) -> Result<Seen, Error> {
        let found = self.db.reader().query_one(&look(matter)).await?;
        let Some(found) = found else { return Ok(Seen::default()) };
        Ok(Seen {
            open: found.try_get("", "open").map_err(Core::from)?,
            newest: found.try_get("", "newest").map_err(Core::from)?,
        })
    }

    /// Notes, with the commit, in which contact a ticket is registered, and what was seen before.
    pub(crate) fn registered_in(&self, tx: &Tx, ticket: &Ticket, matter: &Matter, seen: &Seen) {
        let claim = Some(seen.claim(matter));
        tx.later(
            Entity::insert(line(ticket, &matter.contact, &ticket.owner_agent, ticket.created_at, claim))
                .into_query(),
        );
    }

    /// Takes back a claim that is nobody's any more: the ticket it made is over, or of another category by now, though it is
    /// not the customer's newest, as after clocks of two replicas differed.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn unclaim(&self, matter: &Matter, seen: &Seen) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        let free = Entity::update_many().col_expr(Column::Claim, Expr::val(None::<String>));
        tx.later(free.filter(Column::Claim.eq(seen.claim(matter))).into_query());
        Ok(tx.commit().await?)
    }

    /// Counts a contact on a ticket, or on the one that it was merged into; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`]; [`Error::State`] of what was given up.
    pub(crate) async fn contact(
        &self,
        which: &Reference,
        contact: &Contact,
        who: Who,
    ) -> Result<(Tx, Ticket), Error> {
        let tx = self.db.begin().await?;
        let before = lock_survivor(&tx, which).await?;
        let id = before.id;
        let mut changes = Changes::of(self.rules(), [before.clone()]);
        let now = self.clock.now();
        if first_time(&tx, &before, contact, &who, now).await? {
            changes.change(id, now, who, |draft| draft.contact(contact))?;
        }
        let ticket = changes.ticket(id).cloned().unwrap_or(before);
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    /// Counts a contact on one of the tickets that a transaction changes, unless it is counted already, or the ticket is
    /// given up or not known.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn count(
        &self,
        tx: &Tx,
        changes: &mut Changes,
        id: Uuid,
        contact: &Contact,
        who: Who,
    ) -> Result<(), Error> {
        let (Some(ticket), now) = (changes.ticket(id), self.clock.now()) else { return Ok(()) };
        if next(ticket.state, Event::Contact).is_some() && first_time(tx, ticket, contact, &who, now).await? {
            changes.change(id, now, who, |draft| draft.contact(contact))?;
        }
        Ok(())
    }

    /// Returns, of those of these tickets that were merged, the ticket they were merged into in the end.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn survivors(
        &self,
        db: &impl ConnectionTrait,
        ids: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<HashMap<Uuid, Uuid>, Error> {
        let mut ends: HashMap<Uuid, Uuid> = ids.into_iter().map(|id| (id, id)).collect();
        for _ in 0..MOST_MERGES {
            let merged = ticket::Entity::find()
                .select_only()
                .columns([ticket::Column::Id, ticket::Column::SurvivorId])
                .filter(ticket::Column::Id.is_in(ends.values().copied()))
                .filter(ticket::Column::SurvivorId.is_not_null());
            let merged: HashMap<Uuid, Uuid> =
                merged.into_tuple::<(Uuid, Uuid)>().all(db).await?.into_iter().collect();
            if merged.is_empty() {
                break;
            }
            for end in ends.values_mut() {
                *end = merged.get(end).copied().unwrap_or(*end);
            }
        }
        ends.retain(|id, end| id != end);
        Ok(ends)
    }

    /// Returns a customer's newest tickets in these states.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn of_customer(
        &self,
        customer_id: Uuid,
        states: impl IntoIterator<Item = TicketState> + Send,
        most: u64,
    ) -> Result<Vec<Ticket>, Error> {
        let rows = of_customer(customer_id, states).limit(most).all(self.db.reader()).await?;
        rows.into_iter().map(row::domain).collect()
    }
}

/// Notes a contact; tells whether it was not noted before. That in which the ticket was registered is known.
async fn first_time(
    tx: &Tx,
    ticket: &Ticket,
    contact: &Contact,
    who: &Who,
    at: DateTimeUtc,
) -> Result<bool, Error> {
    if ticket.interaction_id == Some(contact.interaction_id) {
        return Ok(false);
    }
    let once = &mut OnConflict::columns([Column::TicketId, Column::InteractionId]);
    Ok(insert_new(&**tx, line(ticket, contact, &who.subject, at, None), once.do_nothing()).await?)
}

fn line(
    ticket: &Ticket,
    contact: &Contact,
    agent: &str,
    at: DateTimeUtc,
    claim: Option<String>,
) -> ActiveModel {
    ActiveModel {
        ticket_id: Set(ticket.id),
        interaction_id: Set(contact.interaction_id),
        at: Set(at),
        channel: Set(contact.channel as i32),
        agent: Set(agent.to_owned()),
        claim: Set(claim),
    }
}

fn look(matter: &Matter) -> SelectStatement {
    let of = ticket::Column::CustomerId.eq(matter.customer_id);
    let newest = ticket::Entity::find().select_only().column(ticket::Column::Id).filter(of.clone());
    let newest = newest.order_by_desc(ticket::Column::CreatedAt).order_by_desc(ticket::Column::Id).limit(1);
    let open = ticket::Entity::find().select_only().column(ticket::Column::Id).filter(of);
    let open = open
        .filter(ticket::Column::CategoryCode.eq(matter.category_code.as_str()))
        .filter(Expr::cust(OPEN))
        .order_by_desc(ticket::Column::CreatedAt)
        .order_by_desc(ticket::Column::Id)
        .limit(1);
    let value = |select: Select<ticket::Entity>| Expr::SubQuery(None, Box::new(select.into_query().into()));
    Query::select().expr_as(value(open), "open").expr_as(value(newest), "newest").take()
}

fn of_customer(customer_id: Uuid, states: impl IntoIterator<Item = TicketState>) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::CustomerId.eq(customer_id))
        .filter(ticket::Column::State.is_in(states.into_iter().map(i32::from)))
        .order_by_desc(ticket::Column::CreatedAt)
        .order_by_desc(ticket::Column::Id)
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::common::v1::Channel;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_there_is_of_a_matter_is_found_by_indexes() {
        let test = sqlite::<Migrator>(NAME).await;
        let contact = Contact { interaction_id: Uuid::nil(), channel: Channel::Phone, note: String::new() };
        let matter = Matter { customer_id: Uuid::nil(), category_code: "repair.private".into(), contact };
        let plan = plan(&test.db, test.db.backend().build(&look(&matter))).await;
        assert!(plan.contains("tickets_open_by_matter") && plan.contains("tickets_by_customer"), "{plan}");
        assert!(!plan.contains("SCAN tickets"), "{plan}");
    }

    #[tokio::test]
    async fn the_tickets_of_a_customer_are_read_in_the_order_of_an_index() {
        let test = sqlite::<Migrator>(NAME).await;
        let select = of_customer(Uuid::nil(), [TicketState::New, TicketState::Assigned]).limit(20);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("tickets_by_customer") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
