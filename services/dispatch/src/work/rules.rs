//! Routing rules as every arrival needs them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use moka::sync::Cache;
use uuid::Uuid;

use crate::domain::routing::{Candidate, Conditions};
use crate::domain::targets::Target;
use crate::store::RuleRow;
use crate::store::rules::{self, RuleRows};

/// How long rules are taken as they were read: every ticket needs them, and they seldom change.
const LAST: Duration = Duration::from_secs(2);

/// What routing knows of the rules.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// Their version.
    pub(crate) version: i64,
    /// The rules in the order they are tried.
    pub(crate) rules: Vec<Rule>,
    /// The teams whose queues run empty.
    pub(crate) draining: HashSet<String>,
}

/// What routing knows of a rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// What it asks of a ticket.
    pub(crate) conditions: Conditions,
    /// The teams it gives tickets to, one at least.
    pub(crate) targets: Vec<Target>,
    /// No team of these takes anything in.
    pub(crate) closed: bool,
}

impl Rule {
    /// Returns what routing looks at.
    pub(crate) fn candidate(&self) -> Candidate<'_> {
        let team_key = self.targets.first().map_or("", |target| &target.team_key);
        Candidate { conditions: &self.conditions, team_key, closed: self.closed }
    }
}

/// The routing rules, with whether their teams take work in. What is changed in this process counts from its commit on,
/// what is changed in another process within two seconds. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rules {
    read: Cache<(), (u64, Arc<RuleSet>)>,
    changes: Arc<AtomicU64>,
}

impl Rules {
    /// Knows no rules yet.
    pub(super) fn new() -> Self {
        let read = Cache::builder().max_capacity(1).time_to_live(LAST).build();
        Self { read, changes: Arc::default() }
    }

    /// Returns all rules in the order they are tried; `tx` reads them where they are not known.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn all(&self, tx: &Tx) -> Result<Arc<RuleSet>, Error> {
        // Before the rules are read: what changes meanwhile makes them old.
        let changes = self.changes.load(Ordering::SeqCst);
        if let Some((since, known)) = self.read.get(&())
            && since == changes
        {
            return Ok(known);
        }
        let rules = Arc::new(RuleSet::of(rules::all(&**tx).await?));
        self.read.insert((), (changes, rules.clone()));
        Ok(rules)
    }

    /// Has rules read again once `tx`, which changes them, is committed.
    pub(crate) fn change(&self, tx: &Tx) {
        let changes = self.changes.clone();
        tx.after_commit(async move {
            changes.fetch_add(1, Ordering::SeqCst);
        });
    }
}

impl RuleSet {
    /// Returns what routing knows of stored rules.
    pub(crate) fn of(read: RuleRows) -> Self {
        let RuleRows { version, rules, draining } = read;
        let rules = rules.into_iter().map(|row| Rule::of(row, &draining)).collect();
        Self { version, rules, draining }
    }
}

impl Rule {
    fn of(row: RuleRow, draining: &HashSet<String>) -> Self {
        let (conditions, targets) = (row.conditions(), row.targets());
        // What nobody else takes must go somewhere.
        let closed = !row.is_default && targets.iter().all(|target| draining.contains(&target.team_key));
        Self { id: row.id, name: row.name, conditions, targets, closed }
    }
}
