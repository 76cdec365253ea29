//! How a plan ends: its work accepted, with what was learned, or given up (T7).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Field;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::plan::Plan;
use crate::domain::plan::moves::Move;
use crate::domain::plan::people::By;
use crate::domain::plan::review::signature;
use crate::domain::plan::version::Signature;
use crate::error::{Error, PlanError};

/// How long after the first try to draft the lessons the second one comes; each further one takes twice as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// How often that pause is doubled at most: an hour and four minutes.
const DOUBLED: u32 = 6;

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ending {
    /// Who accepted it or gave it up.
    pub(crate) signed: Signature,
    /// What was learned.
    pub(crate) lessons: Vec<String>,
    /// The draft of the lessons in the knowledge base, where one is asked for.
    pub(crate) article: Option<Article>,
}

/// A draft in the knowledge base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Article {
    /// The article, once it is there.
    pub(crate) id: Option<Uuid>,
    /// How often it was tried to make it.
    pub(crate) tries: u32,
    /// When to try, unless it is there.
    pub(crate) next_try: DateTime<Utc>,
}

impl Plan {
    /// Accepts the work, every step of which is done.
    ///
    /// # Errors
    /// [`PlanError::State`], a caller who may not, [`PlanError::Unfinished`], [`Error::Fields`] for an article of no
    /// lessons.
    pub(crate) fn accept(
        &mut self,
        lessons: Vec<String>,
        note: &str,
        make_article: bool,
        by: By<'_>,
    ) -> Result<(), Error> {
        let next = self.next(Move::Accept)?;
        by.may_accept(self)?;
        let left: Vec<i32> = self.to_do().map(|step| step.number).collect();
        if !left.is_empty() {
            return Err(PlanError::Unfinished(left).into());
        }
        if make_article && lessons.iter().all(|lesson| lesson.trim().is_empty()) {
            let (en, zh) = ("is required for an article", "生成知识草稿时必填");
            return Err(Error::Fields(vec![Field { path: "lessons".into(), en: en.into(), zh: zh.into() }]));
        }
        let article = make_article.then_some(Article { id: None, tries: 0, next_try: by.at });
        self.ending = Some(Ending { signed: signature(note, by), lessons, article });
        self.state = next;
        Ok(())
    }

    /// Gives it up.
    ///
    /// # Errors
    /// [`PlanError::State`] or a caller who may not.
    pub(crate) fn abandon(&mut self, reason: &str, by: By<'_>) -> Result<(), Error> {
        let next = self.next(Move::Abandon)?;
        by.may_abandon(self)?;
        self.ending = Some(Ending { signed: signature(reason, by), lessons: Vec::new(), article: None });
        self.state = next;
        Ok(())
    }

    /// Returns when to try to draft the lessons; `None` where that is not asked for or done.
    pub(crate) fn article_due(&self) -> Option<DateTime<Utc>> {
        let article = self.ending.as_ref()?.article.as_ref()?;
        article.id.is_none().then_some(article.next_try)
    }

    /// Notes a try to draft the lessons: another one follows unless it succeeds. Tells whether there is one to make.
    pub(crate) fn try_article(&mut self, at: DateTime<Utc>) -> bool {
        let wanted = self.ending.as_mut().and_then(|ending| ending.article.as_mut());
        let Some(article) = wanted.filter(|article| article.id.is_none()) else { return false };
        article.next_try = at + FIRST_PAUSE * 2_i32.pow(article.tries.min(DOUBLED));
        article.tries = article.tries.saturating_add(1);
        true
    }

    /// Notes the draft of the lessons; tells whether that is news.
    pub(crate) fn drafted_article(&mut self, id: Uuid) -> bool {
        let wanted = self.ending.as_mut().and_then(|ending| ending.article.as_mut());
        let Some(article) = wanted.filter(|article| article.id.is_none()) else { return false };
        article.id = Some(id);
        true
    }
}
