//! Settings of the links of partners without an account.

use chrono::TimeDelta;
use hotline_core::config::Secret;
use serde::{Deserialize, Serialize};

/// Bytes of a key at least.
const SHORTEST_SECRET: usize = 32;
/// Hours that a link may be good at most: 14 days.
const LONGEST_HOURS: u32 = 336;

/// How links of partners without an account are made (D5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// Where partners reach the gateway (`https://host`), put before `/p/<token>`; empty makes links without a host.
    pub public_url: String,
    /// The key that links are signed with, at least 32 bytes; empty is one that the service makes and keeps in its database.
    /// Another key ends every link that is out.
    pub secret: Secret,
    /// Hours for which a link is good when its sender does not say, 1 to 336. Default 48.
    pub hours: u32,
}

impl Default for Links {
    fn default() -> Self {
        Self { public_url: String::new(), secret: Secret::default(), hours: 48 }
    }
}

impl Links {
    /// Refuses settings that can't be used.
    ///
    /// # Errors
    /// With the setting.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let secret = self.secret.reveal().len();
        anyhow::ensure!(
            secret == 0 || secret >= SHORTEST_SECRET,
            "dispatch.links.secret must have at least {SHORTEST_SECRET} bytes"
        );
        anyhow::ensure!((1..=LONGEST_HOURS).contains(&self.hours), "dispatch.links.hours must be 1 to 336");
        let url = self.public_url.parse::<http::Uri>().ok();
        let is_url = url.is_some_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some()
                && url.query().is_none()
        });
        anyhow::ensure!(
            self.public_url.is_empty() || is_url,
            "dispatch.links.public_url must be as in https://hotline.example"
        );
        Ok(())
    }

    /// Returns how long a link is good when its sender does not say.
    pub(crate) fn lasts(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.hours))
    }

    /// Returns the address of the page of a link.
    pub(crate) fn address(&self, token: &str) -> String {
        format!("{}/p/{token}", self.public_url.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::Links;

    #[test]
    fn wrong_settings_are_named_and_a_link_has_the_public_address() {
        let wrong = [
            Links { public_url: "hotline.example".into(), ..Links::default() },
            Links { public_url: "ftp://hotline.example".into(), ..Links::default() },
            Links { secret: "too short".to_owned().into(), ..Links::default() },
            Links { hours: 0, ..Links::default() },
            Links { hours: 337, ..Links::default() },
        ];
        for links in wrong {
            let said = links.check().expect_err("refused").to_string();
            assert!(said.starts_with("dispatch.links."), "{said}");
        }
        Links::default().check().expect("usable");
        let public = Links { public_url: "https://hotline.example/".into(), ..Links::default() };
        public.check().expect("usable");
        assert_eq!(public.address("t"), "https://hotline.example/p/t");
        assert_eq!(Links::default().address("t"), "/p/t");
    }
}
