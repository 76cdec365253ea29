//! Streams of teams' queues, `Subscribe` (D3).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many streams of queues there may be, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Streams {
    /// Open at a time in one process, from 1. Default 1000.
    pub most: u32,
    /// The same of one subject, from 1. Default 20.
    pub most_each: u32,
    /// Seconds after which a stream on which nothing was told says that it lives, and asks whether its caller may still
    /// see the queue, from 1. Default 15.
    pub heartbeat_seconds: u32,
    /// Seconds after which a stream ends and its caller comes again, with a token that is good then, from 1. Default 600.
    pub longest_seconds: u32,
    /// Changes kept in memory, for streams that are resumed, from 1: about 200 bytes each. Default 20000.
    pub kept: u32,
}

impl Default for Streams {
    fn default() -> Self {
        Self { most: 1000, most_each: 20, heartbeat_seconds: 15, longest_seconds: 600, kept: 20_000 }
    }
}

impl Streams {
    /// Refuses settings that can't be used.
    ///
    /// # Errors
    /// With the setting.
    pub(super) fn check(self) -> anyhow::Result<()> {
        for (name, number) in [
            ("most", self.most),
            ("most_each", self.most_each),
            ("heartbeat_seconds", self.heartbeat_seconds),
            ("longest_seconds", self.longest_seconds),
            ("kept", self.kept),
        ] {
            anyhow::ensure!(number > 0, "dispatch.streams.{name} must be from 1");
        }
        Ok(())
    }

    /// Returns after how long a stream says that it lives.
    pub(crate) fn heartbeat(self) -> Duration {
        Duration::from_secs(self.heartbeat_seconds.into())
    }

    /// Returns after how long a stream ends.
    pub(crate) fn longest(self) -> Duration {
        Duration::from_secs(self.longest_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Streams;

    #[test]
    fn a_setting_of_nothing_is_named() {
        Streams::default().check().expect("usable");
        let said = Streams { heartbeat_seconds: 0, ..Streams::default() }.check().expect_err("refused");
        assert_eq!(said.to_string(), "dispatch.streams.heartbeat_seconds must be from 1");
    }
}
