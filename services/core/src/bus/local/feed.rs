//! What happened in this process lately, for its listeners.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hotline_proto::events::{self, v1::Envelope};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bus::feed::{Listener, Mark, Place, Position, Since, tell};
use crate::bus::ring::{Cursor, Ring};
use crate::id;

/// Events kept: of a busy quarter of an hour in one process.
const KEPT: usize = 4096;

/// See the module.
pub(super) struct Feed {
    last: Mutex<Last>,
    news: watch::Sender<()>,
}

struct Last {
    ring: Ring<Arc<Envelope>>,
    /// How many have come.
    count: u64,
    /// Ids of each source's last batch, which its relay puts again where a consumer could not apply it.
    batches: BTreeMap<&'static str, HashSet<String>>,
}

impl Default for Feed {
    fn default() -> Self {
        // Places are counted in memory: those of another process mean nothing here.
        let life = id::new().simple().to_string();
        let start = events::sources().iter().copied().map(|source| Place { source, mark: Mark::default() });
        let ring = Ring::new(KEPT, Position::new(&life, start));
        let last = Last { ring, count: 0, batches: BTreeMap::new() };
        Self { last: Mutex::new(last), news: watch::Sender::default() }
    }
}

impl Feed {
    /// Tells listeners of a batch; of one that is put again, only what is new.
    pub(super) fn put(&self, source: &str, batch: &[Envelope]) {
        let Some(source) = events::sources().iter().copied().find(|known| *known == source) else { return };
        let mut last = self.lock();
        let ids = batch.iter().map(|event| event.id.clone()).collect();
        let before = last.batches.insert(source, ids).unwrap_or_default();
        for event in batch.iter().filter(|event| !before.contains(&event.id)) {
            last.count += 1;
            let place = Place { source, mark: Mark(0, last.count) };
            last.ring.push(place, Arc::new(event.clone()));
        }
        drop(last);
        self.news.send_replace(());
    }

    /// Tells a listener of what happens until the stop.
    pub(super) async fn listen(&self, listener: &dyn Listener, since: Since, stop: &CancellationToken) {
        let mut news = self.news.subscribe();
        let mut cursor = self.begin(listener, since).await;
        while !stop.is_cancelled() {
            let next = self.lock().ring.next(&mut cursor);
            match next {
                Ok(Some((place, event))) => tell(listener, &event, place).await,
                Ok(None) => {
                    // The sender lives as long as this does.
                    stop.run_until_cancelled(news.changed()).await;
                }
                Err(_) => {
                    cursor = self.lock().ring.now();
                    listener.gap(cursor.position()).await;
                }
            }
        }
    }

    async fn begin(&self, listener: &dyn Listener, since: Since) -> Cursor {
        let (found, now) = {
            let ring = &self.lock().ring;
            let found = match since {
                Since::Now => Some(ring.now()),
                Since::Kept => Some(ring.oldest()),
                Since::After(position) => ring.after(position),
            };
            (found, ring.now())
        };
        match found {
            Some(cursor) => {
                listener.began(cursor.position()).await;
                cursor
            }
            None => {
                listener.gap(now.position()).await;
                now
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
