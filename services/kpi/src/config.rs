//! Settings of the service.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Settings of the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Zone whose midnight cuts days, as in `Asia/Shanghai` (IANA). Days of this zone are kept added up; a
    /// change computes all rollups anew at the next start.
    pub time_zone: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { time_zone: "Asia/Shanghai".into() }
    }
}

impl Config {
    /// Reads the zone.
    pub(crate) fn zone(&self) -> anyhow::Result<Tz> {
        let zone = self.time_zone.parse();
        zone.map_err(|_| anyhow::anyhow!("kpi.time_zone: `{}` is not a time zone", self.time_zone))
    }
}
