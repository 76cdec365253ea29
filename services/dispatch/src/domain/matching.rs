//! Which member is offered which work, where a team pushes (D3). The most urgent work chooses first.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::dispatch::v1::MemberChoice;
use uuid::Uuid;

use super::routing::is_below;
use super::team::{Budget, Ways};

/// The level of who handles a category and is not said how well.
const BEGINNER: i32 = 1;

/// Who is offered work of a category, at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    /// Category, with its subtree.
    pub(crate) category_code: String,
    /// The least level.
    pub(crate) level: i32,
    /// How long after work was queued this holds; `None` is for ever.
    pub(crate) relax_after: Option<TimeDelta>,
}

/// A member who is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    /// Who.
    pub(crate) subject: String,
    /// Categories the member handles, with their subtrees; empty is all.
    pub(crate) skills: Vec<String>,
    /// How well the member handles which category, with its subtree.
    pub(crate) levels: Vec<(String, i32)>,
    /// What there is room for.
    pub(crate) budget: Budget,
    /// Since when the member has been without new work.
    pub(crate) idle_since: DateTime<Utc>,
}

/// Work that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The assignment.
    pub(crate) id: Uuid,
    /// Its category.
    pub(crate) category_code: String,
    /// What it takes of a capacity.
    pub(crate) cost: u64,
    /// Since when it has waited.
    pub(crate) queued_at: DateTime<Utc>,
    /// Who declined it.
    pub(crate) declined: HashSet<String>,
    /// Who solved its ticket last, where the team cares.
    pub(crate) solver: Option<String>,
}

impl Ready {
    /// Returns how well the member handles a category: as the most special of the levels says. `None` where not at all.
    fn level(&self, category_code: &str) -> Option<i32> {
        let handles =
            self.skills.is_empty() || self.skills.iter().any(|skill| is_below(category_code, skill));
        let levels = self.levels.iter().filter(|(skill, _)| is_below(category_code, skill));
        let level = levels.max_by_key(|(skill, _)| skill.len()).map(|(_, level)| *level);
        level.or(handles.then_some(BEGINNER))
    }

    /// Compares how much of their capacity two members hold.
    fn by_load(&self, other: &Self) -> Ordering {
        let share = |budget: Budget| (budget.held, budget.capacity.unwrap_or(u64::MAX).max(1));
        let ((mine, my), (theirs, their)) = (share(self.budget), share(other.budget));
        // Compared as fractions, without the rounding of a division.
        (u128::from(mine) * u128::from(their)).cmp(&(u128::from(theirs) * u128::from(my)))
    }

    fn by_idleness(&self, other: &Self) -> Ordering {
        self.idle_since.cmp(&other.idle_since).then_with(|| self.subject.cmp(&other.subject))
    }
}

impl Waiting {
    /// Returns the level that the work asks for now.
    fn asks_for(&self, selectors: &[Selector], now: DateTime<Utc>) -> i32 {
        let applies = |selector: &&Selector| {
            let relaxes = selector.relax_after.map(|after| self.queued_at + after);
            is_below(&self.category_code, &selector.category_code) && relaxes.is_none_or(|at| now < at)
        };
        selectors.iter().filter(applies).map(|selector| selector.level).max().unwrap_or_default()
    }

    fn may_be_for(&self, member: &Ready, least: i32) -> bool {
        member.budget.has_room_for(self.cost)
            && member.level(&self.category_code).is_some_and(|level| level >= least)
            && !self.declined.contains(&member.subject)
    }
}

/// Gives waiting work, most urgent first, to members, who have less room after each; returns who gets which.
pub(crate) fn match_up(
    waiting: &[Waiting],
    members: &mut [Ready],
    ways: &Ways,
    now: DateTime<Utc>,
) -> Vec<(Uuid, String)> {
    let mut pairs = Vec::new();
    for work in waiting {
        let least = work.asks_for(&ways.selectors, now);
        let fit = members.iter_mut().filter(|member| work.may_be_for(member, least));
        let chosen = fit.min_by(|a, b| {
            let solved = |member: &Ready| work.solver.as_ref() != Some(&member.subject);
            solved(a).cmp(&solved(b)).then_with(|| compare(a, b, work, ways.choice))
        });
        if let Some(member) = chosen {
            member.budget.take(work.cost);
            member.idle_since = now;
            pairs.push((work.id, member.subject.clone()));
        }
    }
    pairs
}

/// Returns when the next of the selectors that hold some of this work back relaxes.
pub(crate) fn relaxes_at(waiting: &[Waiting], ways: &Ways, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let of = |work: &Waiting| {
        let applies = ways.selectors.iter().filter(|s| is_below(&work.category_code, &s.category_code));
        applies.filter_map(|s| Some(work.queued_at + s.relax_after?)).filter(|at| *at > now).min()
    };
    waiting.iter().filter_map(of).min()
}

/// Compares two members that may have the work: the lesser gets it.
fn compare(a: &Ready, b: &Ready, work: &Waiting, choice: MemberChoice) -> Ordering {
    let level = |member: &Ready| Reverse(member.level(&work.category_code));
    match choice {
        MemberChoice::Unspecified | MemberChoice::LeastLoaded => a.by_load(b).then_with(|| a.by_idleness(b)),
        MemberChoice::LongestIdle => a.by_idleness(b),
        MemberChoice::MostSkilled => {
            level(a).cmp(&level(b)).then_with(|| a.by_load(b)).then_with(|| a.by_idleness(b))
        }
    }
}

#[cfg(test)]
mod tests;
