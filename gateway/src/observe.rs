//! The outermost layer: request id, trace, language and duration of every request, and the headers of every answer.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hotline_core::{id, telemetry};
use hotline_proto::locale::Locale;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};
use tracing::{Instrument, Span, field};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The route or method of a request, on its answer. Paths themselves are neither logged nor measured: they carry ids
/// and secrets.
#[derive(Clone)]
pub(crate) struct Matched(pub(crate) Arc<str>);

/// Runs a request in its trace and language, and tells what became of it.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let locale = language(request.headers());
    let verb = known(request.method());
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        otel.name = field::Empty,
        http.request.method = verb,
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        request_id = id.to_str().unwrap_or_default(),
    );
    telemetry::continue_trace(&span, request.headers());
    let start = Instant::now();
    let run = async {
        let mut response = next.run(request).await;
        tell(verb, &response, start);
        write_headers(response.headers_mut(), id);
        response
    };
    locale.scope(run.instrument(span)).await
}

/// Takes the caller's id where it can be logged as it is, else makes one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|value| {
        let graphic = value.as_bytes().iter().all(u8::is_ascii_graphic);
        graphic && (1..=128).contains(&value.len())
    });
    given.cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&id::new().to_string()).unwrap_or(HeaderValue::from_static("none"))
    })
}

fn language(headers: &HeaderMap) -> Locale {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Locale::negotiate(wanted.unwrap_or_default())
}

fn tell(verb: &'static str, response: &Response, start: Instant) {
    let route = response.extensions().get::<Matched>().map_or("", |matched| &matched.0).to_owned();
    let status = response.status().as_u16();
    let span = Span::current();
    span.record("otel.name", format!("{verb} {route}"));
    span.record("http.route", &route);
    span.record("http.response.status_code", status);
    let elapsed = start.elapsed();
    tracing::debug!(route, status, milliseconds = elapsed.as_millis(), "answered");
    let labels = [
        KeyValue::new("http.request.method", verb),
        KeyValue::new("http.route", route),
        KeyValue::new("http.response.status_code", i64::from(status)),
    ];
    DURATION.record(elapsed.as_secs_f64(), &labels);
}

fn write_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    let trace = telemetry::current_traceparent();
    if let Some(trace) = HeaderValue::from_str(&trace).ok().filter(|trace| !trace.is_empty()) {
        headers.insert(TRACEPARENT, trace);
    }
    // Answers are about people; no proxy or browser may keep them.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Callers can invent verbs without end; a metric can't have labels without end.
fn known(verb: &Method) -> &'static str {
    match verb.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("hotline")
        .f64_histogram("http.server.request.duration")
        .with_unit("s")
        .with_description("Time from a request's head to its answer's head.")
        .with_boundaries(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ])
        .build()
});

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::request_id;

    #[test]
    fn a_request_id_that_can_be_logged_is_kept() {
        let id = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).expect("a header");
            request_id(&HeaderMap::from_iter([(super::REQUEST_ID, value)]))
        };
        assert_eq!(id(b"abc-1"), "abc-1");
        assert_ne!(id(b"a b"), "a b");
        assert_ne!(id(&[b'x'; 129]), HeaderValue::from_bytes(&[b'x'; 129]).expect("a header"));
        assert!(!request_id(&HeaderMap::new()).is_empty());
    }
}
