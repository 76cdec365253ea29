//! Work that nobody took on in its time goes on to the next target of its rule (D2).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error;
use hotline_core::id;

use super::Work;
use super::router::{Moment, Router, number};
use crate::domain::assignment::{Assignment, Chosen, Route};
use crate::domain::state::{Move, State};
use crate::domain::targets::leaves_at;
use crate::events::outgoing;
use crate::store::{assignments, versions};

/// The kind of deadline at which work goes on.
pub(super) const KIND: &str = "target";

/// Why routing gives waiting work to another team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nobody took it on in its time.
    Timeout,
    /// The rules were applied anew.
    Rules,
}

impl Cause {
    /// Returns its name in events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Timeout => "TIMEOUT",
            Self::Rules => "RULES",
        }
    }
}

/// Sets when waiting work goes on, at once where its time is over; of other work nothing is due.
pub(super) fn set(tx: &Tx, work: &Assignment, now: DateTime<Utc>) {
    if let Some(at) = work.chosen.moves_on_at
        && work.state == State::Queued
    {
        deadlines::set(tx, KIND, &work.id.to_string(), at.max(now), "");
    }
}

/// Forgets that the work would go on.
pub(super) fn clear(tx: &Tx, work: &Assignment) {
    deadlines::clear(tx, KIND, &work.id.to_string());
}

impl Work {
    /// Gives work whose time is over to the next target. What is under a lease then goes on once it is back.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn move_on(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let Some(mut work) = assignments::lock(tx, id::parse(&deadline.subject, "subject")?).await? else {
            return Ok(());
        };
        let now = deadline.due_at;
        let is_over = work.chosen.moves_on_at.is_some_and(|at| at <= now);
        if work.state != State::Queued || !is_over {
            return Ok(());
        }
        let Chosen { rule_id, version, target, .. } = work.chosen;
        let targets = versions::targets_of(&**tx, version, rule_id).await?;
        let mut router = Router::new(self.rules.all(tx).await?, self.calendars.get());
        let moment = Moment { queued_at: work.queued_at, now };
        let (next, _) =
            router.next(&**tx, &targets, usize::try_from(target).unwrap_or_default(), moment).await?;
        let Some((next, team)) = next.and_then(|next| Some((next, targets.get(next)?))) else {
            // Nobody after this team takes work in: it stays.
            work.chosen.moves_on_at = None;
            assignments::save(tx, &mut work);
            return Ok(());
        };
        let moves_on_at = leaves_at(&targets, next, work.queued_at);
        let chosen = Chosen { rule_id, version, target: number(next), moves_on_at };
        let route = Route { team_key: team.team_key.clone(), rule: work.rule.clone(), chosen };
        let both = self.move_to(tx, work, route, Cause::Timeout, now)?;
        assignments::put_all(tx, &both);
        self.follow(tx, both.into());
        Ok(())
    }
}

impl Work {
    /// Ends waiting work for its team and queues it for another, which has its own times and costs from now on; returns both
    /// as they are to be written.
    pub(super) fn move_to(
        &self,
        tx: &Tx,
        mut work: Assignment,
        route: Route,
        cause: Cause,
        now: DateTime<Utc>,
    ) -> Result<[Assignment; 2], Error> {
        let mut next = work.rerouted(id::new(), route);
        next.cost = self.times.ways(&next.team_key).cost_of(next.ticket.kind, &next.ticket.category_code);
        self.times.set(&mut next, now);
        work.end(Move::Redirect, now).map_err(super::fault)?;
        work.version += 1;
        outgoing::rerouted(tx, &work, &next, cause, now)?;
        outgoing::queued(tx, &next, now)?;
        set(tx, &next, now);
        Ok([work, next])
    }
}
