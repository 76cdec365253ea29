//! One client's stream: text, made when the client takes it.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream as Chunks};
use hotline_core::bus::{Cursor, Lost};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::hub::Hub;
use super::measures;
use super::seats::Seat;
use super::told::View;

/// Milliseconds after which a client whose stream broke comes again.
const RETRY: u64 = 2000;
/// How long a stream rests after a look. A lone event goes at once; of many, those that come meanwhile share a chunk, so
/// that a busy hour does not wake every stream for each.
const PACE: Duration = Duration::from_millis(20);
/// Events looked at for one chunk at most.
const LOOK: usize = 64;
/// Bytes after which a chunk is full.
const FULL: usize = 64 * 1024;

/// What a stream begins with.
pub(super) struct Opening {
    pub(super) hub: Arc<Hub>,
    pub(super) cursor: Cursor,
    /// What the client asked to go on from is gone.
    pub(super) reset: bool,
    pub(super) view: View,
    /// When the caller's token ends.
    pub(super) ends: Option<Instant>,
    pub(super) heartbeat: Duration,
    #[expect(dead_code, reason = "it is free again when the stream ends")]
    pub(super) seat: Seat,
}

/// A stream.
pub(super) struct Stream {
    opening: Opening,
    news: watch::Receiver<()>,
    /// When the client is told that the stream lives, where nothing else is told before.
    beat: Instant,
    /// When it looked for events last.
    looked: Instant,
    begun: bool,
    ended: bool,
}

/// Why a stream's client is told something else than an event.
#[derive(Clone, Copy)]
enum Notice {
    /// Events are missing: the client reads anew what it shows.
    Reset,
    /// It was too slow.
    Slow,
    /// Its token has ended.
    Expired,
    /// The gateway stops.
    Stopping,
}

impl Stream {
    pub(super) fn new(opening: Opening) -> Self {
        let (news, looked) = (opening.hub.news(), Instant::now());
        Self { beat: looked + opening.heartbeat, opening, news, looked, begun: false, ended: false }
    }

    /// Returns the stream's text in pieces, each made when the one before was taken.
    pub(super) fn chunks(self) -> impl Chunks<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, async |mut stream| {
            let chunk = stream.next().await?;
            stream.beat = Instant::now() + stream.opening.heartbeat;
            Some((Ok(Bytes::from(chunk)), stream))
        })
    }

    async fn next(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        if !std::mem::replace(&mut self.begun, true) {
            return Some(self.beginning());
        }
        loop {
            if let Some(notice) = self.is_over() {
                return Some(self.end(notice));
            }
            // Before the look, so that what comes after it is news.
            self.news.borrow_and_update();
            match self.events() {
                Ok((text, _)) if !text.is_empty() => return Some(text),
                // Much came that is not for this client; there may be more.
                Ok((_, LOOK)) => tokio::task::yield_now().await,
                Ok(_) => {
                    if self.wait().await {
                        return Some(self.heartbeat());
                    }
                }
                Err(Lost::Behind) => return Some(self.end(Notice::Slow)),
                Err(Lost::Gap) => return Some(self.reset()),
            }
        }
    }

    fn is_over(&self) -> Option<Notice> {
        if self.opening.hub.closed().is_cancelled() {
            return Some(Notice::Stopping);
        }
        self.opening.ends.is_some_and(|ends| ends <= Instant::now()).then_some(Notice::Expired)
    }

    /// Waits for news, the end, or the time of the next heartbeat; tells whether it is that.
    async fn wait(&mut self) -> bool {
        let ends = self.opening.ends;
        tokio::select! {
            biased;
            () = self.opening.hub.closed().cancelled() => false,
            () = sleep_until(ends.unwrap_or(self.beat)), if ends.is_some() => false,
            // The hub lives as long as this does.
            _ = self.news.changed() => {
                sleep_until(self.looked + PACE).await;
                false
            }
            () = sleep_until(self.beat) => true,
        }
    }

    /// Returns the text of the next events that are for this client, and how many were looked at.
    fn events(&mut self) -> Result<(String, usize), Lost> {
        self.looked = Instant::now();
        let Opening { hub, cursor, view, .. } = &mut self.opening;
        let (mut text, mut looked, mut count) = (String::new(), 0, 0);
        while looked < LOOK && text.len() < FULL {
            // What is written already is told first; the loss is found again.
            let next = match hub.next(cursor) {
                Err(_) if !text.is_empty() => break,
                next => next?,
            };
            let Some(told) = next else { break };
            looked += 1;
            if let Some((kind, json)) = told.to(view) {
                count += 1;
                // A `String` takes whatever is written.
                let _ = write!(text, "id: {}\nevent: {kind}\ndata: {json}\n\n", cursor.position());
            }
        }
        measures::told(count);
        Ok((text, looked))
    }

    fn beginning(&mut self) -> String {
        let opened = format!("retry: {RETRY}\n{}", self.heartbeat());
        match self.opening.reset {
            true => opened + &self.notice(Notice::Reset),
            false => opened,
        }
    }

    /// A comment keeps proxies and the client from giving up; the id goes on with what was not for this client, so that
    /// it can resume from there.
    fn heartbeat(&self) -> String {
        format!(": heartbeat\nid: {}\n\n", self.opening.cursor.position())
    }

    fn reset(&mut self) -> String {
        match self.opening.hub.now() {
            Some(cursor) => self.opening.cursor = cursor,
            None => self.ended = true,
        }
        self.notice(Notice::Reset)
    }

    fn end(&mut self, notice: Notice) -> String {
        self.ended = true;
        self.notice(notice)
    }

    fn notice(&self, notice: Notice) -> String {
        let (name, means) = match notice {
            Notice::Reset => ("reset", "events are missing: read anew what you show"),
            Notice::Slow => ("slow", "you took the events too slowly: come again"),
            Notice::Expired => ("expired", "your token has ended: come again with a new one"),
            Notice::Stopping => ("stopping", "the gateway stops: come again"),
        };
        measures::notice(name);
        let data = json!({"means": means});
        format!("id: {}\nevent: {name}\ndata: {data}\n\n", self.opening.cursor.position())
    }
}

#[cfg(test)]
mod tests;
