//! Reads every source's stream for one listener, without a group: nothing is noted in Redis of who has heard what.
//!
//! An entry that was read stays for as long as its stream does and for minutes at least; so where the last one that was
//! read is still there, nothing after it is missing.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::streams::{StreamId, StreamRangeReply, StreamReadReply};
use ::redis::{AsyncConnectionConfig, Client, Cmd, RedisError};
use hotline_proto::events::{self, v1::Envelope};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::reader::decode;
use super::receipt::parts;
use super::{Kept, run_id, stream, unavailable};
use crate::bus::feed::{Listener, Mark, Place, Position, Since, tell};
use crate::error::Error;
use crate::trouble::Trouble;

/// How long a read waits in Redis for events; also how often a lost stream is looked for while nothing happens.
const BLOCK: Duration = Duration::from_secs(2);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// Events of each source read in one go.
const BATCH: usize = 200;
/// Letters of the server's run id that name its life.
const LIFE: usize = 16;

pub(super) struct Ear<'a> {
    client: &'a Client,
    kept: Kept,
    listener: &'a dyn Listener,
    since: Since,
    /// How far the listener is; none before it began.
    position: Option<Position>,
    trouble: Trouble,
}

impl<'a> Ear<'a> {
    pub(super) fn new(client: &'a Client, kept: Kept, listener: &'a dyn Listener, since: Since) -> Self {
        let trouble = Trouble::of(format!("listener {}", listener.name()));
        Self { client, kept, listener, since, position: None, trouble }
    }

    /// Tells the listener of what happens until the stop.
    pub(super) async fn run(mut self, stop: &CancellationToken) {
        while let Some(ended) = stop.run_until_cancelled(self.listen()).await {
            if let Err(error) = ended {
                self.trouble.failed(&error);
            }
            stop.run_until_cancelled(sleep(PAUSE)).await;
        }
    }

    async fn listen(&mut self) -> Result<(), Error> {
        let mut connection = self.connect().await.map_err(unavailable)?;
        let mut position = self.begin(&mut connection).await?;
        loop {
            let entries = read(&mut connection, &position).await?;
            // Only after the read: what was lost before it shows now, and what is lost later shows next time.
            if !is_whole(&mut connection, &position).await? {
                position = self.start(&mut connection, &Since::Now).await?;
                self.listener.gap(&position).await;
                self.position = Some(position.clone());
                continue;
            }
            self.trouble.works();
            for (place, event) in entries {
                // What no relay put is no event, but it has a place.
                if !event.name.is_empty() {
                    tell(self.listener, &Arc::new(event), place).await;
                }
                position.advance(place);
                self.position = Some(position.clone());
            }
        }
    }

    /// Goes on where the listener was, or where it asked to begin; tells it of a gap where that can't be.
    async fn begin(&mut self, connection: &mut MultiplexedConnection) -> Result<Position, Error> {
        let wanted = match (&self.position, &self.since) {
            (Some(position), _) | (None, Since::After(position)) => Some(position.clone()),
            _ => None,
        };
        let life = life(connection).await?;
        if let Some(wanted) = &wanted
            && *wanted.life() == *life
            && is_whole(connection, wanted).await?
        {
            if self.position.is_none() {
                self.listener.began(wanted).await;
            }
            self.position = Some(wanted.clone());
            return Ok(wanted.clone());
        }
        let since = if wanted.is_some() { Since::Now } else { self.since.clone() };
        let start = self.start(connection, &since).await?;
        match wanted {
            Some(_) => self.listener.gap(&start).await,
            None => self.listener.began(&start).await,
        }
        self.position = Some(start.clone());
        Ok(start)
    }

    async fn start(&self, connection: &mut MultiplexedConnection, since: &Since) -> Result<Position, Error> {
        let life = life(connection).await?;
        let mut places = Vec::new();
        for &source in events::sources() {
            let known = match since {
                Since::Kept => self.kept.first(connection, source).await?,
                _ => newest(connection, source, "+").await?,
            };
            let id = match known {
                Some(id) => id,
                None => anchor(connection, source).await?,
            };
            places.push(place(source, &id));
        }
        Ok(Position::new(&life, places))
    }

    /// A connection of its own, because a read that waits in Redis would hold up every other command.
    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(BLOCK + Duration::from_secs(3)));
        self.client.get_multiplexed_async_connection_with_config(&settings).await
    }
}

/// A server that was started anew may have come back with less: that is another life.
async fn life(connection: &mut MultiplexedConnection) -> Result<String, Error> {
    let run = run_id(connection).await?;
    let known: String = run.chars().filter(char::is_ascii_alphanumeric).take(LIFE).collect();
    Ok(if known.is_empty() { "redis".to_owned() } else { known })
}

/// Tells whether the last entry that was read of each source is still there, and so everything after it.
async fn is_whole(connection: &mut MultiplexedConnection, position: &Position) -> Result<bool, Error> {
    let mut pipe = ::redis::pipe();
    for &source in events::sources() {
        // A source that this build knows and the one that gave the position did not has never been heard.
        let Some(Mark(high, low)) = position.mark(source) else { return Ok(false) };
        let id = format!("{high}-{low}");
        pipe.cmd("XRANGE").arg(stream(source)).arg(&id).arg(&id).arg("COUNT").arg(1);
    }
    let found: Vec<StreamRangeReply> = pipe.query_async(connection).await.map_err(unavailable)?;
    Ok(found.iter().all(|reply| !reply.ids.is_empty()))
}

/// Returns the id of the newest entry up to `end`.
pub(super) async fn newest(
    connection: &mut impl ::redis::aio::ConnectionLike,
    source: &str,
    end: &str,
) -> Result<Option<String>, Error> {
    let mut command = ::redis::cmd("XREVRANGE");
    command.arg(stream(source)).arg(end).arg("-").arg("COUNT").arg(1);
    let found: StreamRangeReply = command.query_async(connection).await.map_err(unavailable)?;
    Ok(found.ids.into_iter().next().map(|entry| entry.id))
}

/// Puts an entry that is no event into an empty stream, so that its loss can be seen like any other's.
async fn anchor(connection: &mut MultiplexedConnection, source: &str) -> Result<String, Error> {
    let mut command = ::redis::cmd("XADD");
    command.arg(stream(source)).arg("*").arg("anchor").arg("");
    command.query_async(connection).await.map_err(unavailable)
}

async fn read(
    connection: &mut MultiplexedConnection,
    position: &Position,
) -> Result<Vec<(Place, Envelope)>, Error> {
    let reply: Option<StreamReadReply> =
        command(position).query_async(connection).await.map_err(unavailable)?;
    let mut entries = Vec::new();
    for key in reply.into_iter().flat_map(|reply| reply.keys) {
        let Some(source) = events::sources().iter().copied().find(|source| stream(source) == key.key) else {
            continue;
        };
        entries.extend(key.ids.into_iter().map(|entry: StreamId| {
            let (id, event) = decode(entry);
            (place(source, &id), event)
        }));
    }
    Ok(entries)
}

fn command(position: &Position) -> Cmd {
    let mut command = ::redis::cmd("XREAD");
    command.arg("COUNT").arg(BATCH).arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX));
    command.arg("STREAMS");
    for source in events::sources() {
        command.arg(stream(source));
    }
    for source in events::sources() {
        let Mark(high, low) = position.mark(source).unwrap_or_default();
        command.arg(format!("{high}-{low}"));
    }
    command
}

fn place(source: &'static str, id: &str) -> Place {
    let (high, low) = parts(id);
    Place { source, mark: Mark(high, low) }
}
