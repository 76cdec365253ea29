//! Settings of the customer service.

use chrono::TimeDelta;
use hotline_core::error::Error;
use serde::{Deserialize, Serialize};

use crate::domain::remote::Limits;

/// Settings of the customer service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where a telephone number without a country code belongs, ISO 3166-1 alpha-2.
    pub region: String,
    /// The area code of a local number of 7 or 8 digits, such as `029`; empty refuses local numbers.
    pub area_code: String,
    /// How long calls may take (C9).
    pub calls: Calls,
    /// How long somebody may look at a customer's device (C10).
    pub remote_sessions: RemoteSessions,
}

/// How long calls may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// How long a call may last before agent and lead are prompted to hand it over, minutes, 1 to 1440. Default 8.
    pub handling_minutes: u16,
}

/// How long somebody may look at a customer's device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteSessions {
    /// After how long a remote session ends by itself, hours, 1 to 72. Default 4.
    pub hours: u16,
    /// How long before a session the customer may have agreed to it, hours, 1 to 168. Default 24.
    pub agreed_hours: u16,
    /// How long before a change of settings is recorded the customer may have agreed to it, minutes, 1 to 1440. Default
    /// 15.
    pub consent_minutes: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            region: "CN".into(),
            area_code: String::new(),
            calls: Calls::default(),
            remote_sessions: RemoteSessions::default(),
        }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self { handling_minutes: 8 }
    }
}

impl Default for RemoteSessions {
    fn default() -> Self {
        Self { hours: 4, agreed_hours: 24, consent_minutes: 15 }
    }
}

impl Config {
    /// Checks what the types let through.
    ///
    /// # Errors
    /// One sentence that names the key.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let within = |key: &str, value: u16, most: u16| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            Err(anyhow::anyhow!("customers.{key} is {value}; it must be 1 to {most}"))
        };
        within("calls.handling_minutes", self.calls.handling_minutes, 1440)?;
        within("remote_sessions.hours", self.remote_sessions.hours, 72)?;
        within("remote_sessions.agreed_hours", self.remote_sessions.agreed_hours, 168)?;
        Ok(within("remote_sessions.consent_minutes", self.remote_sessions.consent_minutes, 1440)?)
    }

    /// Returns how long a call may last.
    pub(crate) fn call_limit(&self) -> TimeDelta {
        TimeDelta::minutes(self.calls.handling_minutes.into())
    }

    /// Returns how long remote sessions may take, and how old consents may be.
    pub(crate) fn remote_limits(&self) -> Limits {
        let RemoteSessions { hours, agreed_hours, consent_minutes } = self.remote_sessions;
        Limits {
            session: TimeDelta::hours(hours.into()),
            agreed: TimeDelta::hours(agreed_hours.into()),
            consent: TimeDelta::minutes(consent_minutes.into()),
        }
    }
}
