//! Who is let in, once for all protocols: the token, the subject's rate, the method's access rule, in this order. The
//! rate comes before the rule so that it also slows who tries doors.

use std::net::IpAddr;
use std::time::Duration;

use hotline_proto::access::{Policy, Rule};
use http::HeaderMap;

use crate::authenticate::{Authenticator, Identity};
use crate::config::Config;
use crate::error::Error;
use crate::rate::{Limiter, Standing};
use crate::session::Session;

/// What the guard found.
pub(crate) struct Admission {
    /// What is left of the subject's quota; nothing where there is no limit.
    pub(crate) standing: Option<Standing>,
    /// The session to run the call in, or why there is none.
    pub(crate) outcome: Result<Session, Error>,
}

/// Decides about each request.
pub(crate) struct Guard {
    authenticator: Authenticator,
    limiter: Option<Limiter>,
    trusted_proxies: usize,
}

impl Guard {
    pub(crate) fn new(authenticator: Authenticator, config: &Config) -> Self {
        let period = match config.rate_per_second {
            0 => Duration::ZERO,
            rate => Duration::from_secs(1) / rate,
        };
        Self {
            authenticator,
            limiter: Limiter::new(config.rate_burst, period),
            trusted_proxies: config.trusted_proxies,
        }
    }

    /// Decides whether the caller with these headers, from this address, may call a method with this policy.
    pub(crate) async fn admit(
        &self,
        policy: &Policy,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Admission {
        let address = self.address(headers, peer);
        let known = self.authenticator.identify(headers).await;
        let (standing, within) = self.take(&known, address);
        let outcome = within.and_then(|()| decide(known, &policy.rule, address));
        Admission { standing, outcome }
    }

    fn take(
        &self,
        known: &Result<Option<Identity>, Error>,
        address: Option<IpAddr>,
    ) -> (Option<Standing>, Result<(), Error>) {
        let Some(limiter) = &self.limiter else { return (None, Ok(())) };
        let key = match (known, address) {
            (Ok(Some(identity)), _) => format!("subject {}", identity.caller.subject),
            (_, Some(address)) => format!("address {address}"),
            (_, None) => "no address".to_owned(),
        };
        let (standing, taken) = limiter.take(&key);
        (Some(standing), taken.map_err(|wait| Error::TooMany { wait }))
    }

    /// Each trusted proxy has appended the address it saw; what stands before those is the client's own tale.
    fn address(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
        let Some(hops) = self.trusted_proxies.checked_sub(1) else { return peer };
        let told = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<&str> = told.flat_map(|value| value.split(',')).map(str::trim).collect();
        chain.iter().rev().nth(hops).and_then(|address| address.parse().ok()).or(peer)
    }
}

fn decide(
    known: Result<Option<Identity>, Error>,
    rule: &Rule,
    address: Option<IpAddr>,
) -> Result<Session, Error> {
    match known {
        Ok(Some(Identity { caller, expires_at })) if rule.admits(&caller.roles) => {
            Ok(Session { caller, expires_at: Some(expires_at), address })
        }
        Ok(Some(_)) => Err(Error::WrongRole),
        // Who may do without a token may do with a bad one: a browser sends what it has.
        _ if *rule == Rule::Public => Ok(Session::anonymous(address)),
        Ok(None) => Err(Error::Unauthenticated),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
