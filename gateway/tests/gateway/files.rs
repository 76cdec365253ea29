//! Answers that are files: their own bytes under their own content type.

use crate::bench::Bench;

/// `a,b` and a line feed in base64, as a query carries bytes.
const CSV: &str = "YSxiCg==";

#[tokio::test]
async fn a_file_comes_as_it_is_and_can_do_nothing_in_a_browser() {
    let bench = Bench::start().await;
    let path = format!("/v1/probes/p-1:export?contentType=text/csv&data={CSV}");
    let answer = bench.call("GET", &path, "").await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!((answer.header("content-type"), &*answer.body), ("text/csv", &b"a,b\n"[..]));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").ends_with("; sandbox"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let head = bench.call("HEAD", &path, "").await;
    assert_eq!((head.status.as_u16(), head.header("content-type"), head.body.len()), (200, "text/csv", 0));
}

#[tokio::test]
async fn a_file_that_is_sent_while_it_is_made_comes_whole_and_is_called_as_the_service_says() {
    let bench = Bench::start().await;
    let path = format!("/v1/probes/p-1:stream?contentType=text/csv&data={CSV}");
    let answer = bench.call("GET", &path, "").await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!((answer.header("content-type"), &*answer.body), ("text/csv", &b"a,b\na,b\na,b\n"[..]));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"probe.csv\"");
    assert!(answer.header("content-security-policy").ends_with("; sandbox"));
    let empty = bench.call("GET", "/v1/probes/p-1:stream?contentType=text/csv", "").await;
    assert_eq!((empty.status.as_u16(), empty.body.len()), (200, 0));
    let refused = bench.call("GET", "/v1/probes/p-1:stream?name=fail:5:TICKET_NOT_FOUND", "").await;
    assert_eq!(refused.problem(), (404, "TICKET_NOT_FOUND".into()));
    let message = bench.call("GET", "/v1/probes/p-1", "").await;
    assert!(message.headers.get("content-disposition").is_none(), "a message is no file");
}

#[tokio::test]
async fn what_goes_wrong_with_a_file_is_a_problem_as_anywhere() {
    let bench = Bench::start().await;
    let refused = bench.call("GET", "/v1/probes/p-1:export?name=fail:5:TICKET_NOT_FOUND", "").await;
    assert_eq!(refused.problem(), (404, "TICKET_NOT_FOUND".into()));
    for unusable in ["", "?contentType=text/csv%0d%0aset-cookie:%20x", "?contentType=text/csv%00"] {
        let answer = bench.call("GET", &format!("/v1/probes/p-1:export{unusable}"), "").await;
        assert!(answer.problem().0 >= 400, "{unusable}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn the_description_names_the_media_types_of_a_file() {
    let bench = Bench::start().await;
    let document = bench.send("GET", "/openapi.json", &[], "").await.json();
    let content = &document["paths"]["/v1/probes/{id}:export"]["get"]["responses"]["200"]["content"];
    let types: Vec<_> = content.as_object().expect("media types").keys().collect();
    assert_eq!(types, ["text/csv", "text/html; charset=utf-8"]);
    let page = bench.send("GET", "/docs", &[], "").await;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.contains("Answer: <code>text/csv, text/html; charset=utf-8</code>"));
}
