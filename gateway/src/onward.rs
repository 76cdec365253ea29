//! The way from the door to services, and what of a caller's headers they get to see: a short list. Everything else
//! stays at the door, so that nobody can send an identity of his own making (D11 of the attack list).

use std::time::Duration;

use hotline_core::idempotency;
use hotline_core::upstream::{Upstreams, Way};
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, TE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;

use crate::methods::Method;

/// How long the caller waits.
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// What a signed message says of itself (Standard Webhooks): for whoever has the secret.
const SIGNED: [HeaderName; 3] = [
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
];

/// What passes of a gRPC call. Identity, language and trace are written anew by the way to the service.
const PASSED: [HeaderName; 7] = [
    CONTENT_TYPE,
    TE,
    USER_AGENT,
    ACCEPT_LANGUAGE,
    HeaderName::from_static("grpc-encoding"),
    HeaderName::from_static("grpc-accept-encoding"),
    GRPC_TIMEOUT,
];

/// The way to the services, with the limits of what may be sent along it.
pub(crate) struct Onward {
    pub(crate) upstreams: Upstreams,
    /// Bytes of a request at most.
    pub(crate) body_bytes: usize,
    /// Time to an answer at most.
    pub(crate) request_time: Duration,
    /// Ends what has no end by itself.
    pub(crate) stopping: CancellationToken,
}

impl Onward {
    /// Returns the way to a method's service.
    pub(crate) fn to(&self, method: &Method) -> Way {
        self.upstreams.way(&method.service)
    }

    /// Returns the headers of a gRPC call as the service gets them.
    pub(crate) fn headers(&self, method: &Method, headers: &HeaderMap) -> HeaderMap {
        let mut passed = HeaderMap::with_capacity(PASSED.len() + 2);
        for name in PASSED {
            if let Some(value) = headers.get(&name) {
                passed.insert(name, value.clone());
            }
        }
        self.add(method, headers, &mut passed);
        passed
    }

    /// Adds to a call's metadata what every call carries.
    pub(crate) fn add(&self, method: &Method, headers: &HeaderMap, passed: &mut HeaderMap) {
        // A key is for what changes something; on a question it would only be an error.
        if let Some(key) = headers.get(idempotency::HEADER).filter(|_| !method.policy.read_only) {
            passed.insert(HeaderName::from_static(idempotency::HEADER), key.clone());
        }
        for name in &SIGNED {
            if let Some(value) = headers.get(name) {
                passed.insert(name.clone(), value.clone());
            }
        }
        // The services have a limit of their own, so that a longer wish of the caller does no harm.
        passed.entry(GRPC_TIMEOUT).or_insert_with(|| {
            let text = format!("{}m", self.request_time.as_millis());
            HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("30S"))
        });
    }
}
