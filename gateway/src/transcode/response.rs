//! The answer's message → JSON: every field of it, zero or not, so that a front end never meets a hole. Only what is
//! declared optional, and messages, are left out while absent. A file is sent as it is.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::file;
use super::wire::{Writer, text_in};
use crate::error::Error;
use crate::methods::Method;

/// Tells that the answer is the first one of the same idempotency key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Returns the answer of a method as JSON, or as the file that it is.
///
/// # Errors
/// [`Error::Core`] for a message that is not what the contract says.
pub(super) fn render(method: &Method, answer: tonic::Response<Bytes>) -> Result<Response<Body>, Error> {
    let (metadata, bytes, _) = answer.into_parts();
    let metadata: HeaderMap = metadata.into_headers();
    let mut response = if file::is_answer_of(method) {
        file::render(bytes, &metadata).map_err(internal)?
    } else {
        json(method, &bytes).map_err(internal)?
    };
    if let Some(replayed) = metadata.get(&REPLAYED) {
        response.headers_mut().insert(REPLAYED, replayed.clone());
    }
    Ok(response)
}

fn json(method: &Method, bytes: &[u8]) -> anyhow::Result<Response<Body>> {
    let mut body = Writer::new(&method.shapes);
    body.message(method.answer, bytes)?;
    let tag = text_in(&method.shapes, method.answer, "etag", bytes)?;
    let mut response = Response::new(Body::from(body.finish()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(tag) = etag(tag) {
        headers.insert(ETAG, tag);
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
