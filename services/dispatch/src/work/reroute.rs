//! Routes work that waits anew, by the rules as they are now (D2).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use uuid::Uuid;

use super::Work;
use super::onward::{self, Cause};
use super::router::{self, Moment, Router};
use super::rules::RuleSet;
use crate::domain::assignment::{Assignment, Chosen, Route};
use crate::domain::state::State;
use crate::store::{assignments, rules};

/// How much is decided about in one transaction.
const BATCH: usize = 100;
/// How much of what moved is told one by one.
const TOLD: usize = 500;

/// What to route anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Only what waits for this team.
    pub(crate) team_key: Option<String>,
    /// Only what this rule routed.
    pub(crate) rule_id: Option<Uuid>,
    /// Only tell.
    pub(crate) dry_run: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How much was looked at.
    pub(crate) examined: usize,
    /// How much goes to another team.
    pub(crate) moved: usize,
    /// What does, each as it waited and as it waits: the first of it.
    pub(crate) told: Vec<(Assignment, Assignment)>,
    /// The version of the rules.
    pub(crate) version: i64,
    /// Where to go on; none once all was looked at.
    pub(crate) next: Option<Key>,
}

impl Work {
    /// Looks at a page of waiting work, oldest first, and gives to other teams what the rules give them now. Each batch is
    /// a transaction of its own: what has moved by then stays moved if a later one fails, and the next call goes on.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn reroute(&self, wanted: &Wanted, page: &Page) -> Result<Outcome, Error> {
        let found = assignments::rerouteable(self.db.reader(), wanted, page.after(), page.size()).await?;
        let next = found.last().map(|(key, _)| *key).filter(|_| found.len() == page.size());
        let mut outcome = Outcome { next, ..Outcome::default() };
        let ids: Vec<Uuid> = found.into_iter().map(|(_, id)| id).collect();
        // One at least, which tells the version of the rules.
        for batch in ids.chunks(BATCH).chain(ids.is_empty().then_some(&ids[..])) {
            let tx = self.db.begin().await?;
            self.reroute_batch(&tx, batch, wanted.dry_run, &mut outcome).await?;
            if !wanted.dry_run {
                tx.commit().await?;
            }
        }
        Ok(outcome)
    }

    async fn reroute_batch(
        &self,
        tx: &Tx,
        ids: &[Uuid],
        dry_run: bool,
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let (now, calendars) = (self.clock.now(), self.calendars.get());
        // Not as they may have been a moment ago: who calls has just changed them.
        let set = Arc::new(RuleSet::of(rules::all(&**tx).await?));
        outcome.version = set.version;
        let mut router = Router::new(set, calendars.clone());
        let (mut changed, mut hits) = (Vec::new(), BTreeMap::<Uuid, i64>::new());
        for work in assignments::lock_among(tx, ids).await? {
            if work.state != State::Queued {
                continue;
            }
            outcome.examined += 1;
            let facts = router::facts(&work.ticket, now, &calendars);
            let moment = Moment { queued_at: work.queued_at, now };
            let route = router.decide(&**tx, &facts, moment).await?.route;
            if route.team_key == work.team_key {
                changed.extend(kept(tx, work, route, now));
                continue;
            }
            if let Some(rule) = route.chosen.rule_id {
                *hits.entry(rule).or_default() += 1;
            }
            let before = work.clone();
            let after = if dry_run {
                work.rerouted(work.id, route)
            } else {
                let [ended, next] = self.move_to(tx, work, route, Cause::Rules, now)?;
                changed.extend([ended, next.clone()]);
                next
            };
            outcome.moved += 1;
            if outcome.told.len() < TOLD {
                outcome.told.push((before, after));
            }
        }
        assignments::put_all(tx, &changed);
        rules::count_hits(tx, &hits);
        self.follow(tx, changed);
        Ok(())
    }
}

/// Returns work that stays where it is, with what routes it now; none where that is what routed it before.
fn kept(tx: &Tx, mut work: Assignment, route: Route, now: DateTime<Utc>) -> Option<Assignment> {
    let same = Chosen { version: work.chosen.version, ..route.chosen.clone() };
    if work.rule == route.rule && work.chosen == same {
        return None;
    }
    work.rule = route.rule;
    work.chosen = route.chosen;
    work.version += 1;
    if work.chosen.moves_on_at.is_some() {
        onward::set(tx, &work, now);
    } else {
        onward::clear(tx, &work);
    }
    Some(work)
}
