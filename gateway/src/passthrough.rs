//! gRPC calls to services as they are: frames pass unread, status, details and trailers unchanged.

use bytes::Bytes;
use http::{Method as Verb, Request, Response, Uri, Version};
use http_body_util::Full;
use tonic::body::Body;
use tower::ServiceExt;

use crate::error::Error;
use crate::limits;
use crate::methods::Method;
use crate::onward::Onward;

/// What a gRPC frame adds to its message, in bytes.
const FRAME: usize = 5;

/// Hands a call to the method's service and returns its answer.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::Core`] when a layer on the way fails.
pub(crate) async fn forward(
    method: &Method,
    request: Request<Body>,
    onward: &Onward,
) -> Result<Response<Body>, Error> {
    let (parts, body) = request.into_parts();
    let body = if method.descriptor.is_client_streaming() {
        // A stream has no end to wait for; the service bounds each of its messages.
        body
    } else {
        let bytes: Bytes = limits::read(body, onward.body_bytes + FRAME).await?;
        Body::new(Full::new(bytes))
    };
    let mut outgoing = Request::new(body);
    *outgoing.method_mut() = Verb::POST;
    *outgoing.uri_mut() = Uri::from(method.path.clone());
    *outgoing.version_mut() = Version::HTTP_2;
    *outgoing.headers_mut() = onward.headers(method, &parts.headers);
    let answer = onward.to(method).oneshot(outgoing).await;
    answer.map_err(|status| hotline_core::error::Error::Internal(status.into()).into())
}
