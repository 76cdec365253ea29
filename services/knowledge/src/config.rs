//! The settings of the knowledge service.

use std::num::NonZeroU64;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How the search index of a replica follows the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often a replica looks for what other replicas published or retired, in milliseconds, from 1. What they did is
    /// found after this time at the latest.
    pub index_poll_milliseconds: NonZeroU64,
    /// How often the whole index is compared with the database, in seconds, from 1: the net under the looks.
    pub index_reconcile_seconds: NonZeroU64,
    /// How far a look reaches back beyond the one before, in seconds: more than the clocks of two replicas may differ
    /// plus the time that the slowest command takes to commit.
    pub index_overlap_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            index_poll_milliseconds: const { NonZeroU64::new(500).expect("not zero") },
            index_reconcile_seconds: const { NonZeroU64::new(300).expect("not zero") },
            index_overlap_seconds: 60,
        }
    }
}

impl Config {
    pub(crate) fn index_poll(&self) -> Duration {
        Duration::from_millis(self.index_poll_milliseconds.get())
    }

    pub(crate) fn index_reconcile(&self) -> Duration {
        Duration::from_secs(self.index_reconcile_seconds.get())
    }

    pub(crate) fn index_overlap(&self) -> TimeDelta {
        TimeDelta::seconds(self.index_overlap_seconds.into())
    }
}
