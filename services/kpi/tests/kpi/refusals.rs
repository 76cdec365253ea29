//! Requests that can't be answered name what is wrong.

use hotline_core::error::reason_of;
use hotline_proto::kpi::v1::{GetReportRequest, Granularity};
use tonic::Code;
use tonic_types::StatusExt;

use crate::suite::{Suite, ask, at};

/// Returns the reason and the field that a request is refused for.
async fn refused(suite: &Suite, request: GetReportRequest) -> (String, String) {
    let status = suite.ask(request).await.expect_err("refused");
    assert_eq!(status.code(), Code::InvalidArgument);
    let fields = status.get_details_bad_request().expect("names a field").field_violations;
    (reason_of(&status), fields[0].field.clone())
}

#[tokio::test]
async fn a_wrong_request_names_its_field() {
    let suites = Suite::everywhere().await;
    let suite = &suites[0];
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z");
    let cases = [
        (ask(from, to, &["contacts", "no_such"]), "METRIC_UNKNOWN", "metrics[1]"),
        (ask(to, from, &[]), "INVALID_REQUEST", "from"),
        (ask(from, from, &[]), "INVALID_REQUEST", "from"),
        (
            GetReportRequest { group_by: vec!["weather".into()], ..ask(from, to, &[]) },
            "INVALID_REQUEST",
            "groupBy[0]",
        ),
        (
            GetReportRequest { time_zone: "Asia/Atlantis".into(), ..ask(from, to, &[]) },
            "INVALID_REQUEST",
            "timeZone",
        ),
        (
            GetReportRequest {
                granularity: Granularity::Hour.into(),
                ..ask("2020-01-01T00:00:00Z", to, &["contacts"])
            },
            "REPORT_TOO_LARGE",
            "granularity",
        ),
    ];
    for (request, reason, field) in cases {
        assert_eq!(refused(suite, request).await, (reason.into(), field.into()));
    }
    let mut never = ask(from, to, &[]);
    never.to = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
    assert_eq!(refused(suite, never).await, ("INVALID_REQUEST".into(), "to".into()));
}

#[tokio::test]
async fn a_report_without_a_range_is_of_the_last_thirty_days() {
    let suites = Suite::everywhere().await;
    let report = suites[0].report(GetReportRequest::default()).await;
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.rows[0].from, Some(at("2026-02-18T00:00:00Z")));
    assert_eq!(report.rows[0].to, Some(at("2026-03-20T00:00:00Z")));
    assert_eq!(report.rows[0].values["tickets_created"], 0.0);
    assert!(!report.rows[0].values.contains_key("csat_mean"));
    assert!(report.definitions.is_sorted_by_key(|metric| metric.name.clone()));
}
