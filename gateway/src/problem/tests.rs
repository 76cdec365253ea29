//! Each gRPC status as a problem.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::to_bytes;
use hotline_proto::locale::Locale;
use http::Response;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::response;
use crate::error::Error;

async fn read(response: Response<axum::body::Body>) -> Value {
    let bytes = to_bytes(response.into_body(), 100_000).await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn with_reason(code: Code, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, "hotline", HashMap::new());
    Status::with_error_details(code, "as told", details)
}

#[tokio::test]
async fn every_code_has_its_status_and_the_body_says_the_same() {
    let table = [
        (Code::InvalidArgument, 400),
        (Code::OutOfRange, 400),
        (Code::Unauthenticated, 401),
        (Code::PermissionDenied, 403),
        (Code::NotFound, 404),
        (Code::AlreadyExists, 409),
        (Code::Aborted, 409),
        (Code::FailedPrecondition, 409),
        (Code::ResourceExhausted, 429),
        (Code::Cancelled, 499),
        (Code::Unknown, 500),
        (Code::Internal, 500),
        (Code::DataLoss, 500),
        (Code::Unimplemented, 501),
        (Code::Unavailable, 503),
        (Code::DeadlineExceeded, 504),
    ];
    for (code, expected) in table {
        let response = response(&Status::new(code, "x"));
        assert_eq!(response.status(), expected, "{code:?}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = read(response).await;
        assert_eq!(body["status"], expected);
        let name = body["code"].as_str().expect("a code").to_ascii_lowercase().replace('_', "-");
        assert_eq!(body["type"], format!("{}{name}", super::TYPE_PREFIX));
    }
}

#[tokio::test]
async fn some_reasons_have_a_status_of_their_own() {
    for (code, reason, expected) in [
        (Code::Aborted, "ETAG_MISMATCH", 412),
        (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED", 422),
        (Code::Aborted, "LEASE_LOST", 409),
    ] {
        let response = response(&with_reason(code, reason));
        assert_eq!(response.status(), expected);
        assert_eq!(read(response).await["code"], reason);
    }
}

#[tokio::test]
async fn a_wrong_field_is_named_in_the_callers_language() {
    let problem = || async { response(&Error::malformed("phone", "is empty", "为空").into()) };
    let zh = read(Locale::Zh.scope(problem()).await).await;
    assert_eq!(zh["title"], "请求内容有误");
    assert_eq!(zh["errors"][0]["field"], "phone");
    assert_eq!(zh["errors"][0]["description"], "为空");
    let en = read(Locale::En.scope(problem()).await).await;
    assert_eq!(en["errors"][0]["description"], "is empty");
    assert_eq!(en["detail"], "`phone` is empty");
}

#[tokio::test]
async fn faults_tell_nothing_of_the_inside() {
    let details =
        ErrorDetails::with_error_info("X", "hotline", HashMap::from([("host".into(), "10.0.0.9".into())]));
    let leaky = Status::with_error_details(Code::Internal, "secret table", details);
    for status in [leaky, Status::unavailable("secret host"), Status::unknown("secret")] {
        let body = read(response(&status)).await.to_string();
        assert!(!body.contains("secret") && !body.contains("10.0.0.9"), "{body}");
    }
}

#[tokio::test]
async fn who_must_wait_is_told_how_long() {
    let refused = response(&Error::TooMany { wait: Duration::from_millis(2500) }.into());
    assert_eq!(refused.headers()["retry-after"], "3");
    assert_eq!(response(&Status::unavailable("x")).headers()["retry-after"], "1");
    assert_eq!(response(&Error::Overloaded.into()).status(), 503);
}

#[tokio::test]
async fn a_wrong_verb_is_told_the_right_ones() {
    let refused = response(&Error::WrongVerb { allow: "GET, PATCH".into() }.into());
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()["allow"], "GET, PATCH");
}
