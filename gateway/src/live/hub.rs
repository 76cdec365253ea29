//! Hears the bus for all streams of the process and keeps the last events in memory.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use hotline_core::bus::{Cursor, Listener, Lost, Place, Position, Ring};
use hotline_proto::events::v1::Envelope;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::kinds::Kinds;
use super::told::Told;

/// See the module.
pub(crate) struct Hub {
    kinds: Kinds,
    /// Events kept at most.
    most: usize,
    /// None before it hears.
    ring: RwLock<Option<Ring<Arc<Told>>>>,
    news: watch::Sender<()>,
    closed: CancellationToken,
}

impl Hub {
    pub(crate) fn new(kinds: Kinds, most: usize) -> Self {
        let (ring, news) = (RwLock::new(None), watch::Sender::default());
        Self { kinds, most, ring, news, closed: CancellationToken::new() }
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Ends every stream: no more is heard.
    pub(crate) fn close(&self) {
        self.closed.cancel();
    }

    pub(super) fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Returns what changes with every event, and what may be waited for.
    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Waits until it hears; false where it never will again.
    pub(super) async fn begun(&self) -> bool {
        let mut news = self.news.subscribe();
        while self.with(|_| ()).is_none() {
            if self.closed.run_until_cancelled(news.changed()).await.is_none() {
                return false;
            }
        }
        !self.closed.is_cancelled()
    }

    /// Returns the place of a stream of what comes from now on.
    pub(super) fn now(&self) -> Option<Cursor> {
        self.with(Ring::now)
    }

    /// Returns the place of a stream that has told everything up to `position`, where all after it is there.
    pub(super) fn after(&self, position: Position) -> Option<Cursor> {
        self.with(|ring| ring.after(position)).flatten()
    }

    /// Returns a stream's next event.
    ///
    /// # Errors
    /// [`Lost`]: it can't go on from there.
    pub(super) fn next(&self, cursor: &mut Cursor) -> Result<Option<Arc<Told>>, Lost> {
        let next = self.with(|ring| ring.next(cursor)).unwrap_or(Ok(None))?;
        Ok(next.map(|(_, told)| told))
    }

    fn with<T>(&self, read: impl FnOnce(&Ring<Arc<Told>>) -> T) -> Option<T> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(read)
    }

    fn change(&self, change: impl FnOnce(&mut Option<Ring<Arc<Told>>>)) {
        change(&mut self.ring.write().unwrap_or_else(PoisonError::into_inner));
        self.news.send_replace(());
    }
}

#[async_trait]
impl Listener for Hub {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    async fn began(&self, position: &Position) {
        self.change(|ring| *ring = Some(Ring::new(self.most, position.clone())));
    }

    async fn hear(&self, event: &Arc<Envelope>, place: Place) {
        let told = Arc::new(Told::new(event.clone(), &self.kinds));
        self.change(|ring| {
            if let Some(ring) = ring {
                ring.push(place, told);
            }
        });
    }

    async fn gap(&self, position: &Position) {
        tracing::warn!("live events were lost on the bus: clients are told to read anew");
        self.change(|ring| match ring {
            Some(ring) => ring.restart(position.clone()),
            None => *ring = Some(Ring::new(self.most, position.clone())),
        });
    }
}
