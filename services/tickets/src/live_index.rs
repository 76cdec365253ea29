//! The search index of this replica, kept as the database says (T16). A room of its own because it is neither a rule nor
//! a query: it is how a copy follows the truth.
//!
//! It follows by three ways. What is committed in this process is told by the [`Db`](hotline_core::db::Db) before the
//! command returns, and is indexed at once or, under load, a few times a second; who changed a ticket and searches waits
//! for that. What other processes commit is looked for twice a second on the timelines, whose ids begin with the time.
//! And since a change may be committed later than its id says, a longer look follows now and then. An index that was
//! kept goes on from its last look and is compared with the database, version by version, while it already answers.

use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hotline_core::caller;
use hotline_core::db::Follower;
use hotline_core::error::Error as Core;
use hotline_core::server::Task;
use hotline_core::trouble::Trouble;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::Search;
use crate::error::Error;
use crate::search::{self, Found, Home, Index, Mark, Query};
use crate::store::Store;

mod catching_up;
mod finding;
mod lately;

use self::lately::Lately;

pub(crate) use finding::{Hit, Hits, Wanted};

/// How long a search waits for what its caller has written.
const OWN_WRITES: Duration = Duration::from_millis(200);
/// How far a short look reaches back: longer than nearly every command takes to commit.
const SHORT_LOOK: TimeDelta = TimeDelta::seconds(1);
/// How long it is before a failed index is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// The index and what it follows.
pub(crate) struct LiveIndex {
    store: Store,
    config: Search,
    open: RwLock<Option<Open>>,
    waiting: Mutex<Waiting>,
    lately: Mutex<Lately>,
    told: Notify,
    hurry: Notify,
    /// The last news that searches see.
    seen: watch::Sender<u64>,
}

/// An index that can be searched.
#[derive(Clone)]
struct Open {
    index: Arc<Index>,
    /// Every ticket is in it.
    whole: bool,
}

/// What was committed here and is not in the index yet.
#[derive(Default)]
struct Waiting {
    tickets: HashSet<Uuid>,
    /// Counts what was told.
    news: u64,
    /// The last news by each subject.
    by: HashMap<String, u64>,
}

/// An index while it is followed.
struct Following {
    index: Arc<Index>,
    mark: Mark,
    /// When it was committed last.
    committed: Instant,
    check: Option<catching_up::Check>,
}

impl Follower for LiveIndex {
    fn changed(&self, ids: &[Uuid], by: &str) {
        let mut waiting = self.waiting();
        waiting.news += 1;
        waiting.tickets.extend(ids);
        let news = waiting.news;
        waiting.by.insert(by.to_owned(), news);
        drop(waiting);
        self.told.notify_one();
    }
}

impl LiveIndex {
    /// Returns an index that is closed until its task runs, and begins to note what is committed.
    pub(crate) fn new(store: Store, config: Search) -> Arc<Self> {
        let live = Arc::new(Self {
            store,
            config,
            open: RwLock::default(),
            waiting: Mutex::default(),
            lately: Mutex::default(),
            told: Notify::new(),
            hurry: Notify::new(),
            seen: watch::Sender::new(0),
        });
        live.store.db.follow(&live);
        live
    }

    /// Returns the task that opens the index and follows the database.
    pub(crate) fn task(self: &Arc<Self>) -> Task {
        let live = self.clone();
        Box::new(move |stop| {
            Box::pin(async move {
                live.follow(&stop).await;
            })
        })
    }

    /// Searches; tells how long the index took and whether every ticket was in it.
    ///
    /// # Errors
    /// [`Error::SearchFilling`] while there is no index; [`Core::Internal`] where it can't be read.
    async fn search(&self, query: Query) -> Result<(Found, Duration, bool), Error> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Open { index, whole } = open.ok_or(Error::SearchFilling)?;
        let search = move || {
            let begun = Instant::now();
            index.search(&query).map(|found| (found, begun.elapsed()))
        };
        let (found, took) = off_thread(search).await?;
        Ok((found, took, whole))
    }

    /// Waits until the caller's own changes are in the index, though not for ever.
    async fn own_changes(&self) {
        let wanted = self.waiting().by.get(&caller::current_actor()).copied();
        if let Some(news) = wanted {
            self.hurry.notify_one();
            let mut seen = self.seen.subscribe();
            // A late answer would be worse than one that lacks the last change.
            timeout(OWN_WRITES, seen.wait_for(|seen| *seen >= news)).await.ok();
        }
    }

    /// Follows the database until `stop`. What is under way then is finished, so that whoever comes next finds the place
    /// free and the index whole.
    async fn follow(&self, stop: &CancellationToken) {
        let trouble = Trouble::of("search index");
        let home = self.home().await;
        while let Err(error) = self.follow_one(&home, &trouble, stop).await {
            trouble.failed(&Core::from(error));
            self.show(None);
            stop.run_until_cancelled(sleep(PAUSE)).await;
        }
        self.show(None);
    }

    /// Opens an index and follows the database until `stop` or until one of them fails; what was not indexed by then is
    /// looked for when it is opened again.
    async fn follow_one(
        &self,
        home: &Arc<Home>,
        trouble: &Trouble,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let Some(mut following) = self.begin(home, stop).await? else { return Ok(()) };
        let mut poll = interval(Duration::from_millis(self.config.poll_milliseconds.max(1)));
        let mut reconcile = interval(Duration::from_secs(self.config.reconcile_seconds.max(1)));
        for interval in [&mut poll, &mut reconcile] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval.reset();
        }
        loop {
            trouble.works();
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.paced_news(following.committed) => self.take_in(&mut following).await?,
                _ = poll.tick() => self.look(&mut following).await?,
                _ = reconcile.tick() => self.reconcile(&mut following).await?,
                () = ready(()), if following.check.is_some() => self.check(&mut following).await?,
            }
        }
    }

    /// Waits until something was committed here, and then until the index may be committed again or a search waits for
    /// it.
    async fn paced_news(&self, committed: Instant) {
        while self.waiting().tickets.is_empty() {
            self.told.notified().await;
        }
        let next = committed + Duration::from_millis(self.config.commit_milliseconds);
        tokio::select! {
            () = sleep_until(next.into()) => {}
            () = self.hurry.notified() => {}
        }
    }

    /// Indexes what was committed here.
    async fn take_in(&self, following: &mut Following) -> Result<(), Error> {
        let (tickets, news) = {
            let mut waiting = self.waiting();
            (std::mem::take(&mut waiting.tickets), waiting.news)
        };
        let tickets: Vec<Uuid> = tickets.into_iter().collect();
        self.put(&following.index, &tickets).await?;
        following.commit().await?;
        self.searches_see(news);
        Ok(())
    }

    /// Lets go on who waits for news up to these.
    fn searches_see(&self, news: u64) {
        self.waiting().by.retain(|_, last| *last > news);
        self.seen.send_replace(news);
    }

    async fn home(&self) -> Arc<Home> {
        let folder = self.config.folder.clone();
        let taken = match folder.as_os_str().is_empty() {
            true => Ok(Home::in_memory()),
            false => off_thread(move || Home::take(&folder)).await,
        };
        Arc::new(taken.unwrap_or_else(|error| {
            tracing::warn!(%error, "the search index is kept in memory and made anew at each start");
            Home::in_memory()
        }))
    }

    fn overlap(&self) -> TimeDelta {
        TimeDelta::seconds(self.config.overlap_seconds.into())
    }

    fn show(&self, open: Option<Open>) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = open;
    }

    fn lately(&self) -> MutexGuard<'_, Lately> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Following {
    /// Makes what was put in seen.
    async fn commit(&mut self) -> Result<(), Error> {
        let (index, mark) = (self.index.clone(), self.mark);
        off_thread(move || index.commit(&mark)).await?;
        self.committed = Instant::now();
        Ok(())
    }
}

/// Runs what computes or waits for the disk off the runtime's threads.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, search::Error> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(work).await.map_err(|error| Core::Internal(error.into()))?;
    Ok(done.map_err(|error| Core::Internal(error.into()))?)
}
