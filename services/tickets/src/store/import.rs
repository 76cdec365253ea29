//! A batch of tickets of another system, in one transaction (T18).

use std::collections::{BTreeMap, HashMap};

use hotline_core::db::Tx;
use hotline_core::error::Reason;
use hotline_core::id;
use hotline_proto::locale::Locale;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::domain::draft::{Draft, Who};
use crate::domain::import::{Brought, Past, bring_in};
use crate::domain::number::number;
use crate::error::Error;
use crate::events;
use crate::store::chunks::chunks;
use crate::store::{Store, alarms, counter, row, ticket, timeline};

/// What became of one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Imported {
    /// It is new.
    Created {
        /// The ticket.
        id: Uuid,
        /// Steps of its past that the life cycle does not allow.
        marked: i32,
    },
    /// Its key was known, under this ticket.
    Known(Uuid),
    /// It can't be taken, for this reason in the caller's language.
    Rejected(String),
}

impl Store {
    /// Brings a batch in; the transaction waits for the reply. A key that is known changes nothing, also where two
    /// batches with the same keys come at once.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); a ticket that can't be taken is no error of the batch.
    pub(crate) async fn import(&self, batch: Vec<Past>, who: &Who) -> Result<(Tx, Vec<Imported>), Error> {
        let catalogue = self.catalogue().await?;
        let rules = self.rules();
        let tx = self.db.begin().await?;
        counter::next(&tx, counter::IMPORTS, 1).await?;
        let mut known = known(&*tx, batch.iter().map(|past| past.external_key.as_str())).await?;
        let (mut results, mut drafts) = (Vec::new(), Vec::new());
        for past in batch {
            if let Some(id) = known.get(&past.external_key) {
                results.push(Imported::Known(*id));
                continue;
            }
            let (key, id) = (past.external_key.clone(), id::new());
            match bring_in(past, &catalogue, &rules, id, self.clock.now(), who.clone()) {
                Ok(Brought { draft, marked }) => {
                    known.insert(key, id);
                    drafts.push(draft);
                    results.push(Imported::Created { id, marked });
                }
                Err(error) => {
                    let reason = Locale::current().pick(error.to_string(), error.zh());
                    results.push(Imported::Rejected(reason));
                }
            }
        }
        self.number(&tx, &mut drafts).await?;
        put(&tx, drafts)?;
        Ok((tx, results))
    }

    /// Gives each ticket a number of the day it was registered on. Days go in order, so that two transactions never wait
    /// for each other.
    async fn number(&self, tx: &Tx, drafts: &mut [Draft<'_>]) -> Result<(), Error> {
        let mut days: BTreeMap<_, Vec<&mut Draft<'_>>> = BTreeMap::new();
        for draft in drafts {
            days.entry(draft.rules.date(draft.ticket.created_at)).or_default().push(draft);
        }
        let count = |drafts: &Vec<_>| i64::try_from(drafts.len()).unwrap_or(i64::MAX);
        let wanted = days.iter().map(|(day, drafts)| (counter::of_day(*day), count(drafts))).collect();
        let given = counter::next_each(tx, wanted).await?;
        for (day, drafts) in days {
            let first = given.get(&counter::of_day(day)).copied().unwrap_or_default();
            for (draft, serial) in drafts.into_iter().zip(first..) {
                draft.number(&number(day, serial));
            }
        }
        Ok(())
    }
}

/// Returns the tickets of those keys that are known.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(crate) async fn known(
    connection: &impl ConnectionTrait,
    keys: impl IntoIterator<Item = &str> + Send,
) -> Result<HashMap<String, Uuid>, Error> {
    let rows: Vec<(Option<String>, Uuid)> = ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::ExternalKey, ticket::Column::Id])
        .filter(ticket::Column::ExternalKey.is_in(keys))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(|(key, id)| Some((key?, id))).collect())
}

fn put(tx: &Tx, drafts: Vec<Draft<'_>>) -> Result<(), Error> {
    let rows: Vec<_> = drafts.iter().map(|draft| row::active(&draft.ticket)).collect();
    for chunk in chunks(rows) {
        tx.later(ticket::Entity::insert_many(chunk).into_query());
    }
    alarms::set_new(tx, drafts.iter().map(|draft| &draft.ticket));
    events::publish(tx, drafts.iter().flat_map(|draft| &draft.happenings))?;
    timeline::append(tx, drafts.into_iter().map(|draft| (draft.ticket.id, draft.entries)))
}
