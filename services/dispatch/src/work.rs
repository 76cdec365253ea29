//! The work road: what the database, the work queue and the ticket service do together, apart from `store` because no
//! one of the three knows the others.
//!
//! Functions that change something return the open transaction with what it holds, so that the caller stores its
//! reply under the idempotency key in the same commit.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use hotline_core::caller::Caller;
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines;
use hotline_core::error::Error;
use hotline_core::server::Deps;
use hotline_core::upstream::TicketNames;
use hotline_queue::WorkQueue;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::access::Sight;
use crate::domain::assignment::{Assignment, Brief, Place};
use crate::domain::order;
use crate::domain::state::State;
use crate::store::{declines, members};

pub(crate) mod claim;
mod expiry;
pub(crate) mod holder;
pub(crate) mod intake;
mod queues;
mod rules;
mod tickets;

pub(crate) use expiry::Expiry;
pub(crate) use queues::reconcile;

/// What every command stands on. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Work {
    /// The service's database.
    pub(crate) db: Db,
    /// The suite's clock.
    pub(crate) clock: Clock,
    /// Its settings.
    pub(crate) config: Arc<Config>,
    /// The work queues.
    pub(crate) queues: queues::Queues,
    /// The routing rules.
    pub(crate) rules: rules::Rules,
    /// Finds the tickets that requests name.
    pub(crate) ticket_names: TicketNames,
    tickets: tickets::Tickets,
}

impl Work {
    /// Puts together what commands stand on.
    pub(crate) fn new(deps: Deps, queue: Arc<dyn WorkQueue>, config: Config) -> Self {
        let Deps { db, clock, upstreams } = deps;
        let truth = queues::Assignments { db: db.clone(), clock: clock.clone() };
        Self {
            queues: queues::Queues::new(queue, truth),
            rules: rules::Rules::new(),
            tickets: tickets::Tickets::new(&upstreams),
            ticket_names: TicketNames::new(&upstreams),
            config: Arc::new(config),
            db,
            clock,
        }
    }

    /// Returns whose work a caller may see and do.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn sight(&self, caller: &Caller) -> Result<Sight, Error> {
        let member_of = if caller.is_above_teams() {
            Vec::new()
        } else {
            members::teams_of(self.db.reader(), &caller.subject).await?
        };
        Ok(Sight::of(caller, member_of))
    }

    /// Tells whether a caller may see and do the work of a team.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn is_in_sight(&self, caller: &Caller, team_key: &str) -> Result<bool, Error> {
        let is_member = async || members::of(self.db.reader(), team_key, &caller.subject).await;
        Ok(caller.may_act_for(team_key) || is_member().await?.is_some())
    }

    /// Lets everything follow what a transaction made of work: with the commit nobody holds what has ended, and then
    /// the queues have what waits, and nothing that has ended.
    fn follow(&self, tx: &Tx, changed: Vec<Assignment>) {
        let ended: Vec<Uuid> =
            changed.iter().filter(|work| !work.state.is_open()).map(|work| work.id).collect();
        for id in &ended {
            deadlines::clear(tx, expiry::KIND, &id.to_string());
        }
        declines::forget(tx, &ended);
        let queues = self.queues.clone();
        tx.after_commit(async move {
            join_all(changed.iter().map(|work| step(&queues, work))).await;
        });
    }

    /// Returns the place of a ticket's work that is due at `due_at`.
    fn place(&self, ticket: &Brief, due_at: DateTime<Utc>) -> Place {
        Place { due_at, order: order::value(due_at, ticket.priority, &self.config.order_shift) }
    }
}

async fn step(queues: &queues::Queues, work: &Assignment) {
    if work.state == State::Queued {
        queues.put(&work.team_key, queues::entry(work)).await;
    } else if !work.state.is_open() {
        queues.remove(&work.team_key, work.id).await;
    }
}

/// A move that its own caller has just checked was refused: a fault of ours. Where events and deadlines run, there is
/// nobody to tell but the log.
fn fault(error: crate::error::Error) -> Error {
    match error {
        crate::error::Error::Core(error) => error,
        other => Error::Upstream(other.into()),
    }
}
