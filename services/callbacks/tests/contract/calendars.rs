//! Calendars that are changed at run time change when customers are called (T11, V2).

use std::sync::Arc;

use hotline_calendar::{Almanac, DayHours, Edition, ExceptionSpec};
use hotline_core::id;
use hotline_core::testing::eventually;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::events::v1::{CalendarsChanged, HolidayFile};
use hotline_queue::MemoryQueue;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, at, on_each_database};

/// Returns the calendar of allowed hours with one date excepted, as news of it.
fn excepted(revision: i64, dates: &str, hours: &str) -> CalendarsChanged {
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let shipped = almanac.editions().find(|edition| edition.spec.key == "callback").expect("shipped");
    let hours: DayHours = serde_json::from_str(hours).expect("hours");
    let mut edition: Edition = shipped.clone();
    edition.spec.except(ExceptionSpec::new("系统割接", dates, hours).expect("dates"));
    let calendars = vec![serde_json::to_string(&edition).expect("writable")];
    CalendarsChanged { revision, calendars, ..CalendarsChanged::default() }
}

#[tokio::test]
async fn an_exception_changes_the_allowed_hours_at_once_and_can_be_taken_back() {
    on_each_database(async |bench| {
        bench.deliver(id::new(), &excepted(3, "2026-03-02", r#"["15:00-17:00"]"#)).await;
        assert_eq!(bench.solved().await.opens_at, Some(to_proto(at("2026-03-02T15:00:00+08:00"))));
        bench.deliver(id::new(), &CalendarsChanged { revision: 4, ..CalendarsChanged::default() }).await;
        assert_eq!(bench.solved().await.opens_at, Some(to_proto(at("2026-03-02T11:45:00+08:00"))));
    })
    .await;
}

#[tokio::test]
async fn older_news_that_comes_later_changes_nothing() {
    on_each_database(async |bench| {
        bench.deliver(id::new(), &excepted(5, "2026-03-02", "[]")).await;
        bench.deliver(id::new(), &excepted(4, "2026-03-02", r#"["15:00-17:00"]"#)).await;
        assert_eq!(bench.solved().await.opens_at, Some(to_proto(at("2026-03-03T09:00:00+08:00"))));
    })
    .await;
}

#[tokio::test]
async fn what_was_told_of_calendars_outlives_a_start() {
    on_each_database(async |bench| {
        bench.deliver(id::new(), &excepted(3, "2026-03-02", r#"["15:00-17:00"]"#)).await;
        let queue = Arc::<MemoryQueue>::default();
        let again = Bench::start(bench.db.clone(), bench.clock.clone(), queue).await;
        assert_eq!(again.solved().await.opens_at, Some(to_proto(at("2026-03-02T15:00:00+08:00"))));
    })
    .await;
}

#[tokio::test]
async fn another_process_follows_what_one_was_told() {
    on_each_database(async |bench| {
        let queue = Arc::<MemoryQueue>::default();
        let mut other = Bench::start(bench.db.clone(), bench.clock.clone(), queue).await;
        bench.deliver(id::new(), &excepted(3, "2026-03-02", r#"["15:00-17:00"]"#)).await;
        let stop = CancellationToken::new();
        let following = tokio::spawn(other.tasks.remove(0)(stop.clone()));
        let opening = Some(to_proto(at("2026-03-02T15:00:00+08:00")));
        eventually("the task reads it", async || other.solved().await.opens_at == opening).await;
        stop.cancel();
        following.await.expect("it ends");
    })
    .await;
}

#[tokio::test]
async fn a_year_file_makes_the_working_days_of_its_year_count() {
    on_each_database(async |bench| {
        bench.clock.set(at("2026-12-31T15:00:00+08:00")).expect("time goes forward");
        let due = async || from_proto(bench.solved().await.due_at.as_ref());
        assert_eq!(
            due().await,
            Some(at("2027-01-01T20:00:00+08:00")),
            "every date of an unknown year counts"
        );
        let content = "year = 2027\n[[holiday]]\nname = \"元旦\"\noff = [\"2027-01-01 to 2027-01-03\"]";
        let file = HolidayFile { region: "cn".into(), year: 2027, content: content.into() };
        let told = CalendarsChanged { revision: 1, year_files: vec![file], ..CalendarsChanged::default() };
        bench.deliver(id::new(), &told).await;
        assert_eq!(due().await, Some(at("2027-01-04T18:00:00+08:00")));
    })
    .await;
}
