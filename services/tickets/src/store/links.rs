//! What tickets have to do with each other: the table of links, and the columns that say the rest (T17).

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::etag;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait};

use crate::domain::complaints::Earlier;
use crate::domain::draft::Who;
use crate::domain::linking::{self, Link};
use crate::domain::number::Reference;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::change::Changes;
use crate::store::{Store, row, ticket};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_links")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ticket_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) other_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

/// They have to do with each other; stands for both.
const RELATED: i32 = 1;
/// The first is a later complaint about the matter of the other.
const REPEATS: i32 = 6;

/// The most links that are told of a ticket.
const MOST: u64 = 500;

/// How another ticket belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bond {
    /// They have to do with each other.
    Related,
    /// It is the parent.
    Parent,
    /// It is a child.
    Child,
    /// It is a duplicate that was merged into it.
    Duplicate,
    /// It is what it was merged into.
    Survivor,
    /// It is the complaint before about the same matter.
    Repeats,
    /// It is a later complaint about the same matter.
    RepeatedBy,
}

impl Store {
    /// Returns what a ticket has to do with others, by kind, then newest first.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn links(&self, one: &Ticket) -> Result<Vec<(Bond, Ticket)>, Error> {
        let mine = Condition::any().add(Column::TicketId.eq(one.id)).add(Column::OtherId.eq(one.id));
        let rows = Entity::find().filter(mine).limit(MOST).all(self.db.reader()).await?;
        let other = |row: &Model| if row.ticket_id == one.id { row.other_id } else { row.ticket_id };
        let named = rows.iter().map(other).chain(one.parent_id).chain(one.survivor_id);
        let concerned = Condition::any()
            .add(ticket::Column::Id.is_in(named))
            .add(ticket::Column::ParentId.eq(one.id))
            .add(ticket::Column::SurvivorId.eq(one.id));
        let select = ticket::Entity::find().filter(concerned).order_by_desc(ticket::Column::Id).limit(MOST);
        let mut links = Vec::new();
        for found in select.all(self.db.reader()).await? {
            let found = row::domain(found)?;
            let told = rows.iter().filter(|row| other(row) == found.id);
            links.extend(
                told.map(|row| match (row.kind, row.ticket_id == one.id) {
                    (REPEATS, true) => Bond::Repeats,
                    (REPEATS, false) => Bond::RepeatedBy,
                    _ => Bond::Related,
                })
                .chain(by_columns(one, &found))
                .map(|relation| (relation, found.clone())),
            );
        }
        links.sort_by_key(|(relation, _)| *relation);
        Ok(links)
    }

    /// Links two tickets, or takes the link away; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`](hotline_core::error::Error::NotFound), [`Core::Stale`](hotline_core::error::Error::Stale), or
    /// what the rules of links refuse; then nothing has changed.
    pub(crate) async fn link(
        &self,
        one: &Reference,
        (link, away): (Link, bool),
        other: &Reference,
        given_etag: &str,
        who: Who,
        note: &str,
    ) -> Result<(Tx, Ticket), Error> {
        let (one, other) = (self.get(one).await?.id, self.get(other).await?.id);
        let tx = self.db.begin().await?;
        let mut changes = Changes::lock(&tx, self.rules(), [one, other]).await?;
        let both = changes.ticket(one).cloned().zip(changes.ticket(other).cloned());
        let (first, second) = both.ok_or_else(|| Core::NotFound { what: "ticket", id: other.to_string() })?;
        etag::check(given_etag, first.version)?;
        if !away {
            linking::check(link, &first, &second)?;
        }
        if self.is_linked(&tx, link, &first, &second).await? == away {
            let now = self.clock.now();
            for (id, link, other) in [(one, link, &second), (other, link.reversed(), &first)] {
                changes.change(id, now, who.clone(), |draft| {
                    if away { draft.unlink(link, other, note) } else { draft.link(link, other, note) }
                })?;
            }
            if link == Link::Related {
                relate(&tx, one, other, away);
            }
        }
        let ticket = changes.ticket(one).cloned().unwrap_or(first);
        changes.write(&tx)?;
        Ok((tx, ticket))
    }

    async fn is_linked(&self, tx: &Tx, link: Link, one: &Ticket, other: &Ticket) -> Result<bool, Error> {
        Ok(match link {
            Link::Parent => one.parent_id == Some(other.id),
            Link::Child => other.parent_id == Some(one.id),
            Link::Related => {
                let found = Entity::find().filter(between(one.id, other.id)).one(&**tx).await?;
                found.is_some()
            }
        })
    }

    /// Returns the latest complaint of a customer about the same matter as one of `at`, where there is another than `this`: on
    /// the same board, not given up, not too long before.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn earlier_complaint(
        &self,
        customer: Option<Uuid>,
        category_code: &str,
        at: DateTimeUtc,
        this: Option<Uuid>,
    ) -> Result<Option<Earlier>, Error> {
        use hotline_proto::common::v1::{TicketState, TicketType};
        let Some(customer) = customer else { return Ok(None) };
        let since = self.rules().same_matter_since(at);
        let board = category_code.split('.').next().unwrap_or_default();
        let select = ticket::Entity::find()
            .filter(ticket::Column::CustomerId.eq(customer))
            .filter(ticket::Column::CreatedAt.between(since, at))
            .filter(ticket::Column::Id.ne(this.unwrap_or_default()))
            .filter(ticket::Column::Kind.eq(TicketType::Complaint as i32))
            .filter(ticket::Column::State.ne(TicketState::Cancelled as i32))
            .filter(ticket::Column::CategoryCode.starts_with(board))
            .order_by_desc(ticket::Column::CreatedAt)
            .order_by_desc(ticket::Column::Id);
        let Some(found) = select.one(self.db.reader()).await? else { return Ok(None) };
        let found = row::domain(found)?;
        let ordinal = found.matters.complaint.as_ref().map_or(1, |complaint| complaint.ordinal);
        Ok(Some(Earlier { id: found.id, number: found.number, ordinal }))
    }
}

/// Notes of a ticket that became a complaint about the matter of another one that it is the later of the two.
pub(super) fn follow(tx: &Tx, before: &Ticket, now: &Ticket) {
    let earlier = |ticket: &Ticket| ticket.matters.complaint.as_ref().and_then(|complaint| complaint.repeats);
    if let Some(earlier) = earlier(now).filter(|_| earlier(before).is_none()) {
        repeats(tx, now.id, earlier);
    }
}

/// Notes that a new complaint is a later one about the matter of another.
pub(super) fn repeats(tx: &Tx, later: Uuid, earlier: Uuid) {
    let row = ActiveModel { ticket_id: Set(later), kind: Set(REPEATS), other_id: Set(earlier) };
    tx.later(Entity::insert(row).into_query());
}

fn by_columns(one: &Ticket, other: &Ticket) -> Vec<Bond> {
    [
        (one.parent_id == Some(other.id), Bond::Parent),
        (other.parent_id == Some(one.id), Bond::Child),
        (other.survivor_id == Some(one.id), Bond::Duplicate),
        (one.survivor_id == Some(other.id), Bond::Survivor),
    ]
    .into_iter()
    .filter_map(|(holds, relation)| holds.then_some(relation))
    .collect()
}

/// Two related tickets are one row: that of the lower id.
fn relate(tx: &Tx, one: Uuid, other: Uuid, away: bool) {
    if away {
        tx.later(Entity::delete_many().filter(between(one, other)).into_query());
        return;
    }
    let row =
        ActiveModel { ticket_id: Set(one.min(other)), kind: Set(RELATED), other_id: Set(one.max(other)) };
    let known =
        OnConflict::columns([Column::TicketId, Column::Kind, Column::OtherId]).do_nothing().to_owned();
    tx.later(Entity::insert(row).on_conflict(known).into_query());
}

fn between(one: Uuid, other: Uuid) -> Condition {
    Condition::all()
        .add(Column::TicketId.eq(one.min(other)))
        .add(Column::Kind.eq(RELATED))
        .add(Column::OtherId.eq(one.max(other)))
}
