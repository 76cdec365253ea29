//! Where time is cut.

use chrono::{DateTime, Utc};
use hotline_core::testing::sqlite;
use hotline_core::time::from_proto;
use hotline_kpi::{Config, Migrator, NAME};
use hotline_proto::events::v1::{TicketCancelled, TicketCreated, TicketSnapshot};
use hotline_proto::kpi::v1::{GetReportRequest, Granularity};

use crate::suite::{Suite, ask, at, event, ticket, time};

async fn register(suite: &Suite, times: &[&str]) {
    for (number, at_time) in (1..).zip(times) {
        let created =
            TicketCreated { ticket: Some(TicketSnapshot { created_at: Some(at(at_time)), ..ticket() }) };
        suite.deliver(&event(number, time(at_time), &created)).await;
    }
}

/// Returns where each slice begins and how many tickets were registered in it.
async fn counts(suite: &Suite, request: GetReportRequest) -> Vec<(DateTime<Utc>, f64)> {
    let rows = suite.report(request).await.rows;
    assert!(rows.windows(2).all(|pair| pair[0].to == pair[1].from));
    let short = rows
        .iter()
        .map(|row| (from_proto(row.from.as_ref()).expect("a time"), row.values["tickets_created"]));
    short.collect()
}

fn cut(from: &str, to: &str, granularity: Granularity, zone: &str) -> GetReportRequest {
    GetReportRequest {
        granularity: granularity.into(),
        time_zone: zone.into(),
        ..ask(from, to, &["tickets_created"])
    }
}

#[tokio::test]
async fn a_day_is_cut_at_midnight_of_the_asked_zone() {
    for suite in Suite::everywhere().await {
        register(
            &suite,
            &[
                "2026-03-01T15:59:59.9Z",
                "2026-03-01T16:00:00Z",
                "2026-03-01T18:29:00Z",
                "2026-03-01T18:30:00Z",
            ],
        )
        .await;
        let (from, to) = ("2026-02-28T16:00:00Z", "2026-03-02T16:00:00Z");
        let shanghai = counts(&suite, cut(from, to, Granularity::Day, "")).await;
        assert_eq!(shanghai, [(time(from), 1.0), (time("2026-03-01T16:00:00Z"), 3.0)]);
        let kolkata = counts(&suite, cut(from, to, Granularity::Day, "Asia/Kolkata")).await;
        assert_eq!(
            kolkata,
            [(time(from), 0.0), (time("2026-02-28T18:30:00Z"), 3.0), (time("2026-03-01T18:30:00Z"), 1.0)]
        );
    }
}

#[tokio::test]
async fn days_of_every_zone_are_cut_where_they_begin_there() {
    for suite in Suite::everywhere().await {
        register(&suite, &["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"]).await;
        // New York's clocks go forward on that day: it has 23 hours.
        let (from, to) = ("2026-03-07T05:00:00Z", "2026-03-10T04:00:00Z");
        let new_york = counts(&suite, cut(from, to, Granularity::Day, "America/New_York")).await;
        let days = ["2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"].map(time);
        assert_eq!(new_york, [(days[0], 1.0), (days[1], 2.0), (days[2], 0.0)]);
        // Nepal's days begin at a quarter past the hour of UTC, Newfoundland's at half past.
        for (zone, begins) in [("Asia/Kathmandu", "18:15:00Z"), ("America/St_Johns", "03:30:00Z")] {
            let days = counts(&suite, cut(from, "2026-03-08T04:59:00Z", Granularity::Day, zone)).await;
            assert_eq!(days[1].0.to_rfc3339().replace("+00:00", "Z")[11..].to_owned(), begins);
        }
    }
}

#[tokio::test]
async fn weeks_begin_on_monday_and_months_on_the_first_and_every_one_appears() {
    for suite in Suite::everywhere().await {
        // The first of March 2026 is a Sunday.
        register(&suite, &["2026-02-28T15:59:00Z", "2026-02-28T16:00:00Z", "2026-03-01T16:00:00Z"]).await;
        let weeks = cut("2026-02-22T16:00:00Z", "2026-03-15T16:00:00Z", Granularity::Week, "Asia/Shanghai");
        let counts_of =
            |counts: Vec<(_, f64)>| counts.into_iter().map(|(_, count)| count).collect::<Vec<_>>();
        assert_eq!(counts_of(counts(&suite, weeks).await), [2.0, 1.0, 0.0]);
        let months = cut("2025-12-31T16:00:00Z", "2026-04-30T16:00:00Z", Granularity::Month, "Asia/Shanghai");
        assert_eq!(counts_of(counts(&suite, months).await), [0.0, 1.0, 2.0, 0.0]);
    }
}

#[tokio::test]
async fn a_range_is_exact_wherever_it_begins_and_ends() {
    for suite in Suite::everywhere().await {
        register(&suite, &["2026-03-01T10:20:00Z", "2026-03-01T10:20:00.000001Z", "2026-03-04T20:59:59Z"])
            .await;
        let count = async |from, to| counts(&suite, ask(from, to, &["tickets_created"])).await[0].1;
        assert_eq!(count("2026-03-01T10:20:00Z", "2026-03-04T20:59:59Z").await, 2.0);
        assert_eq!(count("2026-03-01T10:20:00.000001Z", "2026-03-04T21:00:00Z").await, 2.0);
        assert_eq!(count("2026-03-01T10:20:00Z", "2026-03-01T10:20:00.000001Z").await, 1.0);
    }
}

#[tokio::test]
async fn another_zone_of_the_suite_rolls_days_up_anew() {
    let database = sqlite::<Migrator>(NAME).await;
    let suite = Suite::start(database.db.clone(), Config::default()).await;
    register(&suite, &["2026-03-01T15:30:00Z", "2026-03-01T16:30:00Z", "2026-03-02T05:30:00Z"]).await;
    let cancelled = TicketCancelled { ticket: Some(ticket()), ..TicketCancelled::default() };
    suite.deliver(&event(9, time("2026-03-02T00:00:00Z"), &cancelled)).await;
    let suite = Suite::start(database.db.clone(), Config { time_zone: "America/New_York".into() }).await;
    let days = cut("2026-03-01T05:00:00Z", "2026-03-03T05:00:00Z", Granularity::Day, "");
    let counted = counts(&suite, days).await;
    assert_eq!(counted, [(time("2026-03-01T05:00:00Z"), 2.0), (time("2026-03-02T05:00:00Z"), 1.0)]);
    assert_eq!(suite.recompute().await.changed, 0);
}
