//! The gateway's settings.

use std::time::Duration;

use chrono_tz::Tz;
use http::Uri;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How the gateway lets people in and what it bears.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `iss` that tokens must carry.
    pub issuer: String,
    /// `aud` that tokens must carry.
    pub audience: String,
    /// Where the issuer's public keys are (`https://…` or `http://…`); empty is the built-in issuer with its own
    /// accounts.
    pub jwks_url: String,
    /// Seconds after which the issuer's keys are fetched again.
    pub jwks_refresh_seconds: u64,
    /// Seconds between two fetches at least, however many tokens name an unknown key.
    pub jwks_cooldown_seconds: u64,
    /// Seconds for which the last keys are trusted while the issuer can't be reached.
    pub jwks_keep_seconds: u64,
    /// Hours for which a token of the built-in issuer is good, 1 to 168.
    pub token_hours: u32,
    /// Seconds by which the issuer's clock may differ from ours, 0 to 60.
    pub leeway_seconds: u64,
    /// Bytes of a request's body at most.
    pub body_bytes: usize,
    /// Seconds from a request's head to its answer's head at most, 1 to 300.
    pub request_seconds: u64,
    /// Requests under way at most; more are refused with 503.
    pub requests_in_flight: usize,
    /// Requests a second of one subject (without a token: of one address) in the long run; 0 is no limit.
    pub rate_per_second: u32,
    /// Requests at once of one subject, on top of a rested rate.
    pub rate_burst: u32,
    /// Sign-ins a minute of one name from one address; 0 is no limit.
    pub sign_ins_per_minute: u32,
    /// Proxies in front that each append to `X-Forwarded-For`; 0 is none, and the header is not believed.
    pub trusted_proxies: usize,
    /// Origins (`https://host[:port]`) whose pages may call the API; empty is none.
    pub cors_origins: Vec<String>,
    /// Zone of the agents, for the greeting (IANA name).
    pub time_zone: String,
    /// Live events.
    pub live: LiveConfig,
}

/// How many may hear live events, and how far back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveConfig {
    /// Streams open at once at most; more are refused with 503.
    pub streams: usize,
    /// Streams of one subject at most; more are refused with 429.
    pub streams_per_subject: usize,
    /// Events kept in memory, for clients that come again; each takes one to three kilobytes.
    pub kept_events: usize,
    /// Seconds without an event after which a client is told that its stream lives, 1 to 60.
    pub heartbeat_seconds: u64,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self { streams: 2000, streams_per_subject: 10, kept_events: 10_000, heartbeat_seconds: 15 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: "hotline".into(),
            audience: "hotline".into(),
            jwks_url: String::new(),
            jwks_refresh_seconds: 300,
            jwks_cooldown_seconds: 10,
            jwks_keep_seconds: 86_400,
            token_hours: 8,
            leeway_seconds: 30,
            body_bytes: 1024 * 1024,
            request_seconds: 30,
            requests_in_flight: 4096,
            rate_per_second: 200,
            rate_burst: 400,
            sign_ins_per_minute: 30,
            trusted_proxies: 0,
            cors_origins: Vec::new(),
            time_zone: "Asia/Shanghai".into(),
            live: LiveConfig::default(),
        }
    }
}

impl Config {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Error::Config`] with the key and what is wrong with it.
    pub fn check(&self) -> Result<(), Error> {
        let demand = |holds: bool, key: &'static str, rule: &str| match holds {
            true => Ok(()),
            false => Err(Error::Config { key, rule: rule.to_owned() }),
        };
        demand(!self.issuer.is_empty(), "issuer", "must not be empty")?;
        demand(!self.audience.is_empty(), "audience", "must not be empty")?;
        demand((1..=168).contains(&self.token_hours), "token_hours", "must be 1 to 168")?;
        demand(self.leeway_seconds <= 60, "leeway_seconds", "must be 0 to 60")?;
        demand(self.body_bytes > 0, "body_bytes", "must be at least 1")?;
        demand((1..=300).contains(&self.request_seconds), "request_seconds", "must be 1 to 300")?;
        demand(self.requests_in_flight > 0, "requests_in_flight", "must be at least 1")?;
        let burst = self.rate_per_second == 0 || self.rate_burst > 0;
        demand(burst, "rate_burst", "must be at least 1 where there is a rate")?;
        demand(self.live.kept_events > 0, "live.kept_events", "must be at least 1")?;
        let heartbeat = (1..=60).contains(&self.live.heartbeat_seconds);
        demand(heartbeat, "live.heartbeat_seconds", "must be 1 to 60")?;
        for origin in &self.cors_origins {
            demand(is_origin(origin), "cors_origins", "must be origins such as https://console.example")?;
        }
        self.zone()?;
        self.jwks().map(|_| ())
    }

    pub(crate) fn zone(&self) -> Result<Tz, Error> {
        let unknown = || Error::Config { key: "time_zone", rule: "is not an IANA time zone".into() };
        self.time_zone.parse().map_err(|_| unknown())
    }

    /// Returns where the keys of an external issuer are; `None` with the built-in one.
    pub(crate) fn jwks(&self) -> Result<Option<Uri>, Error> {
        if self.jwks_url.is_empty() {
            return Ok(None);
        }
        let url = self.jwks_url.parse::<Uri>().ok();
        let usable =
            url.filter(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some());
        let wrong = || Error::Config { key: "jwks_url", rule: "must be an http or https URL".into() };
        usable.map(Some).ok_or_else(wrong)
    }

    pub(crate) fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}

fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    // The path of an origin is empty, which `Uri` shows as `/`.
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some()
        && !text.ends_with('/')
        && uri.path() == "/"
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn the_defaults_can_be_used() {
        Config::default().check().expect("usable");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let says = |config: Config| config.check().expect_err("refused").to_string();
        assert!(says(Config { token_hours: 0, ..Config::default() }).contains("gateway.token_hours"));
        assert!(
            says(Config { jwks_url: "ftp://x".into(), ..Config::default() }).contains("gateway.jwks_url")
        );
        assert!(says(Config { time_zone: "Mars".into(), ..Config::default() }).contains("gateway.time_zone"));
        for origin in ["*", "null", "https://a.example/", "https://a.example/x"] {
            let config = Config { cors_origins: vec![origin.into()], ..Config::default() };
            assert!(says(config).contains("gateway.cors_origins"), "{origin}");
        }
        let console = Config { cors_origins: vec!["https://a.example:8443".into()], ..Config::default() };
        console.check().expect("an origin");
    }
}
