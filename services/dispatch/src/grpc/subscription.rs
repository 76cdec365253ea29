//! One caller's stream of a team's queue (D3): each message is made when the caller takes it, so that a slow one costs no
//! memory.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream::{self, StreamExt};
use hotline_core::bus::{Cursor, Hub, Lost, Position};
use hotline_core::caller::{self, Caller};
use hotline_core::error::{Error as Core, caught};
use hotline_core::page::Key;
use hotline_core::seats::Seat;
use hotline_proto::dispatch::v1::{Assignment, QueueFlow, QueueUpdate, QueueUpdateKind, SubscribeRequest};
use hotline_proto::locale::Locale;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::Status;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::queues::{known_team, not_yours};
use super::shown;
use crate::domain::state::{OPEN, State};
use crate::error::Error;
use crate::store::{assignments, teams};
use crate::work::Work;
use crate::work::feed::{About, Change};

/// How long an opening stream waits for a process that has just started to hear the bus.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a stream rests after a look. A lone change goes at once; of many, those that come meanwhile are read together.
const PACE: Duration = Duration::from_millis(20);
/// Changes looked at in one go at most.
const LOOK: usize = 64;
/// Open work read in one go.
const PAGE: u64 = 200;

/// The messages of a stream.
pub(crate) type Updates = Pin<Box<dyn Stream<Item = Result<QueueUpdate, Status>> + Send>>;

/// Opens a stream.
///
/// # Errors
/// [`Core::NotFound`], [`Core::Forbidden`] for another team's queue; [`Error::NoSeat`] where too many are open;
/// [`Error::NoFeed`] while the process does not hear what happens.
pub(super) async fn open(work: &Work, request: SubscribeRequest) -> Result<Updates, Error> {
    let caller = caller::required()?;
    let team_key = known_team(work, &request.team_key).await?.key;
    if !work.is_in_sight(&caller, &team_key).await? {
        return Err(not_yours());
    }
    let seat = work.feed.seat(&caller.subject)?;
    if !timeout(PATIENCE, work.feed.begun()).await.unwrap_or(false) {
        return Err(Error::NoFeed);
    }
    let from = resumed(work, &request.resume_token);
    let resumes = from.is_some();
    let cursor = from.or_else(|| work.feed.now()).ok_or(Error::NoFeed)?;
    let mut subscription = Subscription::new(work.clone(), (caller, team_key), cursor, seat);
    if resumes {
        subscription.say(QueueUpdateKind::Alive);
    } else {
        subscription.restart(None).await?;
    }
    Ok(subscription.updates())
}

/// Returns where a stream goes on; none for a token that is none, or too old.
fn resumed(work: &Work, token: &str) -> Option<Cursor> {
    if token.is_empty() {
        return None;
    }
    work.feed.after(token.parse::<Position>().ok()?)
}

struct Subscription {
    work: Work,
    caller: Caller,
    team_key: String,
    changes: Arc<Hub<Change>>,
    cursor: Cursor,
    news: watch::Receiver<()>,
    /// Open work that is not told yet; none once all is.
    unread: Option<Unread>,
    /// What is to be told next.
    ready: VecDeque<QueueUpdate>,
    /// When it looked for changes last.
    looked: Instant,
    /// When the caller is told that the stream lives, where nothing else is told before.
    beat: Instant,
    /// When to ask next whether the caller may still see the queue.
    ask: Instant,
    ends: Instant,
    ended: bool,
    #[expect(dead_code, reason = "it is free again when the stream ends")]
    seat: Seat,
}

/// Open work that is not told yet: of this state after this key, and of the states behind it.
struct Unread {
    states: &'static [State],
    after: Option<Key>,
}

impl Subscription {
    fn new(work: Work, (caller, team_key): (Caller, String), cursor: Cursor, seat: Seat) -> Self {
        let (now, times) = (Instant::now(), work.config.streams);
        let changes = work.feed.changes();
        Self {
            caller,
            team_key,
            cursor,
            news: changes.news(),
            changes,
            unread: None,
            ready: VecDeque::new(),
            looked: now,
            beat: now + times.heartbeat(),
            ask: now + times.heartbeat(),
            ends: now + times.longest(),
            ended: false,
            seat,
            work,
        }
    }

    /// Returns the messages, made in the name, the language and the trace of the call, which has ended by then.
    fn updates(self) -> Updates {
        let (locale, span) = (Locale::current(), Span::current());
        let updates = stream::unfold(self, move |mut subscription| {
            let caller = subscription.caller.clone();
            let step = async move {
                let next = caller.scope(caught(subscription.next())).await;
                subscription.beat = Instant::now() + subscription.work.config.streams.heartbeat();
                let next = next.map_err(Status::from).transpose()?;
                subscription.ended |= next.is_err();
                Some((next, subscription))
            };
            locale.scope(step.instrument(span.clone()))
        });
        updates.boxed()
    }

    async fn next(&mut self) -> Result<Option<QueueUpdate>, Core> {
        loop {
            if let Some(update) = self.ready.pop_front() {
                return Ok(Some(update));
            }
            if self.ended {
                return Ok(None);
            }
            if self.changes.closed().is_cancelled() || self.ends <= Instant::now() {
                self.ended = true;
                self.say(QueueUpdateKind::Ended);
            } else if self.ask <= Instant::now() {
                self.check_access().await?;
            } else if let Some(unread) = self.unread.take() {
                self.read(unread).await?;
            } else {
                self.look().await?;
            }
        }
    }

    async fn check_access(&mut self) -> Result<(), Core> {
        if !self.work.is_in_sight(&self.caller, &self.team_key).await? {
            return Err(Core::Forbidden("the queue is no longer yours to see", "您已无权查看该队列"));
        }
        self.ask = Instant::now() + self.work.config.streams.heartbeat();
        Ok(())
    }

    /// Begins anew with all open work, from here on.
    async fn restart(&mut self, cursor: Option<Cursor>) -> Result<(), Core> {
        if let Some(cursor) = cursor {
            self.cursor = cursor;
        }
        let flow = self.flow().await?;
        self.unread = Some(Unread { states: &OPEN, after: None });
        let reset = QueueUpdate { flow: flow.into(), ..update(QueueUpdateKind::Reset) };
        self.ready.push_back(reset);
        Ok(())
    }

    async fn flow(&self) -> Result<QueueFlow, Core> {
        Ok(teams::flow(self.work.db.reader(), &self.team_key).await?.into())
    }

    /// Reads the next of the open work. What changes meanwhile is told as a change.
    async fn read(&mut self, unread: Unread) -> Result<(), Core> {
        let Unread { states, after } = unread;
        let Some((state, later)) = states.split_first() else {
            self.say(QueueUpdateKind::Ready);
            return Ok(());
        };
        let reader = self.work.db.reader();
        let found = assignments::after(reader, (&self.team_key, *state), after, PAGE).await?;
        let last = found.last().map(|work| Key { at: work.queued_at, id: work.id });
        self.unread = Some(match last.filter(|_| found.len() as u64 == PAGE) {
            Some(last) => Unread { states, after: Some(last) },
            None => Unread { states: later, after: None },
        });
        let shown = shown::all(&self.work, found).await.map_err(core)?;
        let open = |assignment| QueueUpdate { assignment: Some(assignment), ..update(QueueUpdateKind::Open) };
        self.ready.extend(shown.into_iter().map(open));
        Ok(())
    }

    /// Looks for changes, and waits where there are none.
    async fn look(&mut self) -> Result<(), Core> {
        // Before the look, so that what comes after it is news.
        self.news.borrow_and_update();
        self.looked = Instant::now();
        let (mut told, mut looked) = (Vec::new(), 0);
        while looked < LOOK {
            match self.changes.next(&mut self.cursor) {
                Ok(None) => break,
                Ok(Some(change)) => {
                    looked += 1;
                    if change.team_key == self.team_key {
                        told.push((change, self.cursor.position().to_string()));
                    }
                }
                // What was found is told first; the loss is found again.
                Err(_) if !told.is_empty() => break,
                Err(Lost::Gap | Lost::Behind) => return self.restart(self.changes.now()).await,
            }
        }
        if !told.is_empty() {
            return self.tell(told).await;
        }
        if looked == LOOK {
            tokio::task::yield_now().await;
        } else {
            self.wait().await;
        }
        Ok(())
    }

    /// Waits for news, the end, or the next heartbeat.
    async fn wait(&mut self) {
        let heartbeat = tokio::select! {
            biased;
            () = self.changes.closed().cancelled() => false,
            () = sleep_until(self.ends) => false,
            // The hub lives as long as this does.
            _ = self.news.changed() => {
                sleep_until(self.looked + PACE).await;
                false
            }
            () = sleep_until(self.beat) => true,
        };
        if heartbeat {
            self.say(QueueUpdateKind::Alive);
        }
    }

    /// Tells changes, with their assignments as they are now.
    async fn tell(&mut self, told: Vec<(Arc<Change>, String)>) -> Result<(), Core> {
        let ids: Vec<Uuid> = told.iter().filter_map(|(change, _)| work_of(change)).collect();
        let found = assignments::among(self.work.db.reader(), &ids).await?;
        let shown = shown::all(&self.work, found.into_values().collect()).await.map_err(core)?;
        let shown: HashMap<String, Assignment> =
            shown.into_iter().map(|assignment| (assignment.id.clone(), assignment)).collect();
        for (change, resume_token) in told {
            let mut update = QueueUpdate {
                event_type: change.event_type.clone(),
                event_id: change.event_id.clone(),
                occurred_at: change.occurred_at,
                resume_token,
                ..update(QueueUpdateKind::Changed)
            };
            match change.about {
                About::Work(id) => update.assignment = shown.get(&id.to_string()).cloned(),
                About::Flow => {
                    update.set_kind(QueueUpdateKind::Flow);
                    update.set_flow(self.flow().await?);
                }
            }
            self.ready.push_back(update);
        }
        Ok(())
    }

    /// Says something that is no change, and where to go on; while open work is told nowhere.
    fn say(&mut self, kind: QueueUpdateKind) {
        let resume_token =
            if self.unread.is_some() { String::new() } else { self.cursor.position().to_string() };
        self.ready.push_back(QueueUpdate { resume_token, ..update(kind) });
    }
}

fn work_of(change: &Change) -> Option<Uuid> {
    match change.about {
        About::Work(id) => Some(id),
        About::Flow => None,
    }
}

fn update(kind: QueueUpdateKind) -> QueueUpdate {
    QueueUpdate { kind: kind.into(), ..QueueUpdate::default() }
}

fn core(error: Error) -> Core {
    match error {
        Error::Core(error) => error,
        other => Core::Upstream(other.into()),
    }
}
