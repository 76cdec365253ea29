//! The answer's message → JSON: every field of it, zero or not, so that a front end never meets a hole. Only what is
//! declared optional, and messages, are left out while absent.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::wire::{Writer, text_in};
use crate::error::Error;
use crate::methods::Method;

/// Tells that the answer is the first one of the same idempotency key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Returns the answer of a method as JSON.
///
/// # Errors
/// [`Error::Core`] for a message that is not what the contract says.
pub(super) fn render(method: &Method, answer: tonic::Response<Bytes>) -> Result<Response<Body>, Error> {
    let (metadata, bytes, _) = answer.into_parts();
    let mut body = Writer::new(&method.shapes);
    body.message(method.answer, &bytes).map_err(internal)?;
    let tag = text_in(&method.shapes, method.answer, "etag", &bytes).map_err(internal)?;

    let mut response = Response::new(Body::from(body.finish()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(tag) = etag(tag) {
        headers.insert(ETAG, tag);
    }
    let metadata: HeaderMap = metadata.into_headers();
    if let Some(replayed) = metadata.get(&REPLAYED) {
        headers.insert(REPLAYED, replayed.clone());
    }
    Ok(response)
}

fn etag(tag: &str) -> Option<HeaderValue> {
    if tag.is_empty() {
        return None;
    }
    // A tag that is written as the header writes it (RFC 9110 section 8.8.3) must not be quoted again.
    let quoted = tag.starts_with('"') || tag.starts_with("W/\"");
    HeaderValue::from_str(&if quoted { tag.to_owned() } else { format!("\"{tag}\"") }).ok()
}

fn internal(error: impl Into<anyhow::Error>) -> Error {
    hotline_core::error::Error::Internal(error.into()).into()
}
