//! Which protocol a caller speaks, and how it is told of a refusal.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use tonic::Status;

use crate::problem;

/// The protocols of the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JSON over HTTP.
    Rest,
    /// gRPC.
    Grpc,
    /// gRPC-Web, binary or text.
    GrpcWeb,
}

impl Dialect {
    /// Reads the protocol off the content type, as every gRPC proxy does.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match kind.strip_prefix("application/grpc") {
            Some(rest) if rest.starts_with("-web") => Self::GrpcWeb,
            Some(rest) if rest.is_empty() || rest.starts_with(['+', ';']) => Self::Grpc,
            _ => Self::Rest,
        }
    }

    /// Returns the refusal in this protocol: a problem, or a gRPC status in the head of an answer without a body.
    pub(crate) fn refuse(self, refusal: impl Into<Status>) -> Response<Body> {
        let status = refusal.into();
        match self {
            Self::Rest => problem::response(&status),
            Self::Grpc => status.into_http(),
            Self::GrpcWeb => {
                let mut response = status.into_http();
                let kind = HeaderValue::from_static("application/grpc-web+proto");
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::Dialect;

    #[test]
    fn the_content_type_tells_the_protocol() {
        let of = |kind: &'static str| {
            Dialect::of(&HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert_eq!(of("application/grpc"), Dialect::Grpc);
        assert_eq!(of("application/grpc+proto"), Dialect::Grpc);
        assert_eq!(of("application/grpc-web+proto"), Dialect::GrpcWeb);
        assert_eq!(of("application/grpc-web-text"), Dialect::GrpcWeb);
        assert_eq!(of("application/grpcx"), Dialect::Rest);
        assert_eq!(of("application/json"), Dialect::Rest);
        assert_eq!(Dialect::of(&HeaderMap::new()), Dialect::Rest);
    }
}
