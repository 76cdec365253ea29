//! An answer that is a file rather than a message: its own bytes under its own content type.

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use hotline_core::error::Error as Core;
use hotline_proto::google::api::HttpBody;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use prost::{Message, Name};
use tonic::{Status, Streaming};
use tower::BoxError;

use crate::methods::Method;

/// What a browser that opens the file by itself may do with it: show it with its own styles and images, and nothing
/// else. What people wrote is in it.
const HARMLESS: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// Tells whether a method answers with a file.
pub(crate) fn is_answer_of(method: &Method) -> bool {
    method.descriptor.output().full_name() == HttpBody::full_name()
}

/// Returns the file, called as the service's metadata says.
///
/// # Errors
/// For bytes that are not what the contract says, and for a content type that no header can carry.
pub(super) fn render(bytes: Bytes, metadata: &HeaderMap) -> anyhow::Result<Response<Body>> {
    let HttpBody { content_type, data, .. } = HttpBody::decode(bytes)?;
    answer(content_type, Body::from(data), metadata)
}

/// Returns a file that the service sends piece by piece: the first says what it is. One that breaks off ends the
/// connection, so that nobody takes a part for the whole.
///
/// # Errors
/// The service's own status before its first piece; else as [`render`].
pub(super) async fn stream(pieces: tonic::Response<Streaming<Bytes>>) -> Result<Response<Body>, Status> {
    let (metadata, mut pieces, _) = pieces.into_parts();
    let first = pieces.message().await?.ok_or_else(|| internal(anyhow::anyhow!("a file without a piece")))?;
    let HttpBody { content_type, data, .. } = HttpBody::decode(first).map_err(internal)?;
    let rest = pieces.map(|piece| Ok::<_, BoxError>(HttpBody::decode(piece?)?.data));
    let data = stream::iter([Ok(data)]).chain(rest);
    // To the one who reads it, an empty piece may be the end.
    let data = data.filter(|piece| std::future::ready(piece.as_ref().map_or(true, |data| !data.is_empty())));
    answer(content_type, Body::from_stream(data), &metadata.into_headers()).map_err(internal)
}

fn answer(content_type: String, body: Body, metadata: &HeaderMap) -> anyhow::Result<Response<Body>> {
    anyhow::ensure!(!content_type.is_empty(), "a file without a content type");
    let content_type = HeaderValue::try_from(content_type)?;
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(HARMLESS));
    if let Some(called) = metadata.get(CONTENT_DISPOSITION) {
        headers.insert(CONTENT_DISPOSITION, called.clone());
    }
    Ok(response)
}

fn internal(error: impl Into<anyhow::Error>) -> Status {
    Core::Internal(error.into()).into()
}
