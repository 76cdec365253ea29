//! `/debug/clock`: moves the manual clock, so that a day's work can be shown in a second. There is none otherwise.

use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hotline_core::clock::Clock;
use http::Response;
use iso8601_duration::Duration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dialect::Dialect;
use crate::error::Error;
use crate::limits;

/// Bytes of a request at most.
const LARGEST: usize = 4096;
/// How far the clock is moved at once at most: ten years, in seconds.
const FURTHEST: f64 = 10.0 * 366.0 * 86_400.0;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Move {
    /// By an ISO 8601 duration of days, hours, minutes and seconds.
    Advance(String),
    /// To an RFC 3339 time.
    Set(DateTime<Utc>),
}

/// Returns the page.
pub(crate) fn page(clock: Clock) -> Router {
    let read = clock.clone();
    let page = get(async move || answer(told(&read)))
        .post(async move |request: Request| answer(change(&clock, request).await))
        .fallback(async || Dialect::Rest.refuse(Error::WrongVerb { allow: "GET, HEAD, POST".into() }));
    Router::new().route("/debug/clock", page)
}

fn answer(outcome: Result<Json<Value>, Error>) -> Response<Body> {
    match outcome {
        Ok(body) => axum::response::IntoResponse::into_response(body),
        Err(error) => Dialect::Rest.refuse(error),
    }
}

fn told(clock: &Clock) -> Result<Json<Value>, Error> {
    if !clock.is_manual() {
        return Err(Error::NoManualClock);
    }
    Ok(Json(json!({"now": clock.now().to_rfc3339_opts(SecondsFormat::AutoSi, true)})))
}

async fn change(clock: &Clock, request: Request) -> Result<Json<Value>, Error> {
    if !clock.is_manual() {
        return Err(Error::NoManualClock);
    }
    let body = limits::read(request.into_body(), LARGEST).await?;
    let wanted = serde_json::from_slice(&body).map_err(|error| {
        Error::malformed(
            "body",
            format!("must be {{advance}} or {{set}}: {error}"),
            "必须是 {advance} 或 {set}",
        )
    })?;
    let moved = match wanted {
        Move::Advance(text) => {
            let by = duration(&text);
            clock.advance(by.ok_or_else(|| {
                Error::malformed(
                    "advance",
                    "must be an ISO 8601 duration such as PT45M or P1D",
                    "必须是 ISO 8601 时长，如 PT45M、P1D",
                )
            })?)
        }
        Move::Set(to) => clock.set(to),
    };
    moved.ok_or_else(|| {
        Error::malformed("set", "has passed: the clock only goes forward", "已过去：时钟只能向前")
    })?;
    told(clock)
}

/// Years and months have no fixed length; a clock can't be moved by them.
fn duration(text: &str) -> Option<TimeDelta> {
    let parts = Duration::parse(text).ok().filter(|parts| parts.year == 0.0 && parts.month == 0.0)?;
    let all = [(parts.day, 86_400.0), (parts.hour, 3600.0), (parts.minute, 60.0), (parts.second, 1.0)];
    if all.iter().any(|(count, _)| *count < 0.0) {
        return None;
    }
    let seconds: f64 = all.iter().map(|(count, unit)| f64::from(*count) * unit).sum();
    (seconds <= FURTHEST).then(|| TimeDelta::milliseconds((seconds * 1000.0).round() as i64))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::duration;

    #[test]
    fn durations_of_fixed_length_are_read() {
        assert_eq!(duration("PT45M"), Some(TimeDelta::minutes(45)));
        assert_eq!(duration("P1D"), Some(TimeDelta::days(1)));
        assert_eq!(duration("P2W"), Some(TimeDelta::weeks(2)));
        assert_eq!(duration("P1DT2H0.5S"), Some(TimeDelta::milliseconds(93_600_500)));
        for wrong in ["", "45M", "P1M", "P1Y", "PT-5M", "P99999D", "PTinfM", "PTnanM"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
