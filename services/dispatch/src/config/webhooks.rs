//! Settings of webhooks.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use hotline_core::config::Secret;
use hotline_webhooks::address::Rules;
use hotline_webhooks::trust::Trust;
use serde::{Deserialize, Serialize};

/// Settings of webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Encrypts the secrets of webhooks, at least 32 bytes, the same for all replicas. Empty: a suite in one process makes
    /// its own in the data folder; elsewhere no webhook can be made.
    pub key: Secret,
    /// Keys from before, which still open what they sealed. Default none.
    pub previous_keys: Vec<Secret>,
    /// Receivers without TLS are allowed. Default false.
    pub allow_http: bool,
    /// Networks that may be called although they are not public, such as `10.20.0.0/16`. Default none.
    pub allowed_networks: Vec<String>,
    /// A PEM file of certificate authorities that receivers' certificates may be from, besides those of the machine. Default
    /// none.
    pub ca_file: PathBuf,
    /// Seconds that an attempt takes at most, from 1. Default 15.
    pub timeout_seconds: u32,
    /// Attempts at the same time for one webhook at most, from 1. Default 4.
    pub concurrency: u32,
    /// Hours without one message taken after which a webhook is disabled. Default 120.
    pub disable_after_hours: u32,
    /// Days for which messages are kept that were delivered or given up. Default 30.
    pub keep_days: u32,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            key: Secret::default(),
            previous_keys: Vec::new(),
            allow_http: false,
            allowed_networks: Vec::new(),
            ca_file: PathBuf::new(),
            timeout_seconds: 15,
            concurrency: 4,
            disable_after_hours: 120,
            keep_days: 30,
        }
    }
}

impl Webhooks {
    /// Returns which addresses may be called.
    ///
    /// # Errors
    /// With the network that is none.
    pub(crate) fn rules(&self) -> anyhow::Result<Rules> {
        Rules::new(&self.allowed_networks, self.allow_http)
            .map_err(|error| anyhow::anyhow!("dispatch.webhooks.allowed_networks: {error}"))
    }

    /// Returns whom certificates may be from.
    ///
    /// # Errors
    /// With the file that can't be read.
    pub(crate) fn trust(&self) -> anyhow::Result<Trust> {
        let (machine, file) = (Trust::of_machine(), self.ca_file.display());
        if self.ca_file.as_os_str().is_empty() {
            return Ok(machine);
        }
        let pem = std::fs::read(&self.ca_file)
            .map_err(|error| anyhow::anyhow!("dispatch.webhooks.ca_file {file} can't be read: {error}"))?;
        machine.and(&pem).map_err(|error| anyhow::anyhow!("dispatch.webhooks.ca_file {file} {error}"))
    }

    /// Returns how long an attempt takes at most.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_seconds.max(1)))
    }

    /// Returns how long an attempt that was begun is nobody else's: longer than it can take.
    pub(crate) fn claim(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.timeout_seconds.max(1)) * 2 + 30)
    }

    /// Returns how many attempts there are at the same time for one webhook at most.
    pub(crate) fn concurrency(&self) -> usize {
        usize::try_from(self.concurrency.max(1)).unwrap_or(usize::MAX)
    }

    /// Returns after what time without one message taken a webhook is disabled.
    pub(crate) fn patience(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.disable_after_hours))
    }

    /// Returns for how long messages are kept that were delivered or given up.
    pub(crate) fn kept(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.keep_days))
    }
}
