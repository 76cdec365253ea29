//! Settings of the ticket service.

use serde::{Deserialize, Serialize};

use crate::domain::policy::Policy;

/// Settings of the ticket service, with their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// IANA time zone of registration dates, of ticket numbers and of the times in status sentences. Default
    /// `Asia/Shanghai`.
    pub time_zone: String,
    /// Key of the calendar in which working time is told where no promise names one, such as for imported tickets.
    /// Default `office`.
    pub calendar: String,
    /// Share of a clock's working time after which it warns, in percent, 1 to 99. Default 75.
    pub warn_percent: u8,
    /// Promises of time, tried in order; they replace the shipped ones of `data/sla.toml`, which explains each key.
    /// Default none, which is the shipped ones.
    pub policies: Vec<Policy>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            time_zone: "Asia/Shanghai".into(),
            calendar: "office".into(),
            warn_percent: 75,
            policies: Vec::new(),
        }
    }
}
