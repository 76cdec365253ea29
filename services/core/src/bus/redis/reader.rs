//! Reads one source's stream for one consumer: one reader at a time for each group, however many replicas run.

use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::streams::{StreamId, StreamReadReply};
use ::redis::{AsyncCommands, AsyncConnectionConfig, Client, Cmd, RedisError};
use hotline_proto::events::{self, v1::Envelope};
use prost::Message;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{stream, unavailable};
use crate::bus::{Consumer, TOGETHER, apply_all_until_done};
use crate::error::Error;
use crate::trouble::Trouble;
use crate::turns::Turn;

/// The one name under which a group's current reader reads, so that the next one finds what the last left behind.
const READER: &str = "reader";
/// How long a read waits in Redis for events; also how often a reader renews its turn.
const BLOCK: Duration = Duration::from_secs(2);
/// How long a reader waits after a failure, and one without a turn before it asks again.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a reader looks for entries that one before it was given late and left behind.
const LOOK_BACK: Duration = Duration::from_secs(10);
/// Events read in one go.
const BATCH: usize = 100;

pub(super) struct Reader<'a> {
    client: &'a Client,
    source: &'static str,
    consumer: &'a dyn Consumer,
    stop: &'a CancellationToken,
    turn: Turn,
    trouble: Trouble,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        client: &'a Client,
        source: &'static str,
        consumer: &'a dyn Consumer,
        stop: &'a CancellationToken,
    ) -> Self {
        let turn = Turn::new(consumer.db(), &format!("read:{source}"));
        let trouble = Trouble::of(format!("reader of {source} for {}", consumer.name()));
        Self { client, source, consumer, stop, turn, trouble }
    }

    /// Hands events to the consumer until the stop.
    pub(super) async fn run(self) {
        while !self.stop.is_cancelled() {
            if let Err(error) = self.read().await {
                self.trouble.failed(&error);
                self.pause().await;
            }
        }
        self.turn.give_up().await;
    }

    async fn read(&self) -> Result<(), Error> {
        let mut connection = self.connect().await.map_err(unavailable)?;
        let mut looked_back: Option<Instant> = None;
        while !self.stop.is_cancelled() {
            if !self.turn.take().await? {
                looked_back = None;
                self.pause().await;
                continue;
            }
            let back = looked_back.is_none_or(|last| last.elapsed() >= LOOK_BACK);
            let next = self.stop.run_until_cancelled(self.next_events(&mut connection, back));
            let Some(events) = next.await.transpose()? else { break };
            self.trouble.works();
            if back && events.is_empty() {
                looked_back = Some(Instant::now());
            }
            self.apply(&mut connection, events).await?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        connection: &mut MultiplexedConnection,
        events: Vec<(String, Envelope)>,
    ) -> Result<(), Error> {
        for batch in events.chunks(TOGETHER) {
            let done = self.apply_batch(batch).await;
            if done > 0 {
                let ids: Vec<&str> = batch[..done].iter().map(|(id, _)| id.as_str()).collect();
                let acknowledged = connection.xack(stream(self.source), self.consumer.name(), &ids).await;
                let _: i64 = acknowledged.map_err(unavailable)?;
            }
            if done < batch.len() {
                break;
            }
            // All of it may take longer than a turn. Without the turn it goes on all the same: the inbox sees to it that
            // two readers do no harm, and what was given to this one is looked for by the other only now and then.
            self.turn.take().await?;
        }
        Ok(())
    }

    /// Applies what concerns the consumer; tells how many entries, from the first, are done.
    async fn apply_batch(&self, batch: &[(String, Envelope)]) -> usize {
        let concerning: Vec<(usize, &Envelope)> = batch
            .iter()
            .enumerate()
            .filter(|(_, (_, event))| self.concerns(event))
            .map(|(place, (_, event))| (place, event))
            .collect();
        let events: Vec<&Envelope> = concerning.iter().map(|(_, event)| *event).collect();
        let done = apply_all_until_done(self.consumer, &events, self.stop).await;
        concerning.get(done).map_or(batch.len(), |(place, _)| *place)
    }

    fn concerns(&self, event: &Envelope) -> bool {
        let name = self.consumer.name();
        events::road(&event.name).is_some_and(|road| road.consumers.iter().any(|consumer| consumer == name))
    }

    /// Returns what the group's reader left unacknowledged, or what is new.
    async fn next_events(
        &self,
        connection: &mut MultiplexedConnection,
        back: bool,
    ) -> Result<Vec<(String, Envelope)>, Error> {
        let reply: Result<Option<StreamReadReply>, RedisError> =
            self.command(back).query_async(connection).await;
        let reply = match reply {
            Err(error) if error.code() == Some("NOGROUP") => {
                let made: Result<(), RedisError> =
                    connection.xgroup_create_mkstream(stream(self.source), self.consumer.name(), "0").await;
                return made.map(|()| Vec::new()).map_err(unavailable);
            }
            reply => reply.map_err(unavailable)?,
        };
        let entries = reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids);
        Ok(entries.map(decode).collect())
    }

    fn command(&self, back: bool) -> Cmd {
        let mut command = ::redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.consumer.name()).arg(READER).arg("COUNT").arg(BATCH);
        if !back {
            command.arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX));
        }
        command.arg("STREAMS").arg(stream(self.source)).arg(if back { "0" } else { ">" });
        command
    }

    /// A connection of its own, because a read that waits in Redis would hold up every other command.
    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(BLOCK + Duration::from_secs(3)));
        self.client.get_multiplexed_async_connection_with_config(&settings).await
    }

    async fn pause(&self) {
        self.stop.run_until_cancelled(sleep(PAUSE)).await;
    }
}

/// An entry that is no envelope was not put by a relay, or has been deleted: its empty name concerns nobody.
pub(super) fn decode(entry: StreamId) -> (String, Envelope) {
    let bytes: Vec<u8> = entry.get("event").unwrap_or_default();
    let envelope = Envelope::decode(bytes.as_slice()).unwrap_or_default();
    (entry.id, envelope)
}
