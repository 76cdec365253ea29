//! The search index of this replica, kept as the database says. A room of its own because it is neither a rule nor a
//! query: it is how a copy in memory follows the truth.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::error::{Error, chain};
use hotline_core::trouble::Trouble;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::Config;
use crate::domain::Version;
use crate::search::{Change, Document, Hit, Index, Query};
use crate::store;

/// Articles read and indexed in one go.
const BATCH: usize = 200;

/// The index and what it follows.
pub(crate) struct LiveIndex {
    db: Db,
    clock: Clock,
    overlap: TimeDelta,
    index: Arc<Index>,
    /// Held from reading the database to changing the index, so that the index never goes back to an earlier reading.
    turn: Mutex<()>,
}

impl LiveIndex {
    /// Returns an empty index; [`Self::reconcile`] fills it.
    ///
    /// # Errors
    /// [`Error::Internal`] when the index can't be made.
    pub(crate) fn new(db: Db, clock: Clock, overlap: TimeDelta) -> Result<Self, Error> {
        let index = Index::new().map_err(internal)?;
        Ok(Self { db, clock, overlap, index: Arc::new(index), turn: Mutex::default() })
    }

    /// Searches, and tells how long that took.
    ///
    /// # Errors
    /// [`Error::Internal`] when the index can't be read.
    pub(crate) async fn search(&self, query: Query) -> Result<(Vec<Hit>, Duration), Error> {
        let index = self.index.clone();
        let search = move || {
            let started = Instant::now();
            let hits = index.search(&query)?;
            Ok((hits, started.elapsed()))
        };
        let found: Result<_, crate::search::Error> = spawn_blocking(search).await.map_err(internal)?;
        found.map_err(internal)
    }

    /// Makes the index hold these articles as the database does.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] when the index can't be written. What came before stays.
    pub(crate) async fn refresh(&self, ids: &[Uuid]) -> Result<(), Error> {
        for ids in ids.chunks(BATCH) {
            let _turn = self.turn.lock().await;
            let published = store::published(self.db.reader(), ids).await?;
            let gone = ids.iter().filter(|id| published.iter().all(|version| version.article_id != **id));
            let mut changes: Vec<Change> = gone.copied().map(Change::Remove).collect();
            changes.extend(published.into_iter().map(|version| Change::Put(Box::new(document(version)))));
            let index = self.index.clone();
            let applied = spawn_blocking(move || index.apply(&changes)).await.map_err(internal)?;
            applied.map_err(internal)?;
        }
        Ok(())
    }

    /// Returns what a command does once it has been committed, so that its caller finds what it published.
    pub(crate) fn after_commit(self: &Arc<Self>, id: Uuid) -> impl Future<Output = ()> + Send + 'static {
        let index = self.clone();
        async move {
            if let Err(error) = index.refresh(&[id]).await {
                // The command itself succeeded; the next look finds the article again.
                tracing::warn!(article = %id, error = %chain(&error), "a published change is not searchable yet");
            }
        }
    }

    /// Takes in what has changed since the look before, which began at `since`; returns when this one began. A change
    /// can be committed later than its time says, so that a look reaches back further than that.
    ///
    /// # Errors
    /// As [`Self::refresh`]; then the next look has to begin at `since` again.
    pub(crate) async fn poll(&self, since: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
        let started = self.clock.now();
        let changed = store::published_since(self.db.reader(), since - self.overlap).await?;
        if !changed.is_empty() {
            self.refresh(&self.differing(&changed)).await?;
        }
        Ok(started)
    }

    /// Compares the whole index with the database and puts right what differs.
    ///
    /// # Errors
    /// As [`Self::refresh`].
    pub(crate) async fn reconcile(&self) -> Result<(), Error> {
        let mut all = store::all_published(self.db.reader()).await?;
        let known: HashSet<Uuid> = all.iter().map(|(id, _)| *id).collect();
        let gone = self.index.versions().into_keys().filter(|id| !known.contains(id));
        all.extend(gone.map(|id| (id, 0)));
        self.refresh(&self.differing(&all)).await
    }

    /// Follows the database until `stop`; `since` is when the index was filled.
    pub(crate) async fn follow(
        self: Arc<Self>,
        mut since: DateTime<Utc>,
        config: Config,
        stop: CancellationToken,
    ) {
        let (mut poll, mut reconcile) = (interval(config.index_poll()), interval(config.index_reconcile()));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        reconcile.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // An interval ticks at once, and the index has just been filled.
        reconcile.reset();
        let trouble = Trouble::of("search index");
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                _ = poll.tick() => self.poll(since).await.map(|started| since = started),
                _ = reconcile.tick() => self.reconcile().await,
            };
            match outcome {
                Ok(()) => trouble.works(),
                Err(error) => trouble.failed(&error),
            }
        }
    }

    /// Tells whether nothing is in the index.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.index.versions().is_empty()
    }

    /// Returns the articles of which the index holds another version than given; 0 is none.
    fn differing(&self, articles: &[(Uuid, i32)]) -> Vec<Uuid> {
        let held = self.index.versions();
        let differs =
            |(id, version): &&(Uuid, i32)| held.get(id).copied().unwrap_or(0) != i64::from(*version);
        articles.iter().filter(differs).map(|(id, _)| *id).collect()
    }
}

/// Returns what search needs of a published version. It is visible already, whatever its `valid_from` was.
fn document(version: Version) -> Document {
    let content = version.content;
    Document {
        id: version.article_id,
        version: version.number.into(),
        kind: content.kind.as_str_name().to_owned(),
        category_code: content.category_code,
        project: content.project,
        title: content.title,
        questions: content.questions,
        body: content.body,
        valid_from: None,
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(error.into())
}
