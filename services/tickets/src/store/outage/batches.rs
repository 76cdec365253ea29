//! Tickets that are linked, unlinked and solved with their outage, some at a time.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_proto::common::v1::{TicketState, TicketType};
use hotline_proto::tickets::v1::OutageState;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect};

use super::{Step, locked};
use crate::domain::draft::Who;
use crate::domain::outage::Outage;
use crate::domain::outage::recovery::{Batch, Failure};
use crate::domain::outage::scope::{Place, REGION};
use crate::error::Error;
use crate::store::parts::Fields;
use crate::store::ticket::{Column, Entity};
use crate::store::{Changes, Store};

/// Tickets looked through in one transaction for those in scope.
const LOOKED_THROUGH: usize = 200;

/// The states in which work is to be done.
const OPEN: [TicketState; 4] =
    [TicketState::New, TicketState::Assigned, TicketState::InProgress, TicketState::Waiting];

/// What must be known of a ticket to tell whether a notice concerns it.
#[derive(Debug, FromQueryResult)]
pub(super) struct Seen {
    pub(super) id: Uuid,
    pub(super) created_at: DateTimeUtc,
    pub(super) category_code: String,
    pub(super) project: String,
    pub(super) fields: Fields,
    state: i32,
}

impl Seen {
    /// Returns the region as it was said.
    pub(super) fn region(&self) -> &str {
        self.fields.0.get(REGION).map_or("", String::as_str)
    }
}

impl Store {
    /// Tells how many tickets of an outage are open.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn open_of(&self, tx: &Tx, outage: Uuid) -> Result<u32, Error> {
        let open = open_of(outage, Uuid::nil()).count(&**tx).await?;
        Ok(u32::try_from(open).unwrap_or(u32::MAX))
    }

    /// Links the next open fault tickets in scope that no outage is known of.
    pub(super) async fn link_some(
        &self,
        tx: &Tx,
        id: Uuid,
        after: Option<(DateTime<Utc>, Uuid)>,
    ) -> Result<(), Error> {
        let outage = locked(tx, id).await?;
        if outage.state != OutageState::Open {
            return Ok(());
        }
        let (catalogue, now) = (self.catalogue().await?, self.clock.now());
        let back = TimeDelta::hours(self.base().outages().link_hours.into());
        let from = outage.notice.begins_at.max(now - back);
        let seen = unlinked_since(from, after).into_model::<Seen>().all(&**tx).await?;
        if let Some(last) = seen.last().filter(|_| seen.len() == LOOKED_THROUGH) {
            Step::Link(id, Some((last.created_at, last.id))).set(tx, now);
        }
        let open = seen.iter().filter(|seen| OPEN.iter().any(|state| *state as i32 == seen.state));
        let concerned = open.filter(|seen| {
            let (category, project, region) = (&seen.category_code, &seen.project, seen.region());
            outage.notice.closeness(&Place { category, project, region }, &catalogue).is_some()
        });
        let ids: Vec<Uuid> = concerned.map(|seen| seen.id).collect();
        let mut changes = Changes::lock(tx, self.rules(), ids.iter().copied()).await?;
        for id in ids {
            let linked = changes.change(id, now, itself(), |draft| draft.meet_outage(&outage));
            tell(linked, id, "is not linked to its outage");
        }
        changes.write(tx)
    }

    /// Unlinks the next open tickets of a notice that was withdrawn.
    pub(super) async fn unlink_some(&self, tx: &Tx, id: Uuid, after: Uuid) -> Result<(), Error> {
        let outage = locked(tx, id).await?;
        let (ids, now) = (self.next_of(tx, id, after).await?, self.clock.now());
        if let Some(last) = self.last_of_full(&ids) {
            Step::Unlink(id, last).set(tx, now);
        }
        let mut changes = Changes::lock(tx, self.rules(), ids.iter().copied()).await?;
        for id in ids {
            let reason = &outage.withdrawn_reason;
            let unlinked = changes.change(id, now, itself(), |draft| draft.link_outage(None, reason));
            tell(unlinked, id, "stays linked to an outage that was withdrawn");
        }
        changes.write(tx)
    }

    /// Solves the next open tickets of an outage that is over; after the last it is recovered.
    pub(super) async fn solve_some(&self, tx: &Tx, id: Uuid, after: Uuid) -> Result<(), Error> {
        let mut outage = locked(tx, id).await?;
        if outage.state != OutageState::Recovering {
            return Ok(());
        }
        let (ids, now) = (self.next_of(tx, id, after).await?, self.clock.now());
        let next = self.last_of_full(&ids);
        if let Some(last) = next {
            // Due when it was over: before what falls due on these tickets later, however late this is.
            Step::Solve(id, last).set(tx, outage.recovery.as_ref().map_or(now, |recovery| recovery.at));
        }
        let mut changes = Changes::lock(tx, self.rules(), ids.iter().copied()).await?;
        let batch = solve(&mut changes, &outage, ids);
        changes.write(tx)?;
        outage.solved(batch, next.is_none(), now);
        let update = super::Entity::update_many().set(super::active(&outage));
        tx.later(sea_orm::QueryTrait::into_query(update.filter(super::Column::Id.eq(id))));
        Ok(())
    }

    async fn next_of(&self, tx: &Tx, outage: Uuid, after: Uuid) -> Result<Vec<Uuid>, Error> {
        let select = open_of(outage, after).select_only().column(Column::Id);
        let select = select.order_by_asc(Column::Id).limit(self.batch() as u64);
        Ok(select.into_tuple().all(&**tx).await?)
    }

    /// Returns the last of a full batch: there may be more.
    fn last_of_full(&self, ids: &[Uuid]) -> Option<Uuid> {
        ids.last().copied().filter(|_| ids.len() == self.batch())
    }

    fn batch(&self) -> usize {
        self.base().outages().batch as usize
    }
}

/// Solves tickets as their outage was said to be over: at that time, by whoever said so.
fn solve(changes: &mut Changes, outage: &Outage, ids: Vec<Uuid>) -> Batch {
    let mut batch = Batch::default();
    let Some(recovery) = &outage.recovery else { return batch };
    let who = Who { subject: recovery.by.clone(), team_key: recovery.team_key.clone() };
    let (solution, follow_up) = (outage.solution(), recovery.callbacks());
    for id in ids {
        let mut is_solved = false;
        let decided = changes.change(id, recovery.at, who.clone(), |draft| {
            is_solved = draft.outage_over(outage.id, &solution, follow_up)?;
            Ok(())
        });
        match decided {
            Ok(()) => batch.done += u32::from(is_solved),
            Err(error) => {
                let number = changes.ticket(id).map(|ticket| ticket.number.clone()).unwrap_or_default();
                batch.failures.push(Failure { ticket: id, number, reason: error.to_string() });
            }
        }
    }
    batch
}

/// Selects the open tickets of an outage beyond an id.
fn open_of(outage: Uuid, after: Uuid) -> Select<Entity> {
    Entity::find()
        .filter(Column::OutageId.eq(outage))
        .filter(Column::Id.gt(after))
        .filter(Column::State.is_in(OPEN.map(|state| state as i32)))
}

/// Selects fault tickets of which no outage is known, from a time on.
pub(super) fn faults_since(from: DateTime<Utc>) -> Select<Entity> {
    Entity::find()
        .select_only()
        .columns([Column::Id, Column::CreatedAt, Column::CategoryCode, Column::Project])
        .columns([Column::Fields, Column::State])
        .filter(Column::CreatedAt.gte(from))
        .filter(Column::Kind.eq(TicketType::Fault as i32))
        .filter(Column::OutageId.is_null())
}

fn unlinked_since(from: DateTime<Utc>, after: Option<(DateTime<Utc>, Uuid)>) -> Select<Entity> {
    // Not by state: nearly all that are this new are open, and the index of times has them in order.
    let mut select = faults_since(from);
    if let Some((at, id)) = after {
        let same_time = Condition::all().add(Column::CreatedAt.eq(at)).add(Column::Id.gt(id));
        // The first condition alone bounds the range that is read of the index.
        select = select
            .filter(Column::CreatedAt.gte(at))
            .filter(Condition::any().add(Column::CreatedAt.gt(at)).add(same_time));
    }
    let select = select.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    select.limit(LOOKED_THROUGH as u64)
}

/// One ticket that can't be changed keeps no other from it.
fn tell(outcome: Result<(), Error>, ticket: Uuid, what: &str) {
    if let Err(error) = outcome {
        tracing::warn!(%ticket, %error, "a ticket {what}");
    }
}

fn itself() -> Who {
    Who { subject: caller::current_actor(), team_key: String::new() }
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use sea_orm::QueryTrait;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn a_batch_reads_the_tickets_of_its_outage_and_nothing_else() {
        let test = sqlite::<Migrator>(NAME).await;
        let next = open_of(Uuid::from_u128(1), Uuid::from_u128(2)).order_by_asc(Column::Id).limit(50);
        let plan = plan(&test.db, next.build(test.db.backend())).await;
        assert!(plan.contains("tickets_by_outage") && !plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[tokio::test]
    async fn tickets_in_scope_are_looked_for_among_those_of_the_time() {
        let test = sqlite::<Migrator>(NAME).await;
        let from = "2026-03-02T01:00:00Z".parse().expect("a time");
        for after in [None, Some((from, Uuid::from_u128(7)))] {
            let plan = plan(&test.db, unlinked_since(from, after).build(test.db.backend())).await;
            assert!(plan.contains("tickets_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
