//! The bus over Redis Streams: a stream for each source, a consumer group for each consumer. Redis may lose all of it,
//! or its latest part: what is not confirmed stays in the outbox and is sent again.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use ::redis::streams::{StreamInfoGroup, StreamInfoGroupsReply, StreamPendingReply};
use ::redis::{AsyncCommands, Client, RedisError};
use async_trait::async_trait;
use futures::future::join_all;
use hotline_proto::events::{self, v1::Envelope};
use prost::Message;
use tokio_util::sync::CancellationToken;

use self::ear::{Ear, newest};
use self::kept::Kept;
use self::reader::Reader;
use self::receipt::{before, receipt};
use super::{Bus, Consumer, Delivery, Listener, Since};
use crate::error::Error;
use crate::id;

mod ear;
mod kept;
mod reader;
mod receipt;

/// See the module.
pub struct RedisBus {
    client: Client,
    commands: ConnectionManager,
    kept: Kept,
}

impl RedisBus {
    /// Prepares the connection; Redis need not be there yet.
    ///
    /// # Errors
    /// [`Error::Internal`] for an address that can't be read.
    pub fn new(url: &str) -> Result<Self, Error> {
        let client = Client::open(url).map_err(fault)?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(2)))
            .set_number_of_retries(2);
        let commands = ConnectionManager::new_lazy_with_config(client.clone(), settings).map_err(fault)?;
        Ok(Self { client, commands, kept: Kept::default() })
    }

    /// Keeps what every consumer has applied for this long and, of each source, in this number at most: for listeners
    /// who were away a moment.
    #[must_use]
    pub fn keeping(self, time: Duration, entries: u64) -> Self {
        Self { kept: Kept { time, entries }, ..self }
    }

    async fn groups(&self, source: &str) -> Result<Vec<StreamInfoGroup>, Error> {
        let reply: Result<StreamInfoGroupsReply, _> =
            self.commands.clone().xinfo_groups(stream(source)).await;
        match reply {
            Ok(reply) => Ok(reply.groups),
            // There is no stream yet, or no more.
            Err(error) if error.code() == Some("ERR") => Ok(Vec::new()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Returns the receipt of the last entry that the group has applied, as it has everything before.
    async fn applied_by(&self, source: &str, group: &StreamInfoGroup) -> Result<Option<String>, Error> {
        if group.pending == 0 {
            return Ok(Some(receipt(&group.last_delivered_id)));
        }
        let pending: StreamPendingReply =
            self.commands.clone().xpending(stream(source), &group.name).await.map_err(unavailable)?;
        Ok(match pending {
            StreamPendingReply::Data(data) => Some(before(&data.start_id)),
            StreamPendingReply::Empty => Some(receipt(&group.last_delivered_id)),
            _ => None,
        })
    }

    /// Leaves a mark in the stream itself, in the shape of a group that nobody reads: lost exactly when it is.
    async fn mark(&self, source: &str) -> Result<String, Error> {
        let mark = format!("mark-{}", id::new());
        let made: Result<(), _> =
            self.commands.clone().xgroup_create_mkstream(stream(source), &mark, "$").await;
        made.map_err(unavailable)?;
        Ok(mark)
    }
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, source: &str, batch: &[Envelope]) -> Result<Delivery, Error> {
        let mut pipe = ::redis::pipe();
        for event in batch {
            pipe.xadd(stream(source), "*", &[("event", event.encode_to_vec())]);
        }
        let ids: Vec<String> = pipe.query_async(&mut self.commands.clone()).await.map_err(unavailable)?;
        Ok(Delivery::Sent(ids.iter().map(|id| receipt(id)).collect()))
    }

    async fn applied_through(&self, source: &str) -> Result<Option<String>, Error> {
        let groups = self.groups(source).await?;
        let mut lowest: Option<String> = None;
        for consumer in events::consumers_of(source) {
            let Some(group) = groups.iter().find(|group| group.name == consumer) else {
                return Ok(None);
            };
            let Some(applied) = self.applied_by(source, group).await? else {
                return Ok(None);
            };
            lowest = Some(lowest.map_or(applied.clone(), |lowest| lowest.min(applied)));
        }
        if lowest.is_none() {
            // Nobody consumes what this source tells: it is done when it is on the bus.
            lowest = newest(&mut self.commands.clone(), source, "+").await?.map(|id| receipt(&id));
        }
        if let Some(lowest) = &lowest {
            self.kept.trim(&mut self.commands.clone(), source, lowest).await?;
        }
        Ok(lowest)
    }

    async fn lost_since(&self, source: &str, note: Option<&str>) -> Result<Option<String>, Error> {
        let run = run_id(&mut self.commands.clone()).await?;
        let (mark, noted_run) = note.and_then(|note| note.split_once(' ')).unwrap_or_default();
        let marked = self.groups(source).await?.iter().any(|group| group.name == mark);
        if marked && noted_run == run {
            return Ok(None);
        }
        let mark = if marked { mark.to_owned() } else { self.mark(source).await? };
        Ok(Some(format!("{mark} {run}")))
    }

    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken) {
        let sources = events::sources_for(consumer.name()).into_iter();
        let readers = sources.map(|source| Reader::new(&self.client, source, consumer.as_ref(), &stop));
        join_all(readers.map(Reader::run)).await;
    }

    async fn listen(&self, listener: Arc<dyn Listener>, since: Since, stop: CancellationToken) {
        Ear::new(&self.client, self.kept, listener.as_ref(), since).run(&stop).await;
    }

    async fn ping(&self) -> Result<(), Error> {
        let _: String =
            ::redis::cmd("PING").query_async(&mut self.commands.clone()).await.map_err(unavailable)?;
        Ok(())
    }
}

/// One hash slot for all keys of a source, so that a cluster keeps them together.
fn stream(source: &str) -> String {
    format!("hotline:{{events:{source}}}")
}

/// Names this life of the server: one that comes back may have lost what it did not write to disk or to its successor.
async fn run_id(connection: &mut impl ConnectionLike) -> Result<String, Error> {
    let mut ask = ::redis::cmd("INFO");
    let info: String = ask.arg("server").query_async(connection).await.map_err(unavailable)?;
    let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    Ok(run.unwrap_or_default().trim().to_owned())
}

fn unavailable(error: RedisError) -> Error {
    Error::Upstream(tonic::Status::unavailable(format!("Redis: {error}")))
}

fn fault(error: RedisError) -> Error {
    Error::Internal(error.into())
}
