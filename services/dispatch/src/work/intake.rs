//! What tickets do to work: route it, send it elsewhere, end it, move it in its queue. Runs in the transaction of the
//! events that say so, whose number changes little about what it costs.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use uuid::Uuid;

use super::router::{self, Moment, Router};
use super::{Work, aside, onward};
use crate::domain::assignment::{Assignment, Brief, Chosen, Route};
use crate::domain::fairness::Outcome;
use crate::domain::state::{Move, State};
use crate::events::outgoing;
use crate::store::{assignments, holdings, rules, teams};

/// A ticket that needs work, as its event tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// What the member will see of it.
    pub(crate) ticket: Brief,
    /// The team it is for; empty or unknown where rules decide.
    pub(crate) team_key: String,
    /// Who caused it, who is the sender of the work.
    pub(crate) sender: String,
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
    router: Router,
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
            router: Router::new(work.rules.all(tx).await?, work.calendars.get()),
            teams: teams::keys_of(&**tx, names).await?,
            open: known.into_iter().map(|work| (work.ticket.id, Row { work, changed: false })).collect(),
            ended: Vec::new(),
            hits: BTreeMap::new(),
        })
    }

    /// Makes the next change, which happened at `at`.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`]: a fault of ours.
    pub(crate) async fn apply(&mut self, change: Change, at: DateTime<Utc>) -> Result<(), Error> {
        match change {
            Change::Arrived(arrival) => self.arrived(arrival, at).await,
            Change::Sent(arrival) => self.sent(arrival, at).await,
            Change::Ended(ticket, solver) => self.ended(ticket, solver.as_deref(), at),
            Change::Altered(ticket) => self.altered(ticket, at),
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

    async fn arrived(&mut self, arrival: Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if self.open.contains_key(&arrival.ticket.id) {
            return Ok(());
        }
        let route = self.by_rules(&arrival, at).await?;
        self.enqueue(arrival, route, at)
    }

    async fn sent(&mut self, arrival: Arrival, at: DateTime<Utc>) -> Result<(), Error> {
        if let Some(Row { work, .. }) = self.open.get_mut(&arrival.ticket.id) {
            if work.state == State::Queued && work.team_key == arrival.team_key {
                // Now a person has chosen the team: no rule moves it from there.
                work.rule.clear();
                work.chosen = Chosen::default();
                onward::clear(self.tx, work);
                return self.altered(arrival.ticket, at);
            }
            self.ended(arrival.ticket.id, None, at)?;
        }
        let route = match self.teams.get(&arrival.team_key) {
            Some(key) => Route::by_person(key),
            None => self.by_rules(&arrival, at).await?,
        };
        self.enqueue(arrival, route, at)
    }

    fn ended(&mut self, ticket: Uuid, solver: Option<&str>, at: DateTime<Utc>) -> Result<(), Error> {
        let Some(Row { mut work, .. }) = self.open.remove(&ticket) else { return Ok(()) };
        let (held, taken_on) = (work.clone(), matches!(work.state, State::Accepted | State::Parked));
        let outcome =
            if taken_on && solver == Some(&*work.holder) { Outcome::Completed } else { Outcome::Left };
        if held.state.is_held() {
            holdings::note(self.tx, &held, outcome, at);
        }
        if outcome == Outcome::Completed {
            work.complete(self.work.times.ways(&work.team_key).wrap_up, at).map_err(super::fault)?;
            aside::set_wrap_up(self.tx, &work);
            outgoing::completed(self.tx, &work, "", at)?;
        } else {
            self.take_away(&mut work, at)?;
        }
        work.version += 1;
        self.ended.push(work);
        Ok(())
    }

    fn altered(&mut self, ticket: Brief, at: DateTime<Utc>) -> Result<(), Error> {
        let Some(row) = self.open.get_mut(&ticket.id) else { return Ok(()) };
        let due_at = ticket.resolution_due_at.unwrap_or(row.work.due_at);
        let place = self.work.place(&ticket, due_at);
        let before = row.work.ticket.priority;
        row.work.refresh(ticket, place);
        self.work.times.set_anew(&mut row.work, before, at);
        row.work.version += 1;
        row.changed = true;
        outgoing::updated(self.tx, &row.work, at)
    }

    /// Ends work that is no longer needed, and tells who had it or an offer of it.
    fn take_away(&self, work: &mut Assignment, at: DateTime<Utc>) -> Result<(), Error> {
        if work.state == State::Leased && work.offered.is_some() {
            outgoing::rescinded(self.tx, work, at)?;
        }
        outgoing::withdrawn(self.tx, work, at)?;
        work.end(Move::Withdraw, at).map_err(super::fault)
    }

    fn enqueue(&mut self, arrival: Arrival, route: Route, at: DateTime<Utc>) -> Result<(), Error> {
        let Arrival { ticket, sender, .. } = arrival;
        let due_at = ticket.resolution_due_at.unwrap_or_else(|| at + self.work.config.default_due());
        let place = self.work.place(&ticket, due_at);
        let mut work = Assignment::queued(id::new(), ticket, route, place, at);
        work.cost =
            self.work.times.ways(&work.team_key).cost_of(work.ticket.kind, &work.ticket.category_code);
        work.sender = sender;
        self.work.times.set(&mut work, at);
        outgoing::queued(self.tx, &work, at)?;
        onward::set(self.tx, &work, at);
        self.open.insert(work.ticket.id, Row { work, changed: true });
        Ok(())
    }

    /// Lets the rules decide and counts the hit.
    async fn by_rules(&mut self, arrival: &Arrival, at: DateTime<Utc>) -> Result<Route, Error> {
        let calendars = self.router.calendars.clone();
        let facts = router::facts(&arrival.ticket, at, &calendars);
        let decision = self.router.decide(&**self.tx, &facts, Moment::arrival(at)).await?;
        if let Some(rule) = decision.route.chosen.rule_id {
            *self.hits.entry(rule).or_default() += 1;
        }
        Ok(decision.route)
    }
}
