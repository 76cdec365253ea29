//! A version of a plan: what it says, who asked for its approval, what came of that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::plan::content::Content;

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Which, from 1.
    pub(crate) number: i32,
    /// What it says.
    pub(crate) content: Content,
    /// Why the version before was revised; empty for the first.
    pub(crate) reason: String,
    /// Who began it.
    pub(crate) drafted_by: String,
    /// Who asked for its approval last.
    pub(crate) submitted: Option<Signature>,
    /// Who approved or last rejected it.
    pub(crate) reviewed: Option<Signature>,
}

/// Who did something, when, and what they said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Signature {
    /// Who.
    pub(crate) by: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// In their words.
    pub(crate) note: String,
}

impl Version {
    /// Returns the first draft of a plan.
    pub(super) fn first(content: Content, by: &str) -> Self {
        Self {
            number: 1,
            content,
            reason: String::new(),
            drafted_by: by.to_owned(),
            submitted: None,
            reviewed: None,
        }
    }

    /// Returns the draft that follows, which says the same so far.
    pub(super) fn next(&self, reason: &str, by: &str) -> Self {
        let content = self.content.clone();
        Self { number: self.number + 1, reason: reason.to_owned(), ..Self::first(content, by) }
    }

    /// Returns who asked for its approval; nobody while nobody did.
    pub(super) fn submitter(&self) -> &str {
        self.submitted.as_ref().map_or("", |submitted| submitted.by.as_str())
    }
}
