//! What front ends meet: JSON in and out, problems, headers.

use hotline_core::clock::Clock;
use hotline_gateway::Config;
use serde_json::{Value, json};

use crate::bench::Bench;

#[tokio::test]
async fn an_answer_has_every_field_but_absent_optional_ones() {
    let bench = Bench::start().await;
    let answer = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"n"}"#).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    let mut body = answer.json();
    body.as_object_mut().expect("an object").remove("seen");
    assert_eq!(body, json!({"id": "p-1", "name": "n", "count": "0", "tags": [], "etag": "", "mask": ""}));
    assert_eq!(answer.header("idempotency-replayed"), "true");
    assert!(answer.headers.get("etag").is_none());
}

#[tokio::test]
async fn a_patch_carries_resource_mask_and_precondition() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("lead", "supervisor"));
    let headers =
        [("authorization", bearer.as_str()), ("content-type", "application/json"), ("if-match", "\"v3\"")];
    let body = r#"{"name":"n","count":"9007199254740993","at":"2026-03-02T09:00:00+08:00","score":0}"#;
    let answer = bench.send("PATCH", "/v1/probes/p-1?updateMask=name,count", &headers, body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let body = answer.json();
    assert_eq!(body["id"], "p-1");
    assert_eq!(body["count"], "9007199254740993");
    assert_eq!(body["at"], "2026-03-02T01:00:00Z");
    assert_eq!(body["score"], 0);
    assert_eq!(body["mask"], "name,count");
    assert_eq!(answer.header("etag"), "\"v3\"");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let bench = Bench::start().await;
    let field = |body: Value| body["errors"][0]["field"].clone();
    let unknown = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"n","bogus":1}"#).await;
    assert_eq!(unknown.problem(), (400, "INVALID_REQUEST".into()));
    assert_eq!(field(unknown.json()), "bogus");
    let query = bench.call("GET", "/v1/probes/p-1?bogus=1", "").await;
    assert_eq!(query.problem().0, 400);
    assert_eq!(field(query.json()), "bogus");
    let deep = bench.call("POST", "/v1/probes/p-1:run", &"[".repeat(100_000)).await;
    assert_eq!(deep.problem().0, 400);
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    let text = bench.send("POST", "/v1/probes/p-1:run", &headers, "{}").await;
    assert_eq!(text.problem(), (415, "UNSUPPORTED_MEDIA_TYPE".into()));
}

#[tokio::test]
async fn a_services_refusal_is_a_problem_in_the_callers_language() {
    let bench = Bench::start().await;
    let refused = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"fail:10:ETAG_MISMATCH"}"#).await;
    assert_eq!(refused.problem(), (412, "ETAG_MISMATCH".into()));
    let body = refused.json();
    assert_eq!(body["type"], "https://hotline.example/problems/etag-mismatch");
    assert_eq!(body["detail"], "不行");
    assert_eq!(body["errors"], json!([{"field": "name", "description": "is wished to fail"}]));
    assert_eq!(body["metadata"], json!({"hint": "x"}));
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [("authorization", bearer.as_str()), ("accept-language", "zh-CN,zh;q=0.9")];
    let zh = bench.send("GET", "/v1/probes/p-1?bogus=1", &headers, "").await;
    assert_eq!(zh.json()["title"], "请求内容有误");
    assert_eq!(zh.header("content-language"), "zh-CN");
    let internal = bench.call("POST", "/v1/probes/p-1:run", r#"{"name":"fail:13:X"}"#).await;
    assert_eq!(internal.problem().0, 500);
    assert!(!String::from_utf8_lossy(&internal.body).contains("internal text"));
}

#[tokio::test]
async fn unknown_paths_wrong_verbs_and_streams_are_told_apart() {
    let bench = Bench::start().await;
    assert_eq!(bench.call("GET", "/v1/nothing", "").await.problem(), (404, "ROUTE_NOT_FOUND".into()));
    let wrong = bench.call("DELETE", "/v1/probes/p-1", "").await;
    assert_eq!(wrong.problem(), (405, "METHOD_NOT_ALLOWED".into()));
    assert_eq!(wrong.header("allow"), "GET, PATCH, HEAD");
    assert_eq!(bench.call("POST", "/healthz", "").await.problem().0, 405);
    assert_eq!(bench.call("TRACE", "/v1/probes/p-1", "").await.problem().0, 405);
    assert_eq!(bench.call("GET", "/v1/probes:watch", "").await.problem(), (501, "STREAM_OVER_REST".into()));
    let head = bench.call("HEAD", "/v1/probes/p-1", "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_kept_by_nobody() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [("authorization", bearer.as_str()), ("x-request-id", "front-1"), ("traceparent", "junk")];
    let answer = bench.send("GET", "/v1/probes/p-1", &headers, "").await;
    assert_eq!(answer.status, 200, "junk starts a new trace");
    assert_eq!(answer.header("x-request-id"), "front-1");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=400;w=2");
    let refused = bench.send("GET", "/v1/nothing", &[], "").await;
    assert_eq!(refused.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn a_retry_key_goes_along_with_commands_only() {
    let bench = Bench::start().await;
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "k-1"),
        ("content-type", "application/json"),
    ];
    let command = bench.send("POST", "/v1/probes/p-1:run", &headers, r#"{"name":"n"}"#).await;
    assert_eq!(command.json()["seen"]["idempotency-key"], "k-1");
    let question = bench.send("GET", "/v1/probes/p-1", &headers, "").await;
    assert_eq!(question.json()["seen"]["idempotency-key"], Value::Null);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_a_503_with_a_hint_when_to_try_again() {
    let bench = Bench::start().await;
    let answer = bench.call("GET", "/v1/tickets/1", "").await;
    assert_eq!(answer.problem().0, 503);
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn only_named_origins_may_call_from_a_browser() {
    let config = Config { cors_origins: vec!["https://console.example".into()], ..Config::default() };
    let bench = Bench::with(config, Clock::system()).await;
    let preflight = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "PATCH")];
        bench.send("OPTIONS", "/v1/probes/p-1", &headers, "").await
    };
    let allowed = preflight("https://console.example").await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://console.example");
    for origin in ["https://evil.example", "null", "https://console.example.evil.example"] {
        assert_eq!(preflight(origin).await.header("access-control-allow-origin"), "", "{origin}");
    }
}
