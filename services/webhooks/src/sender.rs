//! The call: one POST, signed for this attempt, that follows no redirect, takes no proxy from the environment, and reads
//! only so much of the answer.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::address::Rules;
use crate::guard::{Blocked, Guard, Resolve};
use crate::outcome::{Outcome, retry_after};
use crate::signature::{self, Secret, signatures};
use crate::target;
use crate::trust::Trust;

/// How much of an answer is read, in bytes: what it says in words is nobody's business here.
const LARGEST: usize = 64 * 1024;
/// How long the rest of an answer may take once its status is known; then the connection is given up.
const REST: Duration = Duration::from_secs(2);
/// How long a connection may idle before it is closed: receivers close theirs after a while too.
const IDLE: Duration = Duration::from_secs(20);
/// What the caller calls itself.
const AGENT: &str = "hotline-webhooks/1";

type HttpClient = BoxCloneSyncService<Request<Full<Bytes>>, Response<Incoming>, ClientError>;

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// The message's id, the same in every attempt.
    pub id: String,
    /// The message, as JSON.
    pub body: Bytes,
    /// The secrets it is signed with.
    pub secrets: Vec<Secret>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it means.
    pub outcome: Outcome,
    /// The status of HTTP, where there was an answer.
    pub status: Option<u16>,
    /// How long the receiver wants to be left alone.
    pub retry_after: Option<TimeDelta>,
}

/// Makes calls. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    rules: Arc<Rules>,
    time: Duration,
    plain: HttpClient,
    /// None where no certificate authority is trusted.
    secure: Option<HttpClient>,
}

impl Sender {
    /// Makes calls that take `time` at most, each, over TLS to whom `trust` vouches for.
    pub fn new(rules: Rules, trust: Trust, resolver: Arc<dyn Resolve>, time: Duration) -> Self {
        let rules = Arc::new(rules);
        let guard = Guard { rules: rules.clone(), resolver };
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_idle_timeout(IDLE).pool_max_idle_per_host(2);
        let plain = BoxCloneSyncService::new(builder.build(guard.clone()));
        let secure = trust.encryption().map(|tls| {
            let tls = HttpsConnectorBuilder::new().with_tls_config(tls);
            let connector = tls.https_only().enable_http1().wrap_connector(guard);
            BoxCloneSyncService::new(builder.build(connector))
        });
        Self { rules, time, plain, secure }
    }

    /// Returns which addresses it calls.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Makes one attempt, signed for `now`: the time by which receivers judge how old it is.
    pub async fn send(&self, letter: &Letter, now: DateTime<Utc>) -> Report {
        let Some((client, request)) = self.prepare(letter, now) else {
            return without_answer(Outcome::Blocked);
        };
        let Some(client) = client else { return without_answer(Outcome::Unreachable) };
        match timeout(self.time, client.oneshot(request)).await {
            Err(_) => without_answer(Outcome::TimedOut),
            Ok(Err(error)) => without_answer(why(&error)),
            Ok(Ok(response)) => {
                let status = response.status();
                let wait = header(response.headers(), &RETRY_AFTER).and_then(|text| retry_after(text, now));
                // Read to its end, the connection can be used again.
                let rest = Limited::new(response.into_body(), LARGEST).collect();
                let _ = timeout(REST, rest).await;
                Report { outcome: Outcome::of(status), status: Some(status.as_u16()), retry_after: wait }
            }
        }
    }

    /// Returns the call and who makes it; `None` for what must not be called at all.
    fn prepare(
        &self,
        letter: &Letter,
        now: DateTime<Utc>,
    ) -> Option<(Option<HttpClient>, Request<Full<Bytes>>)> {
        // The rules may be stricter now than when the URL was given.
        let url = target::read(&letter.url, &self.rules).ok()?;
        let timestamp = now.timestamp();
        let request = Request::post(url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header(signature::ID, &letter.id)
            .header(signature::TIMESTAMP, timestamp)
            .header(signature::SIGNATURE, signatures(&letter.secrets, &letter.id, timestamp, &letter.body))
            .body(Full::new(letter.body.clone()));
        let client = if url.scheme() == "http" { Some(self.plain.clone()) } else { self.secure.clone() };
        Some((client, request.ok()?))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn without_answer(outcome: Outcome) -> Report {
    Report { outcome, status: None, retry_after: None }
}

/// Tells a refusal of ours from a fault of the way.
fn why(error: &ClientError) -> Outcome {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Blocked>() {
            return Outcome::Blocked;
        }
        cause = error.source();
    }
    tracing::debug!(error = %error, "a webhook could not be sent");
    Outcome::Unreachable
}
