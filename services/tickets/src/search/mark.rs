//! How far an index has followed the database, kept in the index itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Grows when folding or cutting of text changes: an index of other rules is made anew.
const RULES: u32 = 1;

/// How far an index has followed the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    rules: u32,
    /// What was written before is in, but for what was not committed yet, wall time.
    pub(crate) looked_at: DateTime<Utc>,
    /// Tickets with this id or a lower one are not in yet; none once the index is whole.
    pub(crate) below: Option<Uuid>,
}

impl Mark {
    /// Returns the mark of an empty index that is being filled from the highest id down.
    pub(crate) fn new(looked_at: DateTime<Utc>) -> Self {
        Self { rules: RULES, looked_at, below: Some(Uuid::max()) }
    }

    /// Reads the mark of an index; `None` for one of other rules.
    pub(super) fn read(payload: &str) -> Option<Self> {
        let mark: Self = serde_json::from_str(payload).ok()?;
        (mark.rules == RULES).then_some(mark)
    }

    pub(super) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
