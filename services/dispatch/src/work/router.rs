//! Where work goes: the first rule that matches, and the first of its targets that may have it (D2).

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_calendar::Calendars;
use hotline_core::error::Error;
use sea_orm::ConnectionTrait;

use super::rules::{Rule, RuleSet};
use crate::domain::assignment::{Brief, Chosen, Route};
use crate::domain::routing::{Facts, Mismatch, decide};
use crate::domain::targets::{Passed, Target, leaves_at};
use crate::domain::team::FIRST_LINE;
use crate::store::available;

/// Decides for some work at once; what it has asked of a team it does not ask again.
pub(crate) struct Router {
    /// The rules.
    pub(crate) set: Arc<RuleSet>,
    /// The calendars.
    pub(crate) calendars: Arc<Calendars>,
    there: HashMap<String, bool>,
}

/// What was decided.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// The rule, by its place; none where not even the default rule is there.
    pub(crate) rule: Option<usize>,
    /// Why those before it did not match.
    pub(crate) refused: Vec<Mismatch>,
    /// The target, by its place.
    pub(crate) target: usize,
    /// Why those before it were passed over.
    pub(crate) passed: Vec<Passed>,
    /// Where the work goes.
    pub(crate) route: Route,
}

/// When work is looked at, and since when it waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When it was first queued.
    pub(crate) queued_at: DateTime<Utc>,
    /// Now.
    pub(crate) now: DateTime<Utc>,
}

impl Moment {
    /// It comes in now.
    pub(crate) fn arrival(now: DateTime<Utc>) -> Self {
        Self { queued_at: now, now }
    }
}

/// Returns what rules look at of a ticket that comes in at `at`.
pub(crate) fn facts<'a>(ticket: &'a Brief, at: DateTime<Utc>, calendars: &'a Calendars) -> Facts<'a> {
    Facts {
        ticket_type: ticket.kind,
        category_code: &ticket.category_code,
        priority: ticket.priority,
        project: &ticket.project,
        channel: ticket.channel,
        key_account: ticket.key_account,
        regions: hotline_core::region::all_of(&ticket.region, &ticket.project),
        at,
        calendars,
    }
}

impl Router {
    /// Decides by these rules and calendars.
    pub(crate) fn new(set: Arc<RuleSet>, calendars: Arc<Calendars>) -> Self {
        Self { set, calendars, there: HashMap::new() }
    }

    /// Decides about work.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn decide(
        &mut self,
        db: &impl ConnectionTrait,
        facts: &Facts<'_>,
        moment: Moment,
    ) -> Result<Decision, Error> {
        let set = self.set.clone();
        let (index, refused) = decide(set.rules.iter().map(Rule::candidate), facts);
        let Some((index, rule)) = index.and_then(|index| Some((index, set.rules.get(index)?))) else {
            // The default rule can't be removed through the service; work must go somewhere all the same.
            let route = Route::by_person(FIRST_LINE);
            return Ok(Decision { rule: None, refused, target: 0, passed: Vec::new(), route });
        };
        let (found, passed) = self.next(db, &rule.targets, 0, moment).await?;
        // Nobody else may have it: who takes work in last keeps it, else the last of all.
        let open = |target: &Target| !set.draining.contains(&target.team_key);
        let keeps = || rule.targets.iter().rposition(open).unwrap_or(rule.targets.len().saturating_sub(1));
        let target = found.unwrap_or_else(keeps);
        let chosen = Chosen {
            rule_id: Some(rule.id),
            version: set.version,
            target: number(target),
            moves_on_at: leaves_at(&rule.targets, target, moment.queued_at).filter(|at| *at > moment.now),
        };
        let team_key = rule.targets.get(target).map_or(FIRST_LINE, |target| &target.team_key).to_owned();
        let route = Route { team_key, rule: rule.name.clone(), chosen };
        Ok(Decision { rule: Some(index), refused, target, passed, route })
    }

    /// Returns the first target from `from` on that may have the work, and why those before it may not.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn next(
        &mut self,
        db: &impl ConnectionTrait,
        targets: &[Target],
        from: usize,
        moment: Moment,
    ) -> Result<(Option<usize>, Vec<Passed>), Error> {
        let mut passed = Vec::new();
        for (index, target) in targets.iter().enumerate().skip(from) {
            let over = leaves_at(targets, index, moment.queued_at).filter(|at| *at <= moment.now);
            if self.set.draining.contains(&target.team_key) {
                passed.push(Passed::Draining);
            } else if let Some(at) = over {
                passed.push(Passed::Over(at));
            } else if target.skip_if_nobody && !self.is_there(db, &target.team_key, moment.now).await? {
                passed.push(Passed::Nobody);
            } else {
                return Ok((Some(index), passed));
            }
        }
        Ok((None, passed))
    }

    async fn is_there(
        &mut self,
        db: &impl ConnectionTrait,
        team_key: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if let Some(there) = self.there.get(team_key) {
            return Ok(*there);
        }
        let there = available::anybody(db, team_key, (&self.calendars, now)).await?;
        self.there.insert(team_key.to_owned(), there);
        Ok(there)
    }
}

/// Returns the number of a target, from 1.
pub(super) fn number(index: usize) -> i32 {
    i32::try_from(index).map_or(i32::MAX, |index| index.saturating_add(1))
}
