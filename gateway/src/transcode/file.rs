//! An answer that is a file rather than a message: its own bytes under its own content type.

use axum::body::Body;
use bytes::Bytes;
use hotline_proto::google::api::HttpBody;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Response};
use prost::{Message, Name};

use crate::methods::Method;

/// What a browser that opens the file by itself may do with it: show it with its own styles and images, and nothing
/// else. What people wrote is in it.
const HARMLESS: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// Tells whether a method answers with a file.
pub(crate) fn is_answer_of(method: &Method) -> bool {
    method.descriptor.output().full_name() == HttpBody::full_name()
}

/// Returns the file.
///
/// # Errors
/// For bytes that are not what the contract says, and for a content type that no header can carry.
pub(super) fn render(bytes: Bytes) -> anyhow::Result<Response<Body>> {
    let HttpBody { content_type, data, .. } = HttpBody::decode(bytes)?;
    anyhow::ensure!(!content_type.is_empty(), "a file without a content type");
    let content_type = HeaderValue::try_from(content_type)?;
    let mut response = Response::new(Body::from(data));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(HARMLESS));
    Ok(response)
}
