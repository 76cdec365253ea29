//! A customer who is missed is tried again, and in the end the ticket closes without an answer (V3).

use chrono::TimeDelta;
use hotline_core::time::{from_proto, to_proto};
use hotline_proto::callbacks::v1::{AttemptOutcome, Callback, CallbackState, RecordAttemptRequest};
use hotline_proto::events::v1::{CallbackAttempted, CallbackCompleted};

use crate::bench::{Bench, answer, at, on_each_database, report};

/// Claims the callback when it opens, and misses the customer.
async fn miss(bench: &Bench, callback: &Callback, outcome: AttemptOutcome) -> Callback {
    bench.open(callback).await;
    let held = bench.held("callback").await;
    bench.record("callback", report(&held, outcome)).await.expect("recorded")
}

#[tokio::test]
async fn after_three_tries_on_three_half_days_the_customer_is_unreachable() {
    on_each_database(async |bench| {
        let mut callback = bench.solved().await;
        let due_at = callback.due_at;
        for (outcome, next) in [
            (AttemptOutcome::NoAnswer, "2026-03-02T13:45:00+08:00"),
            (AttemptOutcome::Busy, "2026-03-03T09:00:00+08:00"),
        ] {
            callback = miss(&bench, &callback, outcome).await;
            assert_eq!(callback.state(), CallbackState::Scheduled);
            assert_eq!((callback.opens_at, callback.due_at), (Some(to_proto(at(next))), due_at));
            assert!(callback.assignee.is_empty() && callback.lease_token.is_empty());
            assert!(bench.claim("callback", 1, 0).await.is_empty(), "not before its time");
        }
        assert!(bench.tickets.told.lock().expect("no panic").is_empty());
        callback = miss(&bench, &callback, AttemptOutcome::NoAnswer).await;
        assert_eq!(
            (callback.state(), callback.end_reason.as_str()),
            (CallbackState::Unreachable, "UNREACHABLE")
        );
        let numbers: Vec<_> = callback.attempts.iter().map(|attempt| attempt.number).collect();
        assert_eq!(numbers, [1, 2, 3]);

        let [(key, settled)] =
            bench.tickets.told.lock().expect("no panic").clone().try_into().expect("told once");
        assert_eq!(key, format!("callbacks:{}:3", callback.id));
        assert!(settled.unreachable && !settled.satisfied);
        assert_eq!(bench.published::<CallbackAttempted>().await.len(), 3);
        let [completed] = bench.published::<CallbackCompleted>().await.try_into().expect("one end");
        assert!(!completed.reached && completed.in_time && completed.satisfied.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_wrong_number_is_not_tried_again() {
    on_each_database(async |bench| {
        let callback = bench.solved().await;
        let ended = miss(&bench, &callback, AttemptOutcome::WrongNumber).await;
        assert_eq!((ended.state(), ended.end_reason.as_str()), (CallbackState::Unreachable, "WRONG_NUMBER"));
        assert!(bench.tickets.told.lock().expect("no panic")[0].1.unreachable);
    })
    .await;
}

#[tokio::test]
async fn a_customer_who_asks_for_another_time_is_called_then() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        let night = Some(to_proto(at("2026-03-02T21:30:00+08:00")));
        let postponed = RecordAttemptRequest { next_at: night, ..report(&held, AttemptOutcome::Postponed) };
        let waiting = bench.record("callback", postponed).await.expect("recorded");
        assert_eq!(waiting.state(), CallbackState::Scheduled);
        assert_eq!(from_proto(waiting.opens_at.as_ref()), Some(at("2026-03-03T09:00:00+08:00")));
        bench.open(&waiting).await;
        let held = bench.held("callback").await;
        assert_eq!(held.attempts.len(), 1, "the next caller sees the tries before");
        bench.record("callback", answer(&held, true, 4)).await.expect("recorded");
    })
    .await;
}

#[tokio::test]
async fn a_callback_that_is_done_late_is_done_but_not_in_time() {
    on_each_database(async |bench| {
        bench.opened().await;
        bench.advance(TimeDelta::days(2)).await;
        let held = bench.held("callback").await;
        bench.record("callback", answer(&held, true, 5)).await.expect("recorded");
        let [completed] = bench.published::<CallbackCompleted>().await.try_into().expect("one end");
        assert!(completed.reached && !completed.in_time);
    })
    .await;
}
