//! The work road: what the database, the queue and the ticket service do together, apart from `store` because no one
//! of the three knows the others.
//!
//! Functions that change something return the open transaction with what it holds, so that the caller stores its
//! reply under the idempotency key in the same commit.

use std::sync::Arc;
use std::time::Duration;

use hotline_core::calendars::Followed;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::server::Deps;
use hotline_core::upstream::TicketNames;
use hotline_queue::WorkQueue;

use crate::config::Config;
use crate::domain::Policy;

mod alarms;
mod claim;
mod holder;
mod intake;
mod outages;
mod queue;
mod tickets;

pub(crate) use alarms::Alarms;
pub(crate) use claim::Claim;
pub(crate) use holder::Holder;
pub(crate) use intake::MERGED;
pub(crate) use queue::reconcile;

/// What every command stands on. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Work {
    /// The service's database.
    pub(crate) db: Db,
    /// The suite's clock.
    pub(crate) clock: Clock,
    /// The policy as it is known: settings, with the calendars.
    pub(crate) policies: Arc<Followed<Policy>>,
    queue: queue::Queue,
    tickets: tickets::Tickets,
    /// Finds the tickets that requests name.
    pub(crate) ticket_names: TicketNames,
    reconcile_every: Duration,
}

impl Work {
    /// Puts together what commands stand on.
    pub(crate) fn new(
        deps: Deps,
        queue: Arc<dyn WorkQueue>,
        config: &Config,
        policies: Followed<Policy>,
    ) -> Self {
        let Deps { db, clock, upstreams } = deps;
        let truth = queue::Callbacks { db: db.clone(), clock: clock.clone() };
        Self {
            policies: Arc::new(policies),
            queue: queue::Queue::new(queue, truth),
            tickets: tickets::Tickets::new(&upstreams),
            ticket_names: TicketNames::new(&upstreams),
            reconcile_every: config.reconcile_every(),
            db,
            clock,
        }
    }
}
