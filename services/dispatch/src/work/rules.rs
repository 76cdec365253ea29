//! Routing rules as every arrival needs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use moka::sync::Cache;
use uuid::Uuid;

use crate::domain::routing::Conditions;
use crate::store::{RuleRow, rules};

/// How long rules are taken as they were read: every ticket needs them, and they seldom change.
const LAST: Duration = Duration::from_secs(2);

/// What routing knows of a rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// What it asks of a ticket.
    pub(crate) conditions: Conditions,
    /// The team it gives tickets to.
    pub(crate) team_key: String,
}

/// The routing rules. A rule that is changed in this process counts from its commit on, one that is changed in another
/// process within two seconds. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rules {
    read: Cache<(), (u64, Arc<[Rule]>)>,
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
    pub(super) async fn all(&self, tx: &Tx) -> Result<Arc<[Rule]>, Error> {
        // Before the rules are read: what changes meanwhile makes them old.
        let changes = self.changes.load(Ordering::SeqCst);
        if let Some((since, known)) = self.read.get(&())
            && since == changes
        {
            return Ok(known);
        }
        let rules: Arc<[Rule]> = rules::all(&**tx).await?.into_iter().map(Rule::from).collect();
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

impl From<RuleRow> for Rule {
    fn from(row: RuleRow) -> Self {
        let conditions = row.conditions();
        Self { id: row.id, name: row.name, conditions, team_key: row.team_key }
    }
}
