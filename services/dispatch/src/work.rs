//! The work road: what the database, the work queue and the ticket service do together, apart from `store` because no
//! one of the three knows the others.
//!
//! Functions that change something return the open transaction with what it holds, so that the caller stores its
//! reply under the idempotency key in the same commit.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use hotline_calendar::Calendars;
use hotline_core::calendars::Followed;
use hotline_core::caller::{self, Caller};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines;
use hotline_core::error::Error;
use hotline_core::server::Deps;
use hotline_core::upstream::TicketNames;
use hotline_phones::NumberPlan;
use hotline_proto::dispatch::v1::RoutingChange;
use hotline_queue::WorkQueue;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::access::Sight;
use crate::domain::assignment::{Assignment, Brief, Place};
use crate::domain::link::Key;
use crate::domain::order;
use crate::domain::state::State;
use crate::store::versions::{self, Change};
use crate::store::{VersionRow, declines, members, presence as present};

pub(crate) mod agreements;
mod aside;
pub(crate) mod claim;
mod confirming;
pub(crate) mod control;
mod delivery;
pub(crate) mod disclosing;
mod duty;
pub(crate) mod duty_logs;
mod escalation;
mod expiry;
pub(crate) mod feed;
mod handovers;
mod heard;
pub(crate) mod holder;
pub(crate) mod intake;
pub(crate) mod leaves;
pub(crate) mod links;
mod offers;
pub(crate) mod onward;
pub(crate) mod presence;
mod queues;
mod ranking;
mod reminders;
pub(crate) mod reroute;
pub(crate) mod rosters;
pub(crate) mod router;
pub(crate) mod rules;
mod standby;
mod tickets;
pub(crate) mod times;
pub(crate) mod webhooks;

pub(crate) use expiry::Expiry;
pub(crate) use offers::keep_offering;
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
    /// The teams' times, chains, and ways to give work out.
    pub(crate) times: times::Times,
    /// What is offered, and who waits for it.
    pub(crate) offers: offers::Offers,
    /// What happens to queues, for those who follow them.
    pub(crate) feed: feed::Feed,
    /// The teams' webhooks.
    pub(crate) webhooks: webhooks::Webhooks,
    /// How telephone numbers are read.
    pub(crate) numbers: Arc<NumberPlan>,
    /// The calendars, as they are known.
    pub(crate) calendars: Arc<Followed<Calendars>>,
    /// Finds the tickets that requests name.
    pub(crate) ticket_names: TicketNames,
    /// The key that links are signed with.
    pub(crate) link_key: Key,
    customers: duty_logs::Customers,
    tickets: tickets::Tickets,
    ranking: ranking::Ranking,
}

impl Work {
    /// Puts together what commands stand on.
    ///
    /// # Errors
    /// [`Error::Internal`] for settings that can't be used.
    pub(crate) fn new(
        deps: Deps,
        queue: Arc<dyn WorkQueue>,
        config: Config,
        (numbers, calendars): (NumberPlan, Followed<Calendars>),
        link_key: Key,
    ) -> Result<Self, Error> {
        let Deps { db, clock, upstreams } = deps;
        let config = Arc::new(config);
        let truth = queues::Assignments { db: db.clone(), clock: clock.clone() };
        Ok(Self {
            webhooks: webhooks::Webhooks::new(&config.webhooks)?,
            queues: queues::Queues::new(queue, truth),
            rules: rules::Rules::new(),
            offers: offers::Offers::default(),
            feed: feed::Feed::new(config.streams),
            calendars: Arc::new(calendars),
            customers: duty_logs::Customers::new(&upstreams),
            tickets: tickets::Tickets::new(&upstreams),
            ranking: ranking::Ranking::new(&upstreams),
            ticket_names: TicketNames::new(&upstreams),
            times: times::Times::new(config.clone()),
            numbers: Arc::new(numbers),
            link_key,
            config,
            db,
            clock,
        })
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

    /// Tells whether somebody is of a team: a member, or by the token with which they last said what they do.
    ///
    /// # Errors
    /// [`Error::Database`].
    async fn belongs(&self, team_key: &str, subject: &str) -> Result<bool, Error> {
        let db = self.db.reader();
        if members::of(db, team_key, subject).await?.is_some() {
            return Ok(true);
        }
        let by_token = present::by_token(db, team_key).await?;
        Ok(by_token.iter().any(|(_, known)| known == subject))
    }

    /// Records a change of the rules, which the transaction has locked, as a version of them; with the commit they are read
    /// anew.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn recorded(
        &self,
        tx: &Tx,
        kind: RoutingChange,
        rule: Option<(Uuid, String)>,
        restored: i64,
    ) -> Result<VersionRow, Error> {
        let (by, at) = (caller::required()?.subject, self.clock.now());
        self.rules.change(tx);
        versions::record(tx, Change { kind, rule, restored, by, at }).await
    }

    /// Lets everything follow what a transaction made of work: with the commit nobody holds what has ended, and then
    /// the queues have what waits, and nothing that has ended.
    fn follow(&self, tx: &Tx, changed: Vec<Assignment>) {
        let ended: Vec<Uuid> =
            changed.iter().filter(|work| !work.state.is_open()).map(|work| work.id).collect();
        for id in &ended {
            deadlines::clear(tx, expiry::KIND, &id.to_string());
            deadlines::clear(tx, onward::KIND, &id.to_string());
        }
        for work in &changed {
            escalation::set(tx, work, None);
        }
        declines::forget(tx, &ended);
        let work = self.clone();
        tx.after_commit(async move {
            join_all(changed.iter().map(|work_now| step(&work.queues, work_now))).await;
            for changed in &changed {
                let ended = changed.ended_at.filter(|_| !changed.holder.is_empty());
                work.kick(&changed.team_key, ended.map(|at| (changed.holder.as_str(), at)));
            }
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
