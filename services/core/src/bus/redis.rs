//! The bus over Redis Streams: a stream for each source, a consumer group for each consumer. Redis may lose all of it:
//! what is not confirmed stays in the outbox and is sent again.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use ::redis::streams::{StreamId, StreamInfoGroupsReply, StreamPendingReply, StreamReadReply};
use ::redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisError, Value};
use async_trait::async_trait;
use hotline_proto::events::{self, v1::Envelope};
use prost::Message;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Bus, Consumer, Delivery, apply_until_done};
use crate::error::{Error, chain};
use crate::id;
use crate::turns::Turn;

/// The one name under which a group's current reader reads, so that the next one finds what the last left behind.
const READER: &str = "reader";
/// How long a read waits in Redis for events; also how often a reader renews its turn.
const BLOCK: Duration = Duration::from_secs(2);
/// How long a reader waits after a failure, and one without a turn before it asks again.
const PAUSE: Duration = Duration::from_millis(500);
/// Events read in one go.
const BATCH: usize = 100;

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

    async fn blocking_connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(BLOCK + Duration::from_secs(3)));
        self.client.get_multiplexed_async_connection_with_config(&settings).await
    }

    async fn read(
        &self,
        source: &str,
        consumer: &Arc<dyn Consumer>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let turn = Turn::new(consumer.db(), &format!("read:{source}"));
        let mut connection = self.blocking_connection().await.map_err(unavailable)?;
        let mut backlog = true;
        while !stop.is_cancelled() {
            if !turn.take().await? {
                backlog = true;
                sleep(PAUSE).await;
                continue;
            }
            let events = next_events(&mut connection, source, consumer.name(), backlog).await?;
            backlog = backlog && !events.is_empty();
            for (id, event) in events {
                let concerns = events::road(&event.name)
                    .is_some_and(|road| road.consumers.iter().any(|name| name == consumer.name()));
                if concerns && !apply_until_done(consumer.as_ref(), &event, stop).await {
                    break;
                }
                let _: i64 =
                    connection.xack(stream(source), consumer.name(), &[id]).await.map_err(unavailable)?;
                turn.take().await?;
            }
        }
        turn.give_up().await;
        Ok(())
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
        let mut connection = self.commands.clone();
        let groups: Result<StreamInfoGroupsReply, _> = connection.xinfo_groups(stream(source)).await;
        let Ok(groups) = groups else { return Ok(None) };
        let mut lowest: Option<String> = None;
        for consumer in events::consumers_of(source) {
            let Some(group) = groups.groups.iter().find(|group| group.name == consumer) else {
                return Ok(None);
            };
            let applied = if group.pending == 0 {
                receipt(&group.last_delivered_id)
            } else {
                let pending: StreamPendingReply =
                    connection.xpending(stream(source), consumer).await.map_err(unavailable)?;
                match pending {
                    StreamPendingReply::Data(data) => before(&data.start_id),
                    StreamPendingReply::Empty => receipt(&group.last_delivered_id),
                    _ => return Ok(None),
                }
            };
            lowest = Some(lowest.map_or(applied.clone(), |lowest| lowest.min(applied)));
        }
        if let Some(lowest) = &lowest {
            let through = unpadded(lowest);
            // Entries at the mark itself stay: trimming is for memory, and one entry is none.
            let trimmed: Result<i64, _> = ::redis::cmd("XTRIM")
                .arg(stream(source))
                .arg("MINID")
                .arg("~")
                .arg(through)
                .query_async(&mut connection)
                .await;
            trimmed.map_err(unavailable)?;
        }
        Ok(lowest)
    }

    async fn lost_since(&self, source: &str, note: Option<&str>) -> Result<Option<String>, Error> {
        let mut connection = self.commands.clone();
        let key = format!("{}:generation", stream(source));
        let fresh = id::new().to_string();
        let _: Value = ::redis::cmd("SET")
            .arg(&key)
            .arg(&fresh)
            .arg("NX")
            .query_async(&mut connection)
            .await
            .map_err(unavailable)?;
        let generation: Option<String> = connection.get(&key).await.map_err(unavailable)?;
        Ok(generation.filter(|generation| note != Some(generation.as_str())))
    }

    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken) {
        let sources = events::sources_for(consumer.name());
        futures::future::join_all(sources.into_iter().map(async |source| {
            while !stop.is_cancelled() {
                let read = tokio::select! {
                    () = stop.cancelled() => return,
                    read = self.read(source, &consumer, &stop) => read,
                };
                if let Err(error) = read {
                    tracing::warn!(source, consumer = consumer.name(), error = %chain(&error), "reader will try again");
                    sleep(PAUSE).await;
                }
            }
        }))
        .await;
    }

    async fn ping(&self) -> Result<(), Error> {
        let _: String =
            ::redis::cmd("PING").query_async(&mut self.commands.clone()).await.map_err(unavailable)?;
        Ok(())
    }
}

/// Returns what the group's reader left unacknowledged, or what is new.
async fn next_events(
    connection: &mut MultiplexedConnection,
    source: &str,
    group: &str,
    backlog: bool,
) -> Result<Vec<(String, Envelope)>, Error> {
    let mut command = ::redis::cmd("XREADGROUP");
    command.arg("GROUP").arg(group).arg(READER).arg("COUNT").arg(BATCH);
    if !backlog {
        command.arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX));
    }
    command.arg("STREAMS").arg(stream(source)).arg(if backlog { "0" } else { ">" });
    let reply: Result<Option<StreamReadReply>, RedisError> = command.query_async(connection).await;
    let reply = match reply {
        Err(error) if error.code() == Some("NOGROUP") => {
            let made: Result<(), RedisError> =
                connection.xgroup_create_mkstream(stream(source), group, "0").await;
            return made.map(|()| Vec::new()).map_err(unavailable);
        }
        reply => reply.map_err(unavailable)?,
    };
    let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
    Ok(entries.filter_map(decode).collect())
}

fn decode(entry: StreamId) -> Option<(String, Envelope)> {
    let bytes: Vec<u8> = entry.get("event")?;
    // An entry that is no envelope was not put by a relay; it is acknowledged by its empty name.
    Some((entry.id, Envelope::decode(bytes.as_slice()).unwrap_or_default()))
}

/// One hash slot for all keys of a source, so that a cluster keeps them together.
fn stream(source: &str) -> String {
    format!("hotline:{{events:{source}}}")
}

/// Pads a stream id so that text sorts as the stream does.
fn receipt(id: &str) -> String {
    let (milliseconds, sequence) = parts(id);
    format!("{milliseconds:020}-{sequence:020}")
}

/// Returns the receipt just before a stream id.
fn before(id: &str) -> String {
    let (milliseconds, sequence) = parts(id);
    match sequence.checked_sub(1) {
        Some(sequence) => format!("{milliseconds:020}-{sequence:020}"),
        None => format!("{:020}-{:020}", milliseconds.saturating_sub(1), u64::MAX),
    }
}

fn unpadded(receipt: &str) -> String {
    let (milliseconds, sequence) = parts(receipt);
    format!("{milliseconds}-{sequence}")
}

fn parts(id: &str) -> (u64, u64) {
    let (milliseconds, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (milliseconds.parse().unwrap_or_default(), sequence.parse().unwrap_or_default())
}

fn unavailable(error: RedisError) -> Error {
    Error::Upstream(tonic::Status::unavailable(format!("Redis: {error}")))
}

fn fault(error: RedisError) -> Error {
    Error::Internal(error.into())
}

#[cfg(test)]
mod tests {
    use super::{before, receipt, unpadded};

    #[test]
    fn receipts_sort_as_the_stream_does() {
        assert!(receipt("9-10") < receipt("10-2") && receipt("10-2") < receipt("10-10"));
        assert!(before("10-0") < receipt("10-0") && before("10-0") > receipt("9-99"));
        assert_eq!(unpadded(&receipt("1700000000000-7")), "1700000000000-7");
    }
}
