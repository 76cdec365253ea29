//! The connection that hears of new entries: one for the process, whatever the number of queues and waiters.
//!
//! Plain `PUBLISH` reaches the subscribers of every node of a cluster, so the listener may be connected to
//! any.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use redis::{Client, Msg, RedisError, RedisResult, Value};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{debug, warn};

use super::connection::{Link, PATIENCE};
use super::eviction;
use crate::Wakes;

/// Pause between attempts to subscribe.
const RETRY: Duration = Duration::from_millis(500);

/// How often the connection is tried while nothing is heard: a peer that vanished sends no farewell.
const PING: Duration = Duration::from_secs(5);

/// Listens for ever, connecting again whenever the connection is lost, to each of `servers` in turn.
pub(super) async fn listen(servers: Vec<Client>, channel: String, link: Link, wakes: Arc<Wakes>) {
    for server in servers.iter().cycle() {
        let lost = subscribe(server, &channel, &link, &wakes).await;
        debug!(error = lost.err().map(tracing::field::display), "queue wake-ups interrupted");
        sleep(RETRY).await;
    }
}

async fn subscribe(client: &Client, channel: &str, link: &Link, wakes: &Wakes) -> RedisResult<()> {
    let mut subscription = patiently(client.get_async_pubsub()).await?;
    patiently(subscription.subscribe(channel)).await?;
    // Whatever was announced while nobody listened is found by looking.
    wakes.wake_all();
    if let Err(error) = eviction::warn_if_possible(link).await {
        warn!(%error, "queue eviction policy unknown");
    }
    let (mut sink, mut messages) = subscription.split();
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => hear(&message, wakes),
                None => return Ok(()),
            },
            _ = ping.tick() => {
                patiently(sink.ping::<Value>()).await?;
            }
        }
    }
}

async fn patiently<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(PATIENCE, answer)
        .await
        .map_err(|_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut)))?
}

fn hear(message: &Msg, wakes: &Wakes) {
    match std::str::from_utf8(message.get_payload_bytes()).ok().and_then(announced) {
        Some((queue, items)) => wakes.wake(queue, items),
        None => warn!(channel = message.get_channel_name(), "queue announcement not understood"),
    }
}

/// Reads `items:queue`, as the scripts write it.
fn announced(payload: &str) -> Option<(&str, usize)> {
    let (items, queue) = payload.split_once(':')?;
    Some((queue, items.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_names_the_queue_and_the_number_of_entries() {
        assert_eq!(announced("3:callbacks"), Some(("callbacks", 3)));
        assert_eq!(announced("1:team:second-line"), Some(("team:second-line", 1)));
        assert_eq!(announced("callbacks"), None);
        assert_eq!(announced("many:callbacks"), None);
    }
}
