//! `/openapi.json`, and `/docs`: the same for people, one page without scripts or foreign parts.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::Value;

mod page;

/// The page has its styles in itself and needs nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
/// Both change with the program only.
const KEEP: &str = "public, max-age=300";

/// Returns the two pages of a description.
pub(crate) fn pages(document: &Value) -> Router {
    let json = Bytes::from(document.to_string());
    let html = Bytes::from(page::render(document));
    let json_headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)];
    let html_headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, KEEP),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    Router::new()
        .route("/openapi.json", get(async move || (json_headers, json.clone())))
        .route("/docs", get(async move || (html_headers, html.clone())))
}
