//! What goes into the index.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A ticket as search sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// The ticket.
    pub(crate) id: Uuid,
    /// Its version, to be compared with the database.
    pub(crate) version: i64,
    /// When it was registered; lists are in this order.
    pub(crate) created_at: DateTime<Utc>,
    /// What is searched.
    pub(crate) texts: Texts,
    /// By what lists are narrowed.
    pub(crate) labels: Labels,
}

/// What is searched of a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// The number that is read out.
    pub(crate) number: String,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// What was done.
    pub(crate) resolution: String,
    /// What the form asks for besides, by name.
    pub(crate) fields: BTreeMap<String, String>,
    /// What was said about it, oldest first.
    pub(crate) comments: Vec<String>,
}

/// By what lists are narrowed; a ticket that changes is indexed anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    /// Where it stands, as the contract counts states.
    pub(crate) state: i32,
    /// Kind of trouble, as the contract counts types.
    pub(crate) kind: i32,
    /// Priority, as the contract counts them.
    pub(crate) priority: i32,
    /// The team that has it; empty while none does.
    pub(crate) team_key: String,
    /// Who works on it; empty while nobody does.
    pub(crate) assignee: String,
    /// Code in the catalogue.
    pub(crate) category_code: String,
    /// The customer.
    pub(crate) customer_id: Uuid,
    /// Its tags.
    pub(crate) tags: Vec<String>,
    /// Who watches it.
    pub(crate) watchers: Vec<String>,
}

impl Texts {
    /// Returns each text that is not empty with the name of its part: `number`, `subject`, `description`, `resolution`,
    /// `fields.<name>`, `comment`.
    pub(super) fn parts(&self) -> impl Iterator<Item = (String, &str)> {
        let own = [
            ("number", &self.number),
            ("subject", &self.subject),
            ("description", &self.description),
            ("resolution", &self.resolution),
        ];
        let own = own.into_iter().map(|(name, text)| (name.to_owned(), text.as_str()));
        let fields = self.fields.iter().map(|(name, text)| (format!("fields.{name}"), text.as_str()));
        let comments = self.comments.iter().map(|text| ("comment".to_owned(), text.as_str()));
        own.chain(fields).chain(comments).filter(|(_, text)| !text.is_empty())
    }

    /// Returns all texts as one, no two of them side by side.
    pub(super) fn joined(&self) -> String {
        let texts: Vec<&str> = self.parts().map(|(_, text)| text).collect();
        texts.join("\n")
    }
}

impl Labels {
    /// Returns the terms by which the index narrows.
    pub(super) fn terms(&self) -> Vec<String> {
        let mut terms = vec![
            label("state", self.state),
            label("kind", self.kind),
            label("priority", self.priority),
            label("team", &self.team_key),
            label("assignee", &self.assignee),
            label("category", &self.category_code),
            label("customer", self.customer_id),
        ];
        terms.extend(self.tags.iter().map(|tag| label("tag", tag)));
        terms.extend(self.watchers.iter().map(|watcher| label("watcher", watcher)));
        terms
    }
}

/// Returns the term of one label.
pub(super) fn label(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name}:{value}")
}
