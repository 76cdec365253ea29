//! What tickets do to work: route it, send it elsewhere, end it, move it in its queue. Runs in the transaction of the
//! events that say so, whose number changes little about what it costs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use uuid::Uuid;

use super::Work;
use super::rules::Rule;
use crate::domain::assignment::{Assignment, Brief, Route};
use crate::domain::routing::{Facts, decide};
use crate::domain::state::{Move, State};
use crate::domain::team::FIRST_LINE;
use crate::events::outgoing;
use crate::store::{assignments, rules, teams};

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

/// What an event means for the work on its ticket.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// There is a ticket that no team has: rules decide. One that somebody works on already is left alone.
    Arrived(Arrival),
    /// The ticket is for the team it names (T12, T15); whoever has it now loses it.
    Sent(Arrival),
    /// The ticket needs no more work; who solved it, where somebody did. Where that is its holder, the work is done:
    /// that is said here if the command that completes it has not said so yet, or never will because its process died
    /// in between.
    Ended(Uuid, Option<String>),
    /// Due time or priority may have changed.
    Altered(Brief),
}

/// The work on the tickets of some events, in memory while the events change it; each assignment is written once.
pub(crate) struct Batch<'a> {
    work: &'a Work,
    tx: &'a Tx,
    rules: Arc<[Rule]>,
    /// Keys of the teams that tickets are for, by what the tickets call them.
    teams: HashMap<String, String>,
    /// The open assignment of each ticket that has one.
    open: BTreeMap<Uuid, Row>,
    ended: Vec<Assignment>,
    /// How much each rule routed.
    hits: BTreeMap<Uuid, i64>,
}

/// An assignment, and whether it is to be written.
struct Row {
    work: Assignment,
    changed: bool,
}

impl Change {
    fn ticket_id(&self) -> Uuid {
        match self {
            Self::Arrived(Arrival { ticket, .. }) | Self::Sent(Arrival { ticket, .. }) => ticket.id,
            Self::Ended(ticket, _) => *ticket,
            Self::Altered(ticket) => ticket.id,
        }
    }

    fn team(&self) -> Option<&str> {
        match self {
            Self::Sent(arrival) if !arrival.team_key.is_empty() => Some(&arrival.team_key),
            _ => None,
        }
    }
}

impl Arrival {
    fn facts(&self) -> Facts<'_> {
        let ticket = &self.ticket;
        Facts {
            ticket_type: ticket.kind,
            category_code: &ticket.category_code,
            priority: ticket.priority,
            project: &ticket.project,
            channel: ticket.channel,
            key_account: self.key_account,
        }
    }
}

impl<'a> Batch<'a> {
    /// Reads and locks what `changes` are about.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn open(
        work: &'a Work,
        tx: &'a Tx,
        changes: impl Iterator<Item = &Change> + Clone,
    ) -> Result<Self, Error> {
        let tickets: HashSet<Uuid> = changes.clone().map(Change::ticket_id).collect();
        let known = assignments::lock_open_of(tx, &tickets).await?;
        let names = changes.filter_map(Change::team).map(str::to_owned).collect();
        Ok(Self {
            work,
            tx,
            rules: work.rules.all(tx).await?,
            teams: teams::keys_of(&**tx, names).await?,
            open: known.into_iter().map(|work| (work.ticket.id, Row { work, changed: false })).collect(),
            ended: Vec::new(),
            hits: BTreeMap::new(),
        })
    }

    /// Makes the next change, which happened at `at`.
    ///
    /// # Errors
    /// [`Error::Internal`]: a fault of ours.
    pub(crate) fn apply(&mut self, change: Change, at: DateTime<Utc>) -> Result<(), Error> {
        match change {
            Change::Arrived(arrival) => self.arrived(arrival, at),
            Change::Sent(arrival) => self.sent(arrival, at),
            Change::Ended(ticket, solver) => self.ended(ticket, solver.as_deref(), at),
            Change::Altered(ticket) => {
                self.altered(ticket);
                Ok(())
            }
        }
    }

    /// Writes what has changed with the commit, which the queues follow.
    pub(crate) fn close(self) {
        let open = self.open.into_values().filter(|row| row.changed).map(|row| row.work);
        let changed: Vec<Assignment> = self.ended.into_iter().chain(open).collect();
        assignments::put_all(self.tx, &changed);
        rules::count_hits(self.tx, &self.hits);
        self.work.follow(self.tx, changed);
    }

    fn arrived(&mut self, arrival: Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if self.open.contains_key(&arrival.ticket.id) {
            return Ok(());
        }
        let route = self.by_rules(&arrival);
        self.enqueue(arrival.ticket, route, at)
    }

    fn sent(&mut self, arrival: Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if let Some(Row { work, .. }) = self.open.get(&arrival.ticket.id) {
            if work.state == State::Queued && work.team_key == arrival.team_key {
                self.altered(arrival.ticket);
                return Ok(());
            }
            self.end(arrival.ticket.id, |_| Move::Withdraw, at)?;
        }
        let route = match self.teams.get(&arrival.team_key) {
            Some(key) => Route { team_key: key.clone(), rule: String::new() },
            None => self.by_rules(&arrival),
        };
        self.enqueue(arrival.ticket, route, at)
    }

    fn ended(&mut self, ticket: Uuid, solver: Option<&str>, at: DateTime<Utc>) -> Result<(), Error> {
        let how = |work: &Assignment| {
            let done = work.state == State::Accepted && solver == Some(&*work.holder);
            if done { Move::Complete } else { Move::Withdraw }
        };
        let tx = self.tx;
        match self.end(ticket, how, at)? {
            Some(work) if work.state == State::Completed => outgoing::completed(tx, work, at),
            _ => Ok(()),
        }
    }

    fn altered(&mut self, ticket: Brief) {
        if let Some(row) = self.open.get_mut(&ticket.id) {
            let due_at = ticket.resolution_due_at.unwrap_or(row.work.due_at);
            let place = self.work.place(&ticket, due_at);
            row.work.refresh(ticket, place);
            row.work.version += 1;
            row.changed = true;
        }
    }

    /// Ends a ticket's work, if it has some.
    fn end(
        &mut self,
        ticket: Uuid,
        how: impl Fn(&Assignment) -> Move,
        at: DateTime<Utc>,
    ) -> Result<Option<&Assignment>, Error> {
        let Some(Row { mut work, .. }) = self.open.remove(&ticket) else { return Ok(None) };
        work.end(how(&work), at).map_err(super::fault)?;
        work.version += 1;
        self.ended.push(work);
        Ok(self.ended.last())
    }

    fn enqueue(&mut self, ticket: Brief, route: Route, at: DateTime<Utc>) -> Result<(), Error> {
        let due_at = ticket.resolution_due_at.unwrap_or_else(|| at + self.work.config.default_due());
        let place = self.work.place(&ticket, due_at);
        let work = Assignment::queued(id::new(), ticket, route, place, at);
        outgoing::queued(self.tx, &work, at)?;
        self.open.insert(work.ticket.id, Row { work, changed: true });
        Ok(())
    }

    /// Lets the rules decide and counts the hit.
    fn by_rules(&mut self, arrival: &Arrival) -> Route {
        let (chosen, _) = decide(self.rules.iter().map(|rule| &rule.conditions), &arrival.facts());
        let Some(rule) = chosen.and_then(|index| self.rules.get(index)) else {
            // The default rule can't be removed through the service; work must go somewhere all the same.
            return Route { team_key: FIRST_LINE.into(), rule: String::new() };
        };
        *self.hits.entry(rule.id).or_default() += 1;
        Route { team_key: rule.team_key.clone(), rule: rule.name.clone() }
    }
}
