//! Several replicas on one database: each finds what the others publish.

use std::num::NonZeroU64;
use std::time::Duration;

use chrono::TimeDelta;
use hotline_core::clock::Clock;
use hotline_core::testing;
use sea_orm::ConnectionTrait;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, START, article};
use crate::{Config, Migrator, NAME};

#[tokio::test]
async fn what_one_replica_publishes_or_retires_the_other_follows() {
    for test in testing::databases::<Migrator>(NAME).await {
        let clock = Clock::manual(START);
        let (a, b) = (Desk::open(&test.db, &clock).await, Desk::open(&test.db, &clock).await);
        let id = a.publish(article("第一版")).await.id;
        assert_eq!(a.answers("水管爆裂").await, ["第一版"]);
        assert!(b.answers("水管爆裂").await.is_empty(), "b has not looked yet");
        let since = b.index.poll(START).await.expect("looks");
        assert_eq!(b.answers("水管爆裂").await, ["第一版"]);

        clock.advance(TimeDelta::minutes(5)).expect("a manual clock");
        a.update("anna", &id, article("第二版"), &["body"]).await.expect("the next version");
        a.submit("anna", &id).await.expect("a complete draft");
        a.approve("ben", &id).await.expect("ben wrote nothing");
        let since = b.index.poll(since).await.expect("looks");
        assert_eq!(b.answers("水管爆裂").await, ["第二版"]);

        a.retire("carl", &id).await.expect("in use");
        assert!(b.answers("水管爆裂").await.is_empty(), "the database no longer shows it");
        b.index.poll(since).await.expect("looks");
        assert!(b.index.is_empty());
    }
}

#[tokio::test]
async fn a_change_that_was_committed_late_is_found_by_a_later_look() {
    for test in testing::databases::<Migrator>(NAME).await {
        let clock = Clock::manual(START);
        let (a, b) = (Desk::open(&test.db, &clock).await, Desk::open(&test.db, &clock).await);
        let id = a.create("anna", article("第一版")).await.id;
        a.submit("anna", &id).await.expect("a complete draft");
        clock.advance(TimeDelta::seconds(30)).expect("a manual clock");
        let since = b.index.poll(START).await.expect("looks");
        a.approve("ben", &id).await.expect("ben wrote nothing");
        // As if a's clock were behind, or its commit had taken long.
        let late = "UPDATE articles SET published_changed_at = created_at";
        test.db.reader().execute_unprepared(late).await.expect("backdates");
        b.index.poll(since).await.expect("looks");
        assert_eq!(b.answers("水管爆裂").await, ["第一版"]);
    }
}

#[tokio::test]
async fn a_replica_that_runs_follows_by_itself_until_it_is_stopped() {
    let test = testing::sqlite::<Migrator>(NAME).await;
    let clock = Clock::manual(START);
    let (a, b) = (Desk::open(&test.db, &clock).await, Desk::open(&test.db, &clock).await);
    let config = Config { index_poll_milliseconds: NonZeroU64::MIN, ..Config::default() };
    let stop = CancellationToken::new();
    let following = tokio::spawn(b.index.clone().follow(START, config, stop.clone()));
    a.publish(article("第一版")).await;
    let found = async { while b.answers("水管爆裂").await.is_empty() {} };
    timeout(Duration::from_secs(30), found).await.expect("b follows");
    stop.cancel();
    timeout(Duration::from_secs(30), following).await.expect("stops").expect("without a panic");
}

#[tokio::test]
async fn what_the_looks_have_missed_the_comparison_finds() {
    for test in testing::databases::<Migrator>(NAME).await {
        let clock = Clock::manual(START);
        let (a, b) = (Desk::open(&test.db, &clock).await, Desk::open(&test.db, &clock).await);
        let retired = a.publish(article("停用")).await.id;
        b.index.reconcile().await.expect("reconciles");
        a.publish(article("新的")).await;
        a.retire("carl", &retired).await.expect("in use");
        clock.advance(TimeDelta::hours(1)).expect("a manual clock");
        b.index.poll(clock.now()).await.expect("looks");
        assert!(b.answers("水管爆裂").await.is_empty(), "too long ago for a look");
        b.index.reconcile().await.expect("reconciles");
        assert_eq!(b.answers("水管爆裂").await, ["新的"]);
    }
}
