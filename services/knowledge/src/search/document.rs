//! What goes into the index.

use uuid::Uuid;

/// A published article as search sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The article.
    pub id: Uuid,
    /// Its published version, from 1.
    pub version: i64,
    /// What it is; compared as it stands.
    pub kind: String,
    /// Place in the catalogue, levels parted by dots; empty is general.
    pub category_code: String,
    /// 所属项目; empty is all projects.
    pub project: String,
    /// The question, or the title.
    pub title: String,
    /// Other ways to ask it.
    pub questions: Vec<String>,
    /// The answer.
    pub body: String,
    /// Found from then on, in seconds since 1970; `None` is at once.
    pub valid_from: Option<i64>,
}

/// A step that brings the index up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The article is now as given. Left out when the index already holds a later version of it.
    Put(Box<Document>),
    /// The article is no longer to be found.
    Remove(Uuid),
}
