//! What stays in a stream after every consumer has applied it: what listeners who were away a moment go on from.

use std::time::Duration;

use ::redis::aio::ConnectionLike;
use ::redis::streams::StreamRangeReply;
use chrono::TimeDelta;

use super::ear::newest;
use super::receipt::{receipt, unpadded};
use super::{stream, unavailable};
use crate::clock;
use crate::error::Error;

/// For how long, and how many of each source at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) time: Duration,
    pub(super) entries: u64,
}

impl Default for Kept {
    fn default() -> Self {
        Self { time: Duration::from_secs(300), entries: 100_000 }
    }
}

impl Kept {
    /// Frees what every consumer has applied and no listener asks for any more. Redis drops whole nodes, of about a
    /// hundred entries or four kilobytes.
    pub(super) async fn trim(
        self,
        connection: &mut impl ConnectionLike,
        source: &str,
        applied: &str,
    ) -> Result<(), Error> {
        if let Some(oldest) = newest(connection, source, &self.since()).await? {
            let until = receipt(&oldest).min(applied.to_owned());
            let mut trim = ::redis::cmd("XTRIM");
            trim.arg(stream(source)).arg("MINID").arg("~").arg(unpadded(&until));
            let _: i64 = trim.query_async(connection).await.map_err(unavailable)?;
        }
        let length: u64 =
            ::redis::cmd("XLEN").arg(stream(source)).query_async(connection).await.map_err(unavailable)?;
        if length > self.entries {
            let mut trim = ::redis::cmd("XTRIM");
            trim.arg(stream(source)).arg("MINID").arg("~").arg(unpadded(applied));
            trim.arg("LIMIT").arg(length - self.entries);
            let _: i64 = trim.query_async(connection).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Returns the id of the entry after which everything is kept: the last one before the time, since somebody who
    /// was there then has heard it last; the very first of a younger stream.
    pub(super) async fn first(
        self,
        connection: &mut impl ConnectionLike,
        source: &str,
    ) -> Result<Option<String>, Error> {
        if let Some(before) = newest(connection, source, &self.since()).await? {
            return Ok(Some(before));
        }
        let mut command = ::redis::cmd("XRANGE");
        command.arg(stream(source)).arg("-").arg("+").arg("COUNT").arg(1);
        let found: StreamRangeReply = command.query_async(connection).await.map_err(unavailable)?;
        Ok(found.ids.into_iter().next().map(|entry| entry.id))
    }

    /// Ids of entries begin with the milliseconds of their time.
    fn since(self) -> String {
        let time = TimeDelta::from_std(self.time).unwrap_or(TimeDelta::MAX);
        let since = clock::wall().checked_sub_signed(time).unwrap_or_default();
        since.timestamp_millis().max(0).to_string()
    }
}
