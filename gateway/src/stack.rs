//! The gateway's layers in their order.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use tower::util::option_layer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Config;
use crate::dialect::Dialect;
use crate::door::Door;
use crate::error::Error;
use crate::limits::contain;
use crate::observe::observe;

/// How long a browser may remember what an origin is allowed.
const REMEMBER_CORS: std::time::Duration = std::time::Duration::from_secs(3600);

/// Puts the layers round the pages and the door. A request passes them from the last line to the first.
pub(crate) fn router(pages: Router, door: Arc<Door>, config: &Config) -> Router {
    pages
        .method_not_allowed_fallback(async || {
            Dialect::Rest.refuse(Error::WrongVerb { allow: "GET, HEAD".into() })
        })
        // The door: content switch, then token, rate and access rule, then the service.
        .fallback(move |request: Request| door.clone().enter(request))
        // Time to the answer's head; a panic ends its own request only.
        .layer(from_fn_with_state(config.request_time(), contain))
        // Preflights carry no token: they are answered before anyone asks for one.
        .layer(option_layer(cors(config)))
        // Outermost, so that every answer has an id and a trace, refusals and preflights too.
        .layer(from_fn(observe))
}

fn cors(config: &Config) -> Option<CorsLayer> {
    if config.cors_origins.is_empty() {
        return None;
    }
    let origins = config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let named = HeaderName::from_static;
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            ACCEPT_LANGUAGE,
            IF_MATCH,
            named("idempotency-key"),
            named("x-request-id"),
            named("traceparent"),
            named("last-event-id"),
            named("grpc-timeout"),
            named("x-grpc-web"),
            named("x-user-agent"),
        ])
        .expose_headers([
            ETAG,
            RETRY_AFTER,
            named("idempotency-replayed"),
            named("ratelimit"),
            named("ratelimit-policy"),
            named("x-request-id"),
            named("traceparent"),
            named("grpc-status"),
            named("grpc-message"),
            named("grpc-status-details-bin"),
        ])
        .max_age(REMEMBER_CORS);
    Some(layer)
}
