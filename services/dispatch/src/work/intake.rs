//! What tickets do to work: route it, send it elsewhere, end it, move it in its queue. Runs in the transaction of the
//! event that says so.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::{deadlines, id};
use uuid::Uuid;

use super::queues::entry;
use super::{Work, expiry};
use crate::domain::assignment::{Assignment, Brief, Route};
use crate::domain::routing::{Conditions, Facts, decide};
use crate::domain::state::{Move, State};
use crate::domain::team::FIRST_LINE;
use crate::events::outgoing;
use crate::store::{RuleRow, assignments, declines, rules, teams};

/// A ticket that needs work, as its event tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// What the member will see of it.
    pub(crate) ticket: Brief,
    /// The team it is for; empty or unknown where rules decide.
    pub(crate) team_key: String,
    /// The customer is a key account.
    pub(crate) key_account: bool,
}

impl Work {
    /// A ticket is there that no team has: rules decide. A ticket that somebody works on already is left alone.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn arrived(&self, tx: &Tx, arrival: &Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if assignments::lock_open_of(tx, arrival.ticket.id).await?.is_some() {
            return Ok(());
        }
        let route = by_rules(tx, arrival).await?;
        self.enqueue(tx, arrival, route, at).await
    }

    /// A ticket is for the team it names (T12, T15); whoever has it now loses it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn sent(&self, tx: &Tx, arrival: &Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if let Some(work) = assignments::lock_open_of(tx, arrival.ticket.id).await? {
            if work.state == State::Queued && work.team_key == arrival.team_key {
                return self.altered(tx, arrival.ticket.clone()).await;
            }
            self.end(tx, work, Move::Withdraw, at).await?;
        }
        let route = match teams::find(&**tx, &arrival.team_key).await? {
            Some(team) => Route { team_key: team.key, rule: String::new() },
            None => by_rules(tx, arrival).await?,
        };
        self.enqueue(tx, arrival, route, at).await
    }

    /// A ticket needs no more work. Where its holder solved it, the work is done: that is said here if the command
    /// that completes it has not said so yet, or never will because its process died in between.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn ended(
        &self,
        tx: &Tx,
        ticket_id: Uuid,
        solver: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(work) = assignments::lock_open_of(tx, ticket_id).await? else {
            return Ok(());
        };
        let done = work.state == State::Accepted && solver == Some(&*work.holder);
        let how = if done { Move::Complete } else { Move::Withdraw };
        let work = self.end(tx, work, how, at).await?;
        if done {
            outgoing::completed(tx, &work, at)?;
        }
        Ok(())
    }

    /// Due time or priority of a ticket may have changed.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn altered(&self, tx: &Tx, ticket: Brief) -> Result<(), Error> {
        let Some(mut work) = assignments::lock_open_of(tx, ticket.id).await? else {
            return Ok(());
        };
        let due_at = ticket.resolution_due_at.unwrap_or(work.due_at);
        let place = self.place(&ticket, due_at);
        work.refresh(ticket, place);
        assignments::save(tx, &mut work).await?;
        if work.state == State::Queued {
            let queues = self.queues.clone();
            tx.after_commit(async move { queues.put(&work.team_key, entry(&work)).await });
        }
        Ok(())
    }

    /// Puts new work into a queue, in this transaction; it is claimed from its commit on.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn put_new(&self, tx: &Tx, work: Assignment, at: DateTime<Utc>) -> Result<(), Error> {
        assignments::insert(tx, &work).await?;
        outgoing::queued(tx, &work, at)?;
        let queues = self.queues.clone();
        tx.after_commit(async move { queues.put(&work.team_key, entry(&work)).await });
        Ok(())
    }

    /// Ends work, in this transaction, and takes it out of its queue.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn end(
        &self,
        tx: &Tx,
        mut work: Assignment,
        how: Move,
        at: DateTime<Utc>,
    ) -> Result<Assignment, Error> {
        work.end(how, at).map_err(super::fault)?;
        assignments::save(tx, &mut work).await?;
        declines::forget(tx, work.id).await?;
        deadlines::clear(tx, expiry::KIND, &work.id.to_string());
        let (queues, ended) = (self.queues.clone(), work.clone());
        tx.after_commit(async move { queues.remove(&ended.team_key, ended.id).await });
        Ok(work)
    }

    async fn enqueue(
        &self,
        tx: &Tx,
        arrival: &Arrival,
        route: Route,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let ticket = arrival.ticket.clone();
        let due_at = ticket.resolution_due_at.unwrap_or_else(|| at + self.config.default_due());
        let place = self.place(&ticket, due_at);
        let work = Assignment::queued(id::new(), ticket, route, place, at);
        self.put_new(tx, work, at).await
    }
}

/// Lets the rules decide and counts the hit.
async fn by_rules(tx: &Tx, arrival: &Arrival) -> Result<Route, Error> {
    let rules = rules::all(&**tx).await?;
    let conditions: Vec<Conditions> = rules.iter().map(RuleRow::conditions).collect();
    let ticket = &arrival.ticket;
    let facts = Facts {
        ticket_type: ticket.kind,
        category_code: &ticket.category_code,
        priority: ticket.priority,
        project: &ticket.project,
        channel: ticket.channel,
        key_account: arrival.key_account,
    };
    let (chosen, _) = decide(&conditions, &facts);
    let Some(rule) = chosen.and_then(|index| rules.get(index)) else {
        // The default rule can't be removed through the service; work must go somewhere all the same.
        return Ok(Route { team_key: FIRST_LINE.into(), rule: String::new() });
    };
    rules::count_hit(tx, rule.id).await?;
    Ok(Route { team_key: rule.team_key.clone(), rule: rule.name.clone() })
}
