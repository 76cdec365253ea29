//! What a request may cost: bytes of its body, time to its answer; and a panic costs its own request only.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower::BoxError;

use crate::dialect::Dialect;
use crate::error::Error;

/// Ends a request when its time has run out, and answers for a handler that panics.
pub(crate) async fn contain(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let dialect = Dialect::of(request.headers());
    let answer = AssertUnwindSafe(tokio::time::timeout(limit, next.run(request))).catch_unwind();
    match answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => dialect.refuse(Error::TimedOut),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            let fault = hotline_core::error::Error::Internal(anyhow::anyhow!("the gateway panicked: {text}"));
            dialect.refuse(Error::from(fault))
        }
    }
}

/// Reads a body whole, whether or not it declares its length.
///
/// # Errors
/// [`Error::TooLarge`], before more than `limit` bytes are read; [`Error::Malformed`] for one that breaks off.
pub(crate) async fn read<B>(body: B, limit: usize) -> Result<Bytes, Error>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    // A declared length beyond the limit is refused before the first byte.
    if body.size_hint().lower() > limit as u64 {
        return Err(Error::TooLarge { limit });
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge { limit }),
        Err(_) => Err(Error::malformed("body", "broke off", "不完整")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::middleware::from_fn_with_state;
    use axum::response::Response;
    use bytes::Bytes;
    use tower::ServiceExt;

    use super::{contain, read};
    use crate::error::Error;

    fn in_pieces(pieces: usize) -> Body {
        let piece = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100]));
        Body::from_stream(futures::stream::iter((0..pieces).map(move |_| piece())))
    }

    /// Sends a request of this content type to a handler that panics.
    async fn panicking(kind: &str) -> Response {
        let router = Router::new()
            .fallback(async || -> () { panic!("oh") })
            .layer(from_fn_with_state(Duration::from_secs(9), contain));
        let request = Request::builder().header("content-type", kind).body(Body::empty()).expect("a request");
        router.oneshot(request).await.expect("an answer")
    }

    #[tokio::test]
    async fn a_panic_is_answered_in_the_callers_protocol() {
        let rest = panicking("application/json").await;
        assert_eq!(rest.status(), 500);
        assert_eq!(rest.headers()["content-type"], "application/problem+json");
        let grpc = panicking("application/grpc").await;
        assert_eq!((grpc.status().as_u16(), grpc.headers()["grpc-status"].as_bytes()), (200, &b"13"[..]));
    }

    #[tokio::test]
    async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
        assert_eq!(read(Body::from(vec![b' '; 1000]), 1000).await.expect("fits").len(), 1000);
        assert!(matches!(
            read(Body::from(vec![b' '; 1001]), 1000).await,
            Err(Error::TooLarge { limit: 1000 })
        ));
    }

    #[tokio::test]
    async fn so_may_one_of_undeclared_length() {
        assert_eq!(read(in_pieces(10), 1000).await.expect("fits").len(), 1000);
        assert!(matches!(read(in_pieces(11), 1000).await, Err(Error::TooLarge { .. })));
    }
}
