//! Status → `application/problem+json` (RFC 9457): the one place that knows which gRPC code is which HTTP status.

use std::collections::BTreeMap;

use axum::body::Body;
use hotline_core::telemetry;
use hotline_proto::locale::Locale;
use http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::error::seconds;

mod titles;

/// What `type` begins with; the code in lower case with hyphens follows.
pub const TYPE_PREFIX: &str = "https://hotline.example/problems/";

/// nginx's word for a client that has gone away; there is no registered one.
const CLIENT_CLOSED_REQUEST: u16 = 499;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Wrong>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    trace_id: String,
}

#[derive(Serialize)]
struct Wrong {
    field: String,
    description: String,
}

/// Returns the status as a problem, in the language of the call that runs.
pub(crate) fn response(status: &Status) -> Response<Body> {
    let details = status.get_error_details();
    let code = code(status.code(), &details);
    let http = http_status(status.code(), &code);
    let locale = Locale::current();
    let problem = Problem {
        r#type: format!("{TYPE_PREFIX}{}", code.to_ascii_lowercase().replace('_', "-")),
        title: titles::of(http, locale),
        status: http.as_u16(),
        detail: detail(status, &details, http, locale),
        errors: wrong_fields(&details),
        metadata: metadata(&details, http),
        trace_id: telemetry::current_trace_id(),
        code,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = http;
    write_headers(response.headers_mut(), http, locale, &details);
    response
}

fn http_status(code: Code, reason: &str) -> StatusCode {
    match reason {
        "ETAG_MISMATCH" => return StatusCode::PRECONDITION_FAILED,
        "IDEMPOTENCY_KEY_REUSED" => return StatusCode::UNPROCESSABLE_ENTITY,
        "METHOD_NOT_ALLOWED" => return StatusCode::METHOD_NOT_ALLOWED,
        "REQUEST_TOO_LARGE" => return StatusCode::PAYLOAD_TOO_LARGE,
        "UNSUPPORTED_MEDIA_TYPE" => return StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "OVERLOADED" => return StatusCode::SERVICE_UNAVAILABLE,
        _ => {}
    }
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Cancelled => {
            StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Returns the reason, or the gRPC code's name where a status has none.
fn code(code: Code, details: &ErrorDetails) -> String {
    let reason = details.error_info().map(|info| info.reason.clone()).unwrap_or_default();
    if !reason.is_empty() {
        return reason;
    }
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
    .to_owned()
}

/// A message that was written for the caller passes; any other text of a fault of ours stays inside.
fn detail(status: &Status, details: &ErrorDetails, http: StatusCode, locale: Locale) -> String {
    let localized = details.localized_message().map(|message| message.message.clone());
    match localized {
        _ if http == StatusCode::INTERNAL_SERVER_ERROR => {
            locale.pick("An internal fault occurred.", "系统内部错误。").to_owned()
        }
        Some(message) if !message.is_empty() => message,
        _ if http.is_server_error() => titles::of(http, locale).to_owned(),
        _ => status.message().to_owned(),
    }
}

fn wrong_fields(details: &ErrorDetails) -> Vec<Wrong> {
    let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    violations
        .iter()
        .map(|wrong| Wrong { field: wrong.field.clone(), description: wrong.description.clone() })
        .collect()
}

fn metadata(details: &ErrorDetails, http: StatusCode) -> BTreeMap<String, String> {
    if http == StatusCode::INTERNAL_SERVER_ERROR {
        return BTreeMap::new();
    }
    details.error_info().map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default()
}

fn write_headers(headers: &mut HeaderMap, http: StatusCode, locale: Locale, details: &ErrorDetails) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    if http == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let allow = details.error_info().and_then(|info| info.metadata.get("allow"));
    if http == StatusCode::METHOD_NOT_ALLOWED
        && let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(allow).ok())
    {
        headers.insert(ALLOW, allow);
    }
    if matches!(http, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let wait = details.retry_info().and_then(|info| info.retry_delay).map_or(1, seconds);
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
    }
}

#[cfg(test)]
mod tests;
