//! The layers of every service's stack; [`super::Service::stack`] says in which order and why.

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use futures::FutureExt;
use hotline_proto::access::{Policies, Policy, Rule};
use hotline_proto::descriptors;
use hotline_proto::locale::Locale;
use http::{Request, Response};
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};
use tonic::Status;
use tonic::body::Body;
use tower::{BoxError, ServiceExt};
use tracing::Instrument;

use crate::caller::{self, Keys};
use crate::error::{Error, panicked};
use crate::telemetry;
use crate::upstream::Upstream;

/// How long a call may take at most, whatever its caller says.
const LONGEST: Duration = Duration::from_secs(30);

/// A span and a duration for every call, in the caller's trace; whatever a layer or the service says is in the
/// caller's language.
pub(super) async fn observe(
    service: &'static str,
    mut request: Request<Body>,
    next: Upstream,
) -> Result<Response<Body>, BoxError> {
    request.extensions_mut().clear();
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let span =
        tracing::info_span!("rpc", otel.kind = "server", otel.name = path, rpc.system.name = "grpc", service);
    telemetry::continue_trace(&span, request.headers());
    let locale = Locale::negotiate(header(&request, "accept-language"));
    let start = Instant::now();
    let mut response = locale.scope(next.oneshot(request)).instrument(span).await?;
    response.extensions_mut().clear();
    let code = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0");
    let known = policy(&format!("/{path}")).is_some();
    let labels = [
        KeyValue::new("rpc.method", if known { path } else { "_OTHER".into() }),
        KeyValue::new("rpc.status_code", code.to_owned()),
    ];
    DURATION.record(start.elapsed().as_secs_f64(), &labels);
    Ok(response)
}

/// A panic ends its call with `INTERNAL`.
pub(super) async fn catch_panic(request: Request<Body>, next: Upstream) -> Result<Response<Body>, BoxError> {
    match AssertUnwindSafe(next.oneshot(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => Ok(Status::from(panicked(panic.as_ref())).into_http()),
    }
}

/// Ends a call when its `grpc-timeout` has run out.
pub(super) async fn limit_time(request: Request<Body>, next: Upstream) -> Result<Response<Body>, BoxError> {
    let asked =
        request.headers().get("grpc-timeout").and_then(|value| value.to_str().ok()).and_then(parse_timeout);
    let limit = asked.unwrap_or(LONGEST).min(LONGEST);
    match tokio::time::timeout(limit, next.oneshot(request)).await {
        Ok(response) => response,
        Err(_) => Ok(Status::from(Error::OutOfTime).into_http()),
    }
}

/// Lets in who carries a token of the gateway or another service, and services only to internal methods.
pub(super) async fn identify(
    keys: Keys,
    service: &'static str,
    request: Request<Body>,
    next: Upstream,
) -> Result<Response<Body>, BoxError> {
    let caller = match keys.verify(header(&request, caller::HEADER), service) {
        Ok(caller) => caller,
        Err(error) => return Ok(Status::from(error).into_http()),
    };
    let internal = policy(request.uri().path()).is_some_and(|policy| policy.rule == Rule::Internal);
    if internal && !caller.is_service() {
        let error = Error::Forbidden("only services of the suite may call this", "仅限系统内部调用");
        return Ok(Status::from(error).into_http());
    }
    caller.scope(next.oneshot(request)).await
}

fn header<'a>(request: &'a Request<Body>, name: &str) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns what the contract declares of the method with this gRPC path; nothing for an unknown one.
pub(crate) fn policy(path: &str) -> Option<&'static Policy> {
    POLICIES.get(path)
}

static POLICIES: LazyLock<Policies> = LazyLock::new(|| {
    Policies::from_descriptors(descriptors()).expect("a test reads the policies of the whole contract")
});

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("hotline")
        .f64_histogram("rpc.server.call.duration")
        .with_unit("s")
        .with_description("Time from the first layer of a service to its answer.")
        .with_boundaries(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ])
        .build()
});

/// Reads a `grpc-timeout`: at most eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{Request, Response};
    use tonic::Code;
    use tonic::body::Body;
    use tower::service_fn;
    use tower::util::BoxCloneSyncService;

    use super::{catch_panic, identify, limit_time, parse_timeout};
    use crate::caller::{self, Caller, Keys};
    use crate::upstream::Upstream;

    /// Returns the code of an answer that carries its status in the headers.
    fn code_of(response: &Response<Body>) -> Code {
        response.headers().get("grpc-status").map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
    }

    fn answering() -> Upstream {
        BoxCloneSyncService::new(service_fn(async |_| Ok(Response::new(Body::empty()))))
    }

    fn request(path: &str, headers: &[(&'static str, &str)]) -> Request<Body> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_ends_the_call_with_internal() {
        let panicking: Upstream = BoxCloneSyncService::new(service_fn(async |_| panic!("oh")));
        let response = catch_panic(request("/x", &[]), panicking).await.unwrap();
        assert_eq!(code_of(&response), Code::Internal);
    }

    #[tokio::test]
    async fn a_call_ends_when_its_time_has_run_out() {
        let slow: Upstream = BoxCloneSyncService::new(service_fn(async |_| std::future::pending().await));
        let response = limit_time(request("/x", &[("grpc-timeout", "1m")]), slow).await.unwrap();
        assert_eq!(code_of(&response), Code::DeadlineExceeded);
    }

    #[tokio::test]
    async fn a_call_that_went_round_the_gateway_is_refused() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let response = identify(keys.clone(), "tickets", request("/x", &[]), answering()).await.unwrap();
        assert_eq!(code_of(&response), Code::Unauthenticated);
        let token =
            keys.mint(&Caller { service: Some("gateway".into()), ..Caller::default() }, "tickets").unwrap();
        let response =
            identify(keys.clone(), "tickets", request("/x", &[(caller::HEADER, &token)]), answering()).await;
        assert_eq!(code_of(&response.unwrap()), Code::Ok);
        let internal = "/hotline.tickets.v1.TicketService/StartTicket";
        let response =
            identify(keys.clone(), "tickets", request(internal, &[(caller::HEADER, &token)]), answering())
                .await;
        assert_eq!(code_of(&response.unwrap()), Code::PermissionDenied);
        let token = keys.mint(&Caller::service("dispatch"), "tickets").unwrap();
        let response =
            identify(keys, "tickets", request(internal, &[(caller::HEADER, &token)]), answering()).await;
        assert_eq!(code_of(&response.unwrap()), Code::Ok);
    }

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        assert_eq!(parse_timeout("10S"), Some(Duration::from_secs(10)));
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("123456789S"), None);
        assert_eq!(parse_timeout("x"), None);
        assert_eq!(parse_timeout(""), None);
    }
}
