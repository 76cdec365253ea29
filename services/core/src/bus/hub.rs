//! The last of what happened, in memory, for streams that go each at its client's pace: a process hears the bus once, no
//! event waits for a client, and none is kept for one.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::feed::{Place, Position};
use super::ring::{Cursor, Lost, Ring};

/// See the module. `T` is what a stream tells of an event.
#[derive(Debug)]
pub struct Hub<T> {
    /// Events kept at most.
    most: usize,
    /// None before it hears.
    ring: RwLock<Option<Ring<Arc<T>>>>,
    news: watch::Sender<()>,
    closed: CancellationToken,
}

impl<T> Hub<T> {
    /// Makes a hub that has heard nothing yet and keeps at most `most` events.
    pub fn new(most: usize) -> Self {
        let (ring, news) = (RwLock::new(None), watch::Sender::default());
        Self { most, ring, news, closed: CancellationToken::new() }
    }

    /// It hears everything after `position` from now on.
    pub fn begin(&self, position: Position) {
        self.change(|ring| *ring = Some(Ring::new(self.most, position)));
    }

    /// Something happened that streams may tell.
    pub fn tell(&self, place: Place, event: T) {
        self.change(|ring| {
            if let Some(ring) = ring {
                ring.push(place, Arc::new(event));
            }
        });
    }

    /// Something may have happened that it did not hear: every stream is told. It hears everything after `position`.
    pub fn miss(&self, position: Position) {
        self.change(|ring| match ring {
            Some(ring) => ring.restart(position),
            None => *ring = Some(Ring::new(self.most, position)),
        });
    }

    /// Ends every stream: no more is heard.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Returns what tells that it is closed.
    pub fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Returns what changes with every event, and what may be waited for.
    pub fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Waits until it hears; false where it never will again.
    pub async fn begun(&self) -> bool {
        let mut news = self.news.subscribe();
        while self.with(|_| ()).is_none() {
            if self.closed.run_until_cancelled(news.changed()).await.is_none() {
                return false;
            }
        }
        !self.closed.is_cancelled()
    }

    /// Returns the place of a stream of what comes from now on; none before it hears.
    pub fn now(&self) -> Option<Cursor> {
        self.with(Ring::now)
    }

    /// Returns the place of a stream that has told everything up to `position`, where all after it is there.
    pub fn after(&self, position: Position) -> Option<Cursor> {
        self.with(|ring| ring.after(position)).flatten()
    }

    /// Returns a stream's next event, where it has come already.
    ///
    /// # Errors
    /// [`Lost`]: it can't go on from there.
    pub fn next(&self, cursor: &mut Cursor) -> Result<Option<Arc<T>>, Lost> {
        let next = self.with(|ring| ring.next(cursor)).unwrap_or(Ok(None))?;
        Ok(next.map(|(_, told)| told))
    }

    fn with<A>(&self, read: impl FnOnce(&Ring<Arc<T>>) -> A) -> Option<A> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(read)
    }

    fn change(&self, change: impl FnOnce(&mut Option<Ring<Arc<T>>>)) {
        change(&mut self.ring.write().unwrap_or_else(PoisonError::into_inner));
        self.news.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Hub;
    use crate::bus::{Lost, Mark, Place, Position};

    fn place(number: u64) -> Place {
        Place { source: "tickets", mark: Mark(number, 0) }
    }

    #[tokio::test]
    async fn streams_hear_what_comes_after_them_and_are_told_what_they_missed() {
        let hub = Arc::new(Hub::new(2));
        assert!(hub.now().is_none());
        let waits = tokio::spawn({
            let hub = hub.clone();
            async move { hub.begun().await }
        });
        hub.begin(Position::new("a", [place(1)]));
        assert!(waits.await.expect("no panic"));
        let (mut quick, mut slow) = (hub.now().expect("it hears"), hub.now().expect("it hears"));
        for number in 2..=3 {
            hub.tell(place(number), number);
            assert_eq!(hub.next(&mut quick), Ok(Some(Arc::new(number))));
        }
        hub.tell(place(4), 4);
        assert_eq!(hub.next(&mut slow), Err(Lost::Behind));
        hub.miss(Position::new("b", []));
        assert_eq!(hub.next(&mut quick), Err(Lost::Gap));
    }

    #[tokio::test]
    async fn a_closed_hub_is_not_waited_for() {
        let hub = Hub::<u8>::new(1);
        hub.close();
        assert!(!hub.begun().await && hub.closed().is_cancelled());
    }
}
