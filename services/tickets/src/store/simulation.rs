//! Other rules are tried on stored tickets, some at a time: memory does not grow with the range.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_core::page::{Key, Page};
use sea_orm::entity::prelude::*;
use sea_orm::{QuerySelect, Select};

use crate::domain::rules::Rules;
use crate::domain::sla::simulation::Simulation;
use crate::error::Error;
use crate::store::{Store, row, ticket};

/// Tickets that are in memory at a time.
const AT_A_TIME: usize = 100;

/// From and to when tickets were registered; the end is not in it.
pub(crate) type Range = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

impl Store {
    /// Tries other rules on a page of the tickets of a range, in the order in which they were registered; returns the
    /// token of the next page.
    ///
    /// # Errors
    /// [`Core::Database`]; [`Error::Calendar`] where the rules as they are can't tell.
    pub(crate) async fn simulate(
        &self,
        range: Range,
        page: &Page,
        other: Rules,
        examples: usize,
    ) -> Result<(Simulation, String), Error> {
        let (keys, next) = keys(self.db.reader(), range, page).await?;
        let (rules, other, now) = (self.rules(), Arc::new(other), self.clock.now());
        let mut simulation = Simulation::default();
        for keys in keys.chunks(AT_A_TIME) {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.id).collect();
            let mut histories = self.history(ids.iter().copied()).await?;
            let rows =
                ticket::Entity::find().filter(ticket::Column::Id.is_in(ids)).all(self.db.reader()).await?;
            let tickets = rows.into_iter().map(row::domain).collect::<Result<Vec<_>, _>>()?;
            let (rules, other) = (rules.clone(), other.clone());
            // Replaying takes a processor for itself: others are served meanwhile.
            let looked = tokio::task::spawn_blocking(move || {
                for ticket in tickets {
                    let history = histories.remove(&ticket.id).unwrap_or_default();
                    simulation.look_at(ticket, &history, (&rules, &other), now, examples)?;
                }
                Ok::<_, Error>(simulation)
            });
            simulation = looked.await.map_err(|error| Core::Internal(error.into()))??;
        }
        Ok((simulation, next))
    }
}

/// Returns the tickets of a page of a range, oldest first, and the token of the next page.
///
/// # Errors
/// [`Core::Database`].
pub(super) async fn keys(
    db: &impl ConnectionTrait,
    range: Range,
    page: &Page,
) -> Result<(Vec<Key>, String), Error> {
    let select = page.apply(within(range), ticket::Column::CreatedAt, ticket::Column::Id);
    let select = select.select_only().column(ticket::Column::CreatedAt).column(ticket::Column::Id);
    let rows: Vec<(DateTime<Utc>, Uuid)> = select.into_tuple().all(db).await?;
    let keys = rows.into_iter().map(|(at, id)| Key { at, id }).collect();
    Ok(page.finish(keys, |key| *key))
}

fn within((from, to): Range) -> Select<ticket::Entity> {
    let mut select = ticket::Entity::find();
    if let Some(from) = from {
        select = select.filter(ticket::Column::CreatedAt.gte(from));
    }
    if let Some(to) = to {
        select = select.filter(ticket::Column::CreatedAt.lt(to));
    }
    select
}
