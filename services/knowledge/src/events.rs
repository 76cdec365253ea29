//! What the service tells others, and what happens when an approved version's time has come.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::outbox;
use hotline_proto::events::v1::ArticlePublished;
use uuid::Uuid;

use crate::domain::{Article, Sight};
use crate::live_index::LiveIndex;
use crate::store;

/// The deadline of a version that was approved for a later time. Its subject names the version: a later one may be
/// approved for a later time still while it waits.
const GO_LIVE: &str = "article.go_live";

/// Does what follows from an approval: agents see the version and others are told, now or when its time has come.
///
/// # Errors
/// [`Error::Database`].
pub(crate) fn approved(
    tx: &Tx,
    article: &Article,
    sight: Sight,
    now: DateTime<Utc>,
    index: &Arc<LiveIndex>,
) -> Result<(), Error> {
    match sight {
        Sight::Now => published(tx, article.id, article.version, &article.content.category_code, now, index),
        Sight::From(at) => {
            deadlines::set(tx, GO_LIVE, &subject(article.id, article.version), at, "");
            Ok(())
        }
    }
}

fn published(
    tx: &Tx,
    id: Uuid,
    version: i32,
    category_code: &str,
    occurred_at: DateTime<Utc>,
    index: &Arc<LiveIndex>,
) -> Result<(), Error> {
    let event =
        ArticlePublished { article_id: id.to_string(), version, category_code: category_code.to_owned() };
    outbox::put(tx, id, occurred_at, &event)?;
    tx.after_commit(index.after_commit(id));
    Ok(())
}

/// Shows agents the versions whose time has come.
pub(crate) struct GoLive {
    clock: Clock,
    index: Arc<LiveIndex>,
}

impl GoLive {
    pub(crate) fn new(clock: Clock, index: Arc<LiveIndex>) -> Self {
        Self { clock, index }
    }
}

#[async_trait]
impl Alarm for GoLive {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let (id, number) = read_subject(&deadline.subject)?;
        let mut article = store::locked(tx, id).await?;
        if !article.go_live(number, self.clock.now()) {
            return Ok(());
        }
        store::update(tx, &article).await?;
        let version = store::version(tx, id, number).await?;
        let category = version.map(|version| version.content.category_code).unwrap_or_default();
        published(tx, id, number, &category, deadline.due_at, &self.index)
    }
}

fn subject(id: Uuid, version: i32) -> String {
    format!("{id}/{version}")
}

fn read_subject(subject: &str) -> Result<(Uuid, i32), Error> {
    let unreadable =
        || Error::Field {
            field: "subject", en: "names no version of an article", zh: "不是文章的版本"
        };
    let (id, version) = subject.split_once('/').ok_or_else(unreadable)?;
    Ok((id.parse().map_err(|_| unreadable())?, version.parse().map_err(|_| unreadable())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_names_its_version() {
        let id = Uuid::from_u128(7);
        assert_eq!(read_subject(&subject(id, 3)).expect("reads"), (id, 3));
        assert!(read_subject("3").is_err() && read_subject("x/3").is_err());
    }
}
