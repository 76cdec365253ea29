//! The bus over Redis Streams: a stream for each source, a consumer group for each consumer. Redis may lose all of it,
//! or its latest part: what is not confirmed stays in the outbox and is sent again.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::streams::{StreamInfoGroup, StreamInfoGroupsReply, StreamPendingReply};
use ::redis::{AsyncCommands, Client, RedisError};
use async_trait::async_trait;
use futures::future::join_all;
use hotline_proto::events::{self, v1::Envelope};
use prost::Message;
use tokio_util::sync::CancellationToken;

use self::reader::Reader;
use self::receipt::{before, receipt, unpadded};
use super::{Bus, Consumer, Delivery};
use crate::error::Error;
use crate::id;

mod reader;
mod receipt;

/// See the module.
pub struct RedisBus {
    client: Client,
    commands: ConnectionManager,
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
        Ok(Self { client, commands })
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

    /// Frees what every consumer has applied. Redis drops whole nodes of about a hundred entries.
    async fn trim(&self, source: &str, applied: &str) -> Result<(), Error> {
        let mut trim = ::redis::cmd("XTRIM");
        trim.arg(stream(source)).arg("MINID").arg("~").arg(unpadded(applied));
        let _: i64 = trim.query_async(&mut self.commands.clone()).await.map_err(unavailable)?;
        Ok(())
    }

    /// Names this life of the server: one that comes back may have lost what it did not write to disk or to its
    /// successor.
    async fn run_id(&self) -> Result<String, Error> {
        let mut ask = ::redis::cmd("INFO");
        let info: String =
            ask.arg("server").query_async(&mut self.commands.clone()).await.map_err(unavailable)?;
        let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
        Ok(run.unwrap_or_default().trim().to_owned())
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
        if let Some(lowest) = &lowest {
            self.trim(source, lowest).await?;
        }
        Ok(lowest)
    }

    async fn lost_since(&self, source: &str, note: Option<&str>) -> Result<Option<String>, Error> {
        let run = self.run_id().await?;
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

fn unavailable(error: RedisError) -> Error {
    Error::Upstream(tonic::Status::unavailable(format!("Redis: {error}")))
}

fn fault(error: RedisError) -> Error {
    Error::Internal(error.into())
}
