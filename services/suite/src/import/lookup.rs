//! What the values of a column mean.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A column, and our word for each of its values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lookup {
    /// The column.
    pub(super) column: String,
    /// Our word by the file's; none = the file's words are ours.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// Our word for a value that is not listed; without it such a row is rejected.
    #[serde(default)]
    pub(super) otherwise: Option<String>,
}

/// What a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// It is empty.
    Missing,
    /// It is this.
    Known(&'a str),
    /// It is not listed: taken as this.
    Otherwise(&'a str),
    /// It is not listed.
    Unknown,
}

impl Lookup {
    /// Returns what a value means.
    pub(super) fn meaning<'a>(&'a self, value: &'a str) -> Meaning<'a> {
        if value.is_empty() {
            return Meaning::Missing;
        }
        if self.values.is_empty() {
            return Meaning::Known(value);
        }
        match (self.values.get(value), &self.otherwise) {
            (Some(word), _) => Meaning::Known(word),
            (None, Some(word)) => Meaning::Otherwise(word),
            (None, None) => Meaning::Unknown,
        }
    }

    /// Returns every word of ours that it gives.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.values.values().chain(&self.otherwise).map(String::as_str)
    }
}
