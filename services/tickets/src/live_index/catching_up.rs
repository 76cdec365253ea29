//! How an index gets to where the database is: filled, looked after, compared.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline_core::clock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::lately::Lately;
use super::{Following, LiveIndex, Open, SHORT_LOOK, off_thread};
use crate::error::Error;
use crate::search::{Document, Home, Index, Mark};

/// Tickets that are read and indexed in one go.
const BATCH: usize = 500;
/// Tickets between two commits while an index is filled; what was committed survives a stop.
const FILLED: usize = 20_000;
/// Versions that are compared in one go.
const COMPARED: u64 = 5_000;

/// An index on its way through the whole database, to be compared with it.
pub(super) struct Check {
    /// What the index held when it was opened and has not been met yet.
    held: HashMap<Uuid, i64>,
    /// The lowest id that was met.
    below: Uuid,
}

impl LiveIndex {
    /// Opens the index and brings it to where the database is; `None` where it was stopped before.
    pub(super) async fn begin(
        &self,
        home: &Arc<Home>,
        stop: &CancellationToken,
    ) -> Result<Option<Following>, Error> {
        let place = home.clone();
        let (index, mark) = off_thread(move || place.open()).await?;
        // What was put into an index that failed may never have been committed.
        *self.lately() = Lately::default();
        let kept = mark.is_some();
        let mark = mark.unwrap_or_else(|| Mark::new(clock::wall()));
        let index = Arc::new(index);
        let mut following = Following { index: index.clone(), mark, committed: Instant::now(), check: None };
        self.show(Some(Open { index: index.clone(), whole: false }));
        if following.mark.below.is_some() {
            self.fill(&mut following, stop).await?;
        }
        if stop.is_cancelled() {
            return Ok(None);
        }
        let news = self.waiting().news;
        self.reconcile(&mut following).await?;
        self.searches_see(news);
        self.show(Some(Open { index: index.clone(), whole: true }));
        if kept {
            let held = off_thread(move || index.versions()).await?;
            following.check = Some(Check { held, below: Uuid::max() });
        }
        Ok(Some(following))
    }

    /// Fills the index, newest tickets first, so that those that are asked for most are found first. Stopped, it goes on
    /// from there when it is opened again.
    async fn fill(&self, following: &mut Following, stop: &CancellationToken) -> Result<(), Error> {
        let index = following.index.clone();
        off_thread(move || index.expect_many(true)).await?;
        let (begun, mut filled) = (Instant::now(), 0);
        while let Some(below) = following.mark.below.filter(|_| !stop.is_cancelled()) {
            let documents = self.store.documents_below(below, BATCH as u64).await?;
            following.mark.below = documents.last().map(|document| document.id);
            let before = filled / FILLED;
            filled += documents.len();
            put(&following.index, documents, Vec::new()).await?;
            if filled / FILLED > before || following.mark.below.is_none() {
                following.commit().await?;
            }
        }
        let index = following.index.clone();
        off_thread(move || index.expect_many(false)).await?;
        tracing::info!(tickets = filled, seconds = begun.elapsed().as_secs(), "the search index is filled");
        Ok(())
    }

    /// Indexes what others have changed since the look before, and a while before that. What a look has met already is not
    /// asked for again.
    pub(super) async fn look(&self, following: &mut Following) -> Result<(), Error> {
        let (now, since) = (clock::wall(), following.mark.looked_at - SHORT_LOOK);
        let Some(entries) = self.store.entries_since(since).await? else {
            return self.reconcile(following).await;
        };
        following.mark.looked_at = now;
        let tickets: Vec<Uuid> = self.lately().meet(&entries).into_iter().collect();
        if tickets.is_empty() {
            return Ok(());
        }
        let changed = self.store.versions(&tickets).await?;
        self.follow_changed(following, changed).await
    }

    /// The same with a longer look, for what was committed much later than its id says or changed under a look.
    pub(super) async fn reconcile(&self, following: &mut Following) -> Result<(), Error> {
        let (now, since) = (clock::wall(), following.mark.looked_at - self.overlap());
        let changed = self.store.versions_since(since).await?;
        following.mark.looked_at = now;
        self.follow_changed(following, changed).await?;
        let for_long = self.overlap().to_std().unwrap_or_default();
        let for_long = for_long + Duration::from_secs(self.config.reconcile_seconds);
        self.lately().forget(for_long, now - SHORT_LOOK - SHORT_LOOK);
        Ok(())
    }

    /// Indexes those of the tickets that the index holds in another version.
    async fn follow_changed(
        &self,
        following: &mut Following,
        mut changed: Vec<(Uuid, i64)>,
    ) -> Result<(), Error> {
        {
            let lately = self.lately();
            changed.retain(|(id, version)| !lately.has(*id, *version));
        }
        let (index, ids) = (following.index.clone(), changed.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        let held = off_thread(move || index.versions_of(&ids)).await?;
        let differ = changed.into_iter().filter(|(id, version)| held.get(id) != Some(version));
        let differ: Vec<Uuid> = differ.map(|(id, _)| id).collect();
        self.put_and_commit(following, &differ).await
    }

    /// Compares some of the index with the database, and at the end takes out what the database does not know.
    pub(super) async fn check(&self, following: &mut Following) -> Result<(), Error> {
        let Some(Check { mut held, below }) = following.check.take() else { return Ok(()) };
        let page = self.store.versions_below(below, COMPARED).await?;
        let last = page.last().map(|(id, _)| *id);
        let differ = page.into_iter().filter(|(id, version)| held.remove(id) != Some(*version));
        let mut differ: Vec<Uuid> = differ.map(|(id, _)| id).collect();
        match last {
            Some(below) => following.check = Some(Check { held, below }),
            None => differ.extend(held.into_keys()),
        }
        if !differ.is_empty() {
            tracing::info!(tickets = differ.len(), "the search index differed from the database");
        }
        self.put_and_commit(following, &differ).await
    }

    /// Makes the index hold these tickets as the database does, once it is committed.
    pub(super) async fn put(&self, index: &Arc<Index>, ids: &[Uuid]) -> Result<(), Error> {
        for ids in ids.chunks(BATCH) {
            let documents = self.store.documents(ids).await?;
            let is_gone = |id: &&Uuid| documents.iter().all(|document| document.id != **id);
            let gone = if documents.len() == ids.len() {
                Vec::new()
            } else {
                ids.iter().filter(is_gone).copied().collect()
            };
            let versions: Vec<_> = documents.iter().map(|document| (document.id, document.version)).collect();
            put(index, documents, gone).await?;
            self.lately().note(versions);
        }
        Ok(())
    }

    async fn put_and_commit(&self, following: &mut Following, ids: &[Uuid]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        self.put(&following.index, ids).await?;
        following.commit().await
    }
}

async fn put(index: &Arc<Index>, documents: Vec<Document>, gone: Vec<Uuid>) -> Result<(), Error> {
    let index = index.clone();
    off_thread(move || index.put(&documents, &gone)).await
}
