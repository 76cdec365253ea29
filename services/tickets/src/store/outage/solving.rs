//! Tickets that are solved with their outage, some at a time, and their children with them.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_proto::tickets::v1::OutageState;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryTrait};

use super::batches::{open_of, tell};
use super::steps::{self, Pass};
use super::{Step, locked};
use crate::domain::draft::{FollowUp, Who};
use crate::domain::outage::Outage;
use crate::domain::outage::recovery::{Batch, Failure, Recovery};
use crate::error::Error;
use crate::store::ticket::{Column, Entity};
use crate::store::{Changes, Store};

impl Store {
    /// Solves the next open tickets of an outage that is over; after the last it is recovered. The late pass solves what
    /// came to be linked to it after that.
    pub(super) async fn solve_some(&self, tx: &Tx, id: Uuid, pass: Pass, after: Uuid) -> Result<(), Error> {
        let mut outage = locked(tx, id).await?;
        let meant = match pass {
            Pass::First => OutageState::Recovering,
            Pass::Late => OutageState::Recovered,
        };
        let recovery = outage.recovery.clone().filter(|_| outage.state == meant);
        let Some(recovery) = recovery else { return Ok(()) };
        let ids = self.next_of(tx, unsolved_of(id, after, recovery.at)).await?;
        let mut changes = Changes::lock(tx, self.rules(), ids.iter().copied()).await?;
        let taken = with_room_for_children(&changes, &ids, self.batch());
        let cut = taken.last().copied().filter(|_| taken.len() < ids.len());
        let next = cut.or_else(|| self.last_of_full(&ids));
        match next {
            // Due when it was over: before what falls due on these tickets later, however late this is.
            Some(last) => Step::Solve(id, pass, last).set(tx, recovery.at),
            None if pass == Pass::First => steps::solve_late(tx, &outage),
            None => {}
        }
        let mut solving = Solving::new(&outage, &recovery);
        solving.solve(tx, &mut changes, taken).await?;
        let batch = solving.batch;
        changes.write(tx)?;
        match pass {
            Pass::First => outage.solved(batch, next.is_none(), self.clock.now()),
            Pass::Late if batch == Batch::default() => return Ok(()),
            Pass::Late => outage.solved_late(batch, self.clock.now()),
        }
        let update = super::Entity::update_many().set(super::active(&outage));
        tx.later(update.filter(super::Column::Id.eq(id)).into_query());
        Ok(())
    }
}

/// How tickets are solved: when their outage was said to be over, by whoever said so.
struct Solving<'a> {
    outage: &'a Outage,
    at: DateTime<Utc>,
    who: Who,
    solution: String,
    follow_up: FollowUp,
    batch: Batch,
}

impl<'a> Solving<'a> {
    fn new(outage: &'a Outage, recovery: &Recovery) -> Self {
        Self {
            outage,
            at: recovery.at,
            who: Who { subject: recovery.by.clone(), team_key: recovery.team_key.clone() },
            solution: outage.solution(),
            follow_up: recovery.callbacks(),
            batch: Batch::default(),
        }
    }

    /// Solves tickets, and takes their children along; those that the outage caused itself are solved in their own turn.
    async fn solve(&mut self, tx: &Tx, changes: &mut Changes, ids: &[Uuid]) -> Result<(), Error> {
        let mut parents = Vec::new();
        for id in ids {
            let is_solved = self.one(changes, *id);
            let parent = changes.ticket(*id).filter(|ticket| is_solved && ticket.matters.children > 0);
            parents.extend(parent.cloned());
        }
        for parent in parents {
            for child in changes.lock_children(tx, parent.id).await? {
                let follows = changes.change(child, self.at, self.who.clone(), |draft| {
                    draft.outage_of_parent_over(&parent, self.outage.id, self.follow_up)
                });
                tell(follows, child, "is not solved with its parent");
            }
        }
        Ok(())
    }

    /// Solves a ticket; tells whether it did. One that can't be solved keeps no other from it.
    fn one(&mut self, changes: &mut Changes, id: Uuid) -> bool {
        let mut is_solved = false;
        let decided = changes.change(id, self.at, self.who.clone(), |draft| {
            is_solved = draft.outage_over(self.outage.id, &self.solution, self.follow_up)?;
            Ok(())
        });
        match decided {
            Ok(()) => {
                self.batch.done += u32::from(is_solved);
                is_solved
            }
            Err(error) => {
                let number = changes.ticket(id).map(|ticket| ticket.number.clone()).unwrap_or_default();
                self.batch.failures.push(Failure { ticket: id, number, reason: error.to_string() });
                false
            }
        }
    }
}

/// Returns as many of the tickets, from the first on, as fit into one transaction with their children; one always does.
fn with_room_for_children<'a>(changes: &Changes, ids: &'a [Uuid], most: usize) -> &'a [Uuid] {
    let (mut tickets, mut count) = (0, 0);
    for id in ids {
        tickets += 1 + changes.ticket(*id).map_or(0, |ticket| ticket.matters.children as usize);
        if count > 0 && tickets > most {
            break;
        }
        count += 1;
    }
    &ids[..count]
}

/// Selects the open tickets of an outage beyond an id that nobody has solved since it was over: one that was opened again
/// is worked on as its customer said.
fn unsolved_of(outage: Uuid, after: Uuid, over: DateTime<Utc>) -> Select<Entity> {
    let unsolved = Condition::any().add(Column::ResolvedAt.is_null()).add(Column::ResolvedAt.lt(over));
    open_of(outage, after).filter(unsolved)
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use sea_orm::{QueryOrder, QuerySelect};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn a_batch_reads_the_tickets_of_its_outage_and_nothing_else() {
        let test = sqlite::<Migrator>(NAME).await;
        let over = "2026-03-02T01:00:00Z".parse().expect("a time");
        let next = unsolved_of(Uuid::from_u128(1), Uuid::from_u128(2), over);
        let next = next.order_by_asc(Column::Id).limit(50);
        let plan = plan(&test.db, next.build(test.db.backend())).await;
        assert!(plan.contains("tickets_by_outage") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
