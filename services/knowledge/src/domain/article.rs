//! An article: the version in work, and which version agents see.

use chrono::{DateTime, Utc};
use hotline_proto::knowledge::v1::{ArticleKind, ArticleState};
use uuid::Uuid;

use super::lifecycle::{self, Move};
use crate::error::Error;

#[cfg(test)]
mod tests;

/// What an article says, and about what (B1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) kind: ArticleKind,
    /// Leaf or board of the catalogue; empty is general.
    pub(crate) category_code: String,
    pub(crate) title: String,
    pub(crate) questions: Vec<String>,
    pub(crate) body: String,
    /// Agents see it from then on; `None` is at once.
    pub(crate) valid_from: Option<DateTime<Utc>>,
    /// 所属项目; empty is all.
    pub(crate) project: String,
}

/// An article as it stands: its version in work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Article {
    pub(crate) id: Uuid,
    /// Grows with every change, whatever changed; behind the etag.
    pub(crate) revision: i64,
    /// Which version is in work, from 1.
    pub(crate) version: i32,
    pub(crate) state: ArticleState,
    pub(crate) content: Content,
    /// Who began the version in work.
    pub(crate) author: String,
    /// Everyone who wrote the version in work: none of them may approve it.
    pub(crate) writers: Vec<String>,
    /// Who decided last on the version in work.
    pub(crate) reviewer: String,
    pub(crate) review_note: String,
    /// The version that agents see; 0 while they see none.
    pub(crate) published_version: i32,
    /// When `published_version` last changed: how the search index of another replica finds the change.
    pub(crate) published_changed_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A version as it was submitted, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) article_id: Uuid,
    /// From 1.
    pub(crate) number: i32,
    pub(crate) state: ArticleState,
    pub(crate) content: Content,
    pub(crate) author: String,
    pub(crate) reviewer: String,
    pub(crate) review_note: String,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
}

/// When agents see a version that was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// They see it now.
    Now,
    /// They see it from then on, and the version before it until then.
    From(DateTime<Utc>),
}

impl Content {
    /// Returns the fields that a reviewer needs and that are empty, named as in JSON.
    fn missing(&self) -> Vec<&'static str> {
        let fields = [
            ("kind", self.kind == ArticleKind::Unspecified),
            ("title", self.title.trim().is_empty()),
            ("body", self.body.trim().is_empty()),
        ];
        fields.into_iter().filter(|(_, empty)| *empty).map(|(name, _)| name).collect()
    }
}

impl Article {
    /// Returns a new draft.
    pub(crate) fn draft(id: Uuid, content: Content, author: &str, now: DateTime<Utc>) -> Self {
        Self {
            id,
            revision: 1,
            version: 1,
            state: ArticleState::Draft,
            content,
            author: author.to_owned(),
            writers: vec![author.to_owned()],
            reviewer: String::new(),
            review_note: String::new(),
            published_version: 0,
            published_changed_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Changes a draft; begins the next version of what was published or rejected, so that both stay as they were.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn update(&mut self, content: Content, by: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let state = lifecycle::after(self.state, Move::Update)?;
        if self.state != ArticleState::Draft {
            self.version += 1;
            by.clone_into(&mut self.author);
            self.writers.clear();
            self.decide("", "");
        }
        if !self.writers.iter().any(|writer| writer == by) {
            self.writers.push(by.to_owned());
        }
        self.content = content;
        self.stand(state, now);
        Ok(())
    }

    /// Puts the version in work before a reviewer.
    ///
    /// # Errors
    /// [`Error::StateConflict`]; [`Error::Incomplete`] without kind, title or body.
    pub(crate) fn submit(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let state = lifecycle::after(self.state, Move::Submit)?;
        let missing = self.content.missing();
        if !missing.is_empty() {
            return Err(Error::Incomplete(missing));
        }
        self.stand(state, now);
        Ok(())
    }

    /// Approves the version in work and tells when agents see it.
    ///
    /// # Errors
    /// [`Error::StateConflict`]; [`Error::OwnApproval`] by one of its writers.
    pub(crate) fn approve(&mut self, by: &str, note: &str, now: DateTime<Utc>) -> Result<Sight, Error> {
        let state = lifecycle::after(self.state, Move::Approve)?;
        if self.writers.iter().any(|writer| writer == by) {
            return Err(Error::OwnApproval);
        }
        self.decide(by, note);
        self.stand(state, now);
        Ok(match self.content.valid_from {
            Some(from) if from > now => Sight::From(from),
            _ => {
                self.show(self.version, now);
                Sight::Now
            }
        })
    }

    /// Sends the version in work back to its author.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn reject(&mut self, by: &str, reason: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let state = lifecycle::after(self.state, Move::Reject)?;
        self.decide(by, reason);
        self.stand(state, now);
        Ok(())
    }

    /// Takes the article out of use, with whatever is visible of it or would have been.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn retire(&mut self, by: &str, reason: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let state = lifecycle::after(self.state, Move::Retire)?;
        self.decide(by, reason);
        self.stand(state, now);
        if self.published_version > 0 {
            self.show(0, now);
        }
        Ok(())
    }

    /// Shows agents a version that was approved for this time. False where that is no longer to be: the article was
    /// retired, or a later version went before.
    pub(crate) fn go_live(&mut self, version: i32, now: DateTime<Utc>) -> bool {
        if self.state == ArticleState::Retired || version <= self.published_version {
            return false;
        }
        self.show(version, now);
        self.stand(self.state, now);
        true
    }

    fn decide(&mut self, by: &str, note: &str) {
        by.clone_into(&mut self.reviewer);
        note.clone_into(&mut self.review_note);
    }

    fn show(&mut self, version: i32, now: DateTime<Utc>) {
        self.published_version = version;
        self.published_changed_at = Some(now);
    }

    fn stand(&mut self, state: ArticleState, now: DateTime<Utc>) {
        self.state = state;
        self.revision += 1;
        self.updated_at = now;
    }
}
