//! Who makes the request that runs, as far as the gateway knows more than it tells services.

use std::future::Future;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;

/// The subject of callers without a token; no token may carry it.
const ANONYMOUS: &str = "anonymous";

/// One request's caller.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Who calls, as services see it.
    pub(crate) caller: Caller,
    /// When the token ends; none without a token.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Where the call comes from.
    pub(crate) address: Option<IpAddr>,
}

tokio::task_local! {
    static CURRENT: Session;
}

impl Session {
    /// Returns the session of a caller without a token. It has a name of its own: without one, services would see
    /// the gateway itself, which stands above teams.
    pub(crate) fn anonymous(address: Option<IpAddr>) -> Self {
        let caller = Caller { subject: ANONYMOUS.into(), ..Caller::default() };
        Self { caller, expires_at: None, address }
    }

    /// Runs `future` as this caller.
    pub(crate) async fn run<F: Future>(self, future: F) -> F::Output {
        let caller = self.caller.clone();
        CURRENT.scope(self, caller.scope(future)).await
    }

    /// Returns the session of the request that runs; none outside any.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// Tells whether a token may name this subject: not ours, not that of a partner's link, and nothing that would break a header or a log line.
pub(crate) fn is_subject(text: &str) -> bool {
    let usable = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
    usable && text != ANONYMOUS && !text.starts_with("service:") && !text.starts_with("link:")
}

#[cfg(test)]
mod tests {
    use super::is_subject;

    #[test]
    fn nobody_may_pass_for_a_service_or_for_nobody() {
        assert!(is_subject("agent") && is_subject("auth0|1234") && is_subject("王芳"));
        for wrong in ["", "anonymous", "service:tickets", "link:李师傅", "a\nb", &"x".repeat(256)] {
            assert!(!is_subject(wrong), "{wrong:?}");
        }
    }
}
