//! The answer's message → JSON: every field of it, zero or not, so that a front end never meets a hole. Only what is
//! declared optional, and messages, are left out while absent.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::Serializer;

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
    let message = DynamicMessage::decode(method.descriptor.output(), bytes).map_err(internal)?;
    let options = SerializeOptions::new().skip_default_fields(false);
    let mut body = Vec::with_capacity(1024);
    message.serialize_with_options(&mut Serializer::new(&mut body), &options).map_err(internal)?;

    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(tag) = etag(&message) {
        headers.insert(ETAG, tag);
    }
    let metadata: HeaderMap = metadata.into_headers();
    if let Some(replayed) = metadata.get(&REPLAYED) {
        headers.insert(REPLAYED, replayed.clone());
    }
    Ok(response)
}

fn etag(message: &DynamicMessage) -> Option<HeaderValue> {
    let tag = message.get_field_by_name("etag")?;
    let tag = tag.as_str().filter(|tag| !tag.is_empty())?;
    // A tag that is written as the header writes it (RFC 9110 section 8.8.3) must not be quoted again.
    let quoted = tag.starts_with('"') || tag.starts_with("W/\"");
    HeaderValue::from_str(&if quoted { tag.to_owned() } else { format!("\"{tag}\"") }).ok()
}

fn internal(error: impl Into<anyhow::Error>) -> Error {
    hotline_core::error::Error::Internal(error.into()).into()
}
