//! Limits, pages and the clock.

use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_gateway::Config;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::Bench;

#[tokio::test]
async fn a_body_one_byte_over_the_limit_is_refused() {
    let bench = Bench::with(Config { body_bytes: 100, ..Config::default() }, Clock::system()).await;
    let padded = |length: usize| format!("{:<length$}", r#"{"name":"n"}"#);
    assert_eq!(bench.call("POST", "/v1/probes/p-1:run", &padded(100)).await.status, 200);
    let refused = bench.call("POST", "/v1/probes/p-1:run", &padded(101)).await;
    assert_eq!(refused.problem(), (413, "REQUEST_TOO_LARGE".into()));
    assert_eq!(refused.json()["metadata"], json!({"limit": "100"}));
}

/// Speaks HTTP/1.1 byte by byte and returns the answer.
async fn raw(bench: &Bench, request: &str) -> String {
    let mut stream = TcpStream::connect(bench.address).await.expect("connects");
    // The server may answer and close before it has read all.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn so_is_one_that_does_not_say_how_long_it_is() {
    let bench = Bench::with(Config { body_bytes: 100, ..Config::default() }, Clock::system()).await;
    let token = bench.token("agent", "agent");
    let chunk = "x".repeat(101);
    let request = format!(
        "POST /v1/probes/p-1:run HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n65\r\n{chunk}\r\n0\r\n\r\n"
    );
    assert!(raw(&bench, &request).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let bench = Bench::start().await;
    let large = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", "a".repeat(100_000));
    assert!(raw(&bench, &large).await.starts_with("HTTP/1.1 431"));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: 1\r\n".repeat(1000));
    assert!(raw(&bench, &many).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn a_request_whose_time_has_run_out_is_answered() {
    let bench = Bench::with(Config { request_seconds: 1, ..Config::default() }, Clock::system()).await;
    let late = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"wait"}"#).await;
    assert_eq!(late.problem(), (504, "TIMED_OUT".into()));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let bench =
        Bench::with(Config { rate_per_second: 1, rate_burst: 1, ..Config::default() }, Clock::system()).await;
    let first = bench.call("GET", "/v1/probes/p-1", "").await;
    assert_eq!(first.header("ratelimit"), "\"default\";r=0;t=1");
    let second = bench.call("GET", "/v1/probes/p-1", "").await;
    assert_eq!(second.problem(), (429, "RATE_LIMITED".into()));
    assert_eq!(second.header("retry-after"), "1");
    assert_eq!(bench.call_as("engineer", "GET", "/v1/probes/p-1", "").await.status, 200);
}

#[tokio::test]
async fn a_full_house_refuses_work_but_not_the_doctor() {
    let bench = Bench::with(
        Config { requests_in_flight: 1, request_seconds: 2, ..Config::default() },
        Clock::system(),
    )
    .await;
    let busy = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"wait"}"#);
    let others = async {
        let refused = loop {
            let answer = bench.call("GET", "/v1/probes/p-1", "").await;
            if answer.status != 200 {
                break answer;
            }
        };
        assert_eq!(refused.problem(), (503, "OVERLOADED".into()));
        assert_eq!(refused.header("retry-after"), "1");
        assert_eq!(bench.send("GET", "/healthz", &[], "").await.status, 200);
    };
    let (busy, ()) = tokio::join!(busy, others);
    assert_eq!(busy.problem().0, 504);
}

#[tokio::test]
async fn the_pages_need_no_token() {
    let bench = Bench::start().await;
    for path in ["/healthz", "/readyz", "/openapi.json", "/docs"] {
        assert_eq!(bench.send("GET", path, &[], "").await.status, 200, "{path}");
    }
    let docs = bench.send("GET", "/docs", &[], "").await;
    assert!(docs.header("content-security-policy").starts_with("default-src 'none'"));
    bench.gateway.drain();
    let ready = bench.send("GET", "/readyz", &[], "").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["draining"]), (503, &json!(true)));
    assert_eq!(bench.send("GET", "/healthz", &[], "").await.status, 200);
}

#[tokio::test]
async fn only_a_manual_clock_can_be_moved() {
    let start: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().expect("a time");
    let bench = Bench::with(Config::default(), Clock::manual(start)).await;
    let now = |json: serde_json::Value| json["now"].clone();
    assert_eq!(now(bench.send("GET", "/debug/clock", &[], "").await.json()), "2026-03-02T01:00:00Z");
    let moved = bench.send("POST", "/debug/clock", &[], r#"{"advance":"PT45M"}"#).await;
    assert_eq!(now(moved.json()), "2026-03-02T01:45:00Z");
    let moved = bench.send("POST", "/debug/clock", &[], r#"{"set":"2026-03-03T09:00:00+08:00"}"#).await;
    assert_eq!(now(moved.json()), "2026-03-03T01:00:00Z");
    for wrong in [r#"{"set":"2026-03-01T00:00:00Z"}"#, r#"{"advance":"P1M"}"#, "{}", ""] {
        assert_eq!(bench.send("POST", "/debug/clock", &[], wrong).await.problem().0, 400, "{wrong}");
    }
    let fixed = Bench::start().await;
    let refused = fixed.send("POST", "/debug/clock", &[], r#"{"advance":"PT45M"}"#).await;
    assert_eq!(refused.problem(), (404, "CLOCK_NOT_MANUAL".into()));
}
