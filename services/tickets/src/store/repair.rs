//! Stored times are put right, and what changed is kept as a report.

use std::collections::BTreeSet;
use std::sync::Arc;

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveModelTrait, IntoActiveModel, QuerySelect, QueryTrait};

use crate::domain::draft::{Draft, Who};
use crate::domain::number::Reference;
use crate::domain::rules::Rules;
use crate::domain::sla::repair::compare;
use crate::domain::sla::standing::Difference;
use crate::error::Error;
use crate::store::simulation::{Range, keys};
use crate::store::{Changes, Store, row, ticket, timeline};

pub(crate) mod change;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "repairs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) reason: String,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) revision: i64,
    pub(crate) tickets: i32,
    pub(crate) changed: i32,
    pub(crate) untold: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Which tickets to put right, and why.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// From and to when they were registered.
    pub(crate) range: Range,
    /// Only these, where any is named.
    pub(crate) only: Vec<Reference>,
    /// What was corrected.
    pub(crate) reason: String,
    /// Only tell what would change.
    pub(crate) dry_run: bool,
    /// The repair it goes on with; none begins one.
    pub(crate) repair: Option<Uuid>,
}

/// A repair as far as it has come.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    /// The record; of a dry run it is not stored.
    pub(crate) record: Model,
    /// What differs on this page.
    pub(crate) changes: Vec<Changed>,
    /// Why the first ticket of this page that can't be told can't.
    pub(crate) untold_because: String,
    /// The token of the next page.
    pub(crate) next: String,
    /// Nothing was changed.
    pub(crate) dry_run: bool,
}

/// What differs on a clock of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changed {
    /// The ticket.
    pub(crate) ticket_id: Uuid,
    /// Its number.
    pub(crate) number: String,
    /// What differs.
    pub(crate) change: change::Kept,
}

impl Store {
    /// Puts a page of tickets right, in the order in which they were registered. The transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`] for a ticket or repair that there is none of; [`Core::Database`].
    pub(crate) async fn repair(&self, order: &Order, page: &Page, who: Who) -> Result<(Tx, Repair), Error> {
        let (ids, rules, mut repair) = self.begin(order, page, &who).await?;
        let tx = self.db.begin().await?;
        if let Some(id) = order.repair {
            let found = Entity::find_by_id(id).lock_exclusive().one(&*tx).await?;
            let known = found.ok_or_else(|| Core::NotFound { what: "repair", id: id.to_string() })?;
            repair.record = Model { revision: repair.record.revision, ..known };
        }
        let mut changes = Changes::lock(&tx, rules, ids.iter().copied()).await?;
        let mut histories = timeline::history(&*tx, ids.iter().copied()).await?;
        for id in ids {
            // Without its history nothing can be said of a ticket, and nothing put right.
            let Some(history) = histories.remove(&id) else { continue };
            let number = changes.ticket(id).map(|ticket| ticket.number.clone()).unwrap_or_default();
            let mut found = Vec::new();
            let outcome = changes.change(id, self.clock.now(), who.clone(), |draft| {
                found = draft.repair(&history, repair.record.id)?;
                Ok(())
            });
            repair.note(id, &number, outcome.map(|()| found))?;
        }
        changes.write(&tx)?;
        change::keep(&tx, repair.record.id, self.clock.now(), &repair.changes)?;
        keep(&tx, &repair.record, order.repair.is_some());
        Ok((tx, repair))
    }

    /// Tells what a repair would change, and changes nothing.
    ///
    /// # Errors
    /// As [`Self::repair`].
    pub(crate) async fn rehearse(&self, order: &Order, page: &Page, who: Who) -> Result<Repair, Error> {
        let (ids, rules, mut repair) = self.begin(order, page, &who).await?;
        let mut histories = self.history(ids.iter().copied()).await?;
        let rows = ticket::Entity::find().filter(ticket::Column::Id.is_in(ids)).all(self.db.reader()).await?;
        let tickets = rows.into_iter().map(row::domain).collect::<Result<Vec<_>, _>>()?;
        let now = self.clock.now();
        // Replaying takes a processor for itself: others are served meanwhile.
        let told = tokio::task::spawn_blocking(move || {
            for ticket in tickets {
                let (id, number) = (ticket.id, ticket.number.clone());
                let Some(history) = histories.remove(&id) else { continue };
                let mut draft = Draft::new(ticket, &rules, now, Who::default());
                let compared = draft.catch_up().and_then(|()| compare(&draft, &history));
                repair.note(id, &number, compared.map(|(differences, _)| differences))?;
            }
            Ok::<_, Error>(repair)
        });
        told.await.map_err(|error| Core::Internal(error.into()))?
    }

    /// Begins a repair by the rules as they are now, also where another replica has just changed them; returns the
    /// tickets of the page.
    async fn begin(
        &self,
        order: &Order,
        page: &Page,
        who: &Who,
    ) -> Result<(Vec<Uuid>, Arc<Rules>, Repair), Error> {
        self.refresh_rules().await?;
        let rules = self.rules();
        let (ids, next) = self.page_of(order, page).await?;
        let record = Model {
            id: id::new(),
            reason: order.reason.clone(),
            created_by: who.subject.clone(),
            created_at: self.clock.now(),
            revision: rules.revision,
            tickets: 0,
            changed: 0,
            untold: 0,
        };
        let (changes, untold_because, dry_run) = (Vec::new(), String::new(), order.dry_run);
        Ok((ids, rules, Repair { record, changes, untold_because, next, dry_run }))
    }

    async fn page_of(&self, order: &Order, page: &Page) -> Result<(Vec<Uuid>, String), Error> {
        if order.only.is_empty() {
            let (keys, next) = keys(self.db.reader(), order.range, page).await?;
            return Ok((keys.into_iter().map(|key| key.id).collect(), next));
        }
        // Each ticket once, though it be named by its id and by its number.
        let mut ids = BTreeSet::new();
        for which in &order.only {
            ids.insert(self.get(which).await?.id);
        }
        Ok((ids.into_iter().collect(), String::new()))
    }

    /// Returns a page of repairs, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn repairs(&self, page: &Page) -> Result<(Vec<Repair>, String), Error> {
        let rows = page.apply(Entity::find(), Column::CreatedAt, Column::Id).all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let repair = |record| Repair {
            record,
            changes: Vec::new(),
            untold_because: String::new(),
            next: String::new(),
            dry_run: false,
        };
        Ok((rows.into_iter().map(repair).collect(), next))
    }
}

/// Writes how far a repair has come.
fn keep(tx: &Tx, record: &Model, known: bool) {
    let row = record.clone().into_active_model().reset_all();
    if known {
        tx.later(Entity::update_many().set(row).filter(Column::Id.eq(record.id)).into_query());
    } else {
        tx.later(Entity::insert(row).into_query());
    }
}

impl Repair {
    /// Takes down what came of a ticket; one that can't be told is left as it is.
    fn note(&mut self, id: Uuid, number: &str, found: Result<Vec<Difference>, Error>) -> Result<(), Error> {
        self.record.tickets += 1;
        match found {
            Ok(differences) => {
                self.record.changed += i32::from(!differences.is_empty());
                self.changes.extend(differences.into_iter().map(|difference| Changed {
                    ticket_id: id,
                    number: number.to_owned(),
                    change: change::Kept::of(difference),
                }));
            }
            Err(error @ Error::Calendar(_)) => {
                self.record.untold += 1;
                if self.untold_because.is_empty() {
                    self.untold_because = format!("{number}: {error}");
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
