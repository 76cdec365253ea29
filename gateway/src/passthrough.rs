//! gRPC calls to services as they are: frames pass unread, status, details and trailers unchanged.

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Method as Verb, Request, Response, Uri, Version};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body as _, Frame};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt;

use crate::error::Error;
use crate::limits;
use crate::methods::Method;
use crate::onward::Onward;
use crate::transcode::file;

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
    let answer = answer.map_err(|status| hotline_core::error::Error::Internal(status.into()))?;
    // A file has an end; what has none must not keep the gateway from stopping.
    if method.descriptor.is_server_streaming() && !file::is_answer_of(method) {
        return Ok(answer.map(|body| until(body, onward.stopping.clone())));
    }
    Ok(answer)
}

/// Ends an answer when the gateway stops, as its caller is told.
fn until(body: Body, stopping: CancellationToken) -> Body {
    // A refusal is its headers alone: with a frame of data behind them, gRPC's own libraries don't know it.
    if body.is_end_stream() {
        return body;
    }
    let frames = stream::unfold(Some((body, stopping)), async |state| {
        let (mut body, stopping) = state?;
        match stopping.run_until_cancelled(body.frame()).await {
            Some(Some(frame)) => Some((frame, Some((body, stopping)))),
            Some(None) => None,
            None => Some((Ok(Frame::trailers(stops())), None)),
        }
    });
    Body::new(StreamBody::new(frames))
}

fn stops() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // A sentence of ours fits into a header.
    let _ = Status::unavailable("the gateway stops: come again").add_header(&mut trailers);
    trailers
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};
    use hyper::body::{Body as _, Frame};
    use tokio_util::sync::CancellationToken;
    use tonic::Status;
    use tonic::body::Body;

    use super::until;

    fn endless() -> Body {
        let first = stream::once(async { Ok::<_, Status>(Frame::data(Bytes::from_static(b"told"))) });
        Body::new(StreamBody::new(first.chain(stream::pending())))
    }

    #[test]
    fn a_refusal_stays_the_headers_that_it_is() {
        let refused = Status::permission_denied("not yours").into_http::<Body>().into_body();
        assert!(until(refused, CancellationToken::new()).is_end_stream());
    }

    #[tokio::test]
    async fn an_answer_without_end_ends_with_the_gateway() {
        let stopping = CancellationToken::new();
        let mut body = until(endless(), stopping.clone());
        let first = body.frame().await.expect("goes on").expect("is told");
        assert_eq!(first.into_data().ok(), Some(Bytes::from_static(b"told")));
        stopping.cancel();
        let last = body.frame().await.expect("says so").expect("is told").into_trailers().expect("trailers");
        assert_eq!(last["grpc-status"], "14");
        assert!(body.frame().await.is_none());
    }
}
