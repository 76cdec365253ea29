//! Every version of every policy: which are in force at an instant, and in which order they are tried.
//!
//! Of the versions effective by an instant the one that is effective last is in force, of two with one time the later
//! recorded. Of a version and an end, the one recorded later voids the other where that is effective at its time or
//! later: an end takes with it what was to come, and a policy made anew is not ended by what was recorded before it.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::policy::{Policy, Traits};
use crate::domain::rule_version::Record;

/// Places between two policies as shipped, so that one fits between them.
const STEP: i32 = 100;

/// A policy as it was or will be from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PolicyVersion {
    /// What it promises to whom.
    pub(crate) policy: Policy,
    /// Its place among the others; lower is tried first.
    pub(crate) position: i32,
    /// Since when it holds; none is always.
    pub(crate) effective_from: Option<DateTime<Utc>>,
    /// It ends the policy.
    pub(crate) retired: bool,
    /// Who made it when and why.
    pub(crate) record: Record,
}

/// Every version of every policy, by key; the later recorded last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyBook(BTreeMap<String, Vec<PolicyVersion>>);

impl PolicyBook {
    /// Begins with policies as shipped or configured, in their order.
    pub(crate) fn of(policies: Vec<Policy>) -> Self {
        let mut book = Self::default();
        for (policy, place) in policies.into_iter().zip(1..) {
            book.record(PolicyVersion {
                policy,
                position: place * STEP,
                effective_from: None,
                retired: false,
                record: Record::default(),
            });
        }
        book
    }

    /// Adds a version.
    pub(crate) fn record(&mut self, version: PolicyVersion) {
        self.0.entry(version.policy.key.clone()).or_default().push(version);
    }

    /// Adds a version, where there is one.
    pub(crate) fn extend(&mut self, version: Option<PolicyVersion>) {
        version.into_iter().for_each(|version| self.record(version));
    }

    /// Returns the versions of a policy, the later recorded last; none for an unknown key.
    pub(crate) fn versions(&self, key: &str) -> &[PolicyVersion] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Returns the version of a policy that is in force at an instant; none where it has not begun or has ended.
    pub(crate) fn in_force(&self, key: &str, at: DateTime<Utc>) -> Option<&PolicyVersion> {
        in_force(self.versions(key), at)
    }

    /// Returns the version of a policy that is in force at an instant, or else the first to come.
    pub(crate) fn in_force_or_to_come(&self, key: &str, at: DateTime<Utc>) -> Option<&PolicyVersion> {
        in_force_or_to_come(self.versions(key), at)
    }

    /// Returns the policies that are in force at an instant, in the order in which they are tried.
    pub(crate) fn all_in_force(&self, at: DateTime<Utc>) -> Vec<&PolicyVersion> {
        self.all(|versions| in_force(versions, at))
    }

    /// Returns, in the same order, also the first versions to come of policies that are not in force.
    pub(crate) fn all_in_force_or_to_come(&self, at: DateTime<Utc>) -> Vec<&PolicyVersion> {
        self.all(|versions| in_force_or_to_come(versions, at))
    }

    /// Returns the policy for a ticket at an instant: the one its category names, else the first in force that covers
    /// it.
    pub(crate) fn policy(
        &self,
        by_category: &str,
        ticket: &Traits<'_>,
        at: DateTime<Utc>,
    ) -> Option<&Policy> {
        let named = self.in_force(by_category, at).filter(|_| !by_category.is_empty());
        let first = || {
            let covering = self.0.values().filter_map(|versions| in_force(versions, at));
            let covering = covering.filter(|version| version.policy.covers(ticket));
            covering.min_by(tried)
        };
        named.or_else(first).map(|version| &version.policy)
    }

    /// Returns every version there is.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &PolicyVersion> {
        self.0.values().flatten()
    }

    /// Returns the place after all others.
    pub(crate) fn last_place(&self) -> i32 {
        self.iter().map(|version| version.position).max().unwrap_or_default().saturating_add(STEP)
    }

    /// Takes every version of a policy away.
    pub(crate) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Returns one version of each policy that has one, in the order in which they are tried.
    fn all(&self, one: impl Fn(&[PolicyVersion]) -> Option<&PolicyVersion>) -> Vec<&PolicyVersion> {
        let mut found: Vec<_> = self.0.values().filter_map(|versions| one(versions)).collect();
        found.sort_by(tried);
        found
    }
}

impl PolicyVersion {
    /// Tells whether nothing is left of a version that was recorded before this one.
    fn voids(&self, earlier: &Self) -> bool {
        (self.retired || earlier.retired) && self.effective_from <= earlier.effective_from
    }
}

/// The order in which policies are tried.
fn tried(a: &&PolicyVersion, b: &&PolicyVersion) -> Ordering {
    (a.position, &a.policy.key).cmp(&(b.position, &b.policy.key))
}

/// Returns the versions that none recorded later has voided, the later recorded last.
fn live(versions: &[PolicyVersion]) -> impl Iterator<Item = &PolicyVersion> {
    let later = (1..).map(|next| versions.get(next..).unwrap_or_default());
    let each = versions.iter().zip(later);
    each.filter(|(version, later)| !later.iter().any(|later| later.voids(version)))
        .map(|(version, _)| version)
}

fn in_force(versions: &[PolicyVersion], at: DateTime<Utc>) -> Option<&PolicyVersion> {
    let effective = live(versions).filter(|version| version.effective_from.is_none_or(|from| from <= at));
    // Of equals the last wins, which was recorded last.
    effective.max_by_key(|version| version.effective_from).filter(|version| !version.retired)
}

fn in_force_or_to_come(versions: &[PolicyVersion], at: DateTime<Utc>) -> Option<&PolicyVersion> {
    let to_come = || {
        let to_come = live(versions).filter(|version| !version.retired && version.effective_from > Some(at));
        to_come.max_by_key(|version| Reverse(version.effective_from))
    };
    in_force(versions, at).or_else(to_come)
}
