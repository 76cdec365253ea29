//! Tickets that are linked to their outage and unlinked, some at a time.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_proto::common::v1::{TicketState, TicketType};
use hotline_proto::tickets::v1::OutageState;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect};

use super::steps::{self, Pass};
use super::{Step, locked};
use crate::domain::draft::Who;
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

    /// Links the next open fault tickets in scope that no outage is known of. Over meanwhile, those that came in before
    /// that are linked all the same, and solved after the last.
    pub(super) async fn link_some(
        &self,
        tx: &Tx,
        id: Uuid,
        pass: Pass,
        after: Option<(DateTime<Utc>, Uuid)>,
    ) -> Result<(), Error> {
        let outage = locked(tx, id).await?;
        let is_over = matches!(outage.state, OutageState::Recovering | OutageState::Recovered);
        if outage.state != OutageState::Open && !is_over {
            return Ok(());
        }
        let (catalogue, now) = (self.catalogue().await?, self.clock.now());
        let back = TimeDelta::hours(self.base().outages().link_hours.into());
        let from = outage.notice.begins_at.max(now - back);
        let seen = unlinked_since(from, after).into_model::<Seen>().all(&**tx).await?;
        match seen.last().filter(|_| seen.len() == LOOKED_THROUGH) {
            Some(last) => Step::Link(id, pass, Some((last.created_at, last.id))).set(tx, now),
            None if is_over => steps::solve_late(tx, &outage),
            None => {}
        }
        let open = seen.iter().filter(|seen| OPEN.iter().any(|state| *state as i32 == seen.state));
        let concerned = open.filter(|seen| {
            let (category, project, region) = (&seen.category_code, &seen.project, seen.region());
            outage.may_have_caused(seen.created_at)
                && outage.notice.closeness(&Place { category, project, region }, &catalogue).is_some()
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
    pub(super) async fn unlink_some(&self, tx: &Tx, id: Uuid, pass: Pass, after: Uuid) -> Result<(), Error> {
        let outage = locked(tx, id).await?;
        let (ids, now) = (self.next_of(tx, open_of(id, after)).await?, self.clock.now());
        if let Some(last) = self.last_of_full(&ids) {
            Step::Unlink(id, pass, last).set(tx, now);
        }
        let mut changes = Changes::lock(tx, self.rules(), ids.iter().copied()).await?;
        for id in ids {
            let reason = &outage.withdrawn_reason;
            let unlinked = changes.change(id, now, itself(), |draft| draft.link_outage(None, reason));
            tell(unlinked, id, "stays linked to an outage that was withdrawn");
        }
        changes.write(tx)
    }

    /// Returns the first of what is selected, as many as are changed together.
    pub(super) async fn next_of(&self, tx: &Tx, select: Select<Entity>) -> Result<Vec<Uuid>, Error> {
        let select = select.select_only().column(Column::Id);
        let select = select.order_by_asc(Column::Id).limit(self.batch() as u64);
        Ok(select.into_tuple().all(&**tx).await?)
    }

    /// Returns the last of a full batch: there may be more.
    pub(super) fn last_of_full(&self, ids: &[Uuid]) -> Option<Uuid> {
        ids.last().copied().filter(|_| ids.len() == self.batch())
    }

    /// Returns how many tickets are changed together.
    pub(super) fn batch(&self) -> usize {
        self.base().outages().batch as usize
    }
}

/// Selects the open tickets of an outage beyond an id.
pub(super) fn open_of(outage: Uuid, after: Uuid) -> Select<Entity> {
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
pub(super) fn tell(outcome: Result<(), Error>, ticket: Uuid, what: &str) {
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
