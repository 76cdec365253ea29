//! Claims: one holder at a time, due first first, never at night, never one's own work (V2, D3).

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::{join, join_all};
use hotline_core::error::reason_of;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::callbacks::v1::{AttemptOutcome, CallbackState, HeartbeatCallbackRequest};
use hotline_proto::events::v1::TicketResolved;
use tonic::Code;

use crate::bench::{acting, answer, at, on_each_database, report, resolved, ticket_id};

#[tokio::test]
async fn an_open_callback_has_one_holder_and_only_the_holder_sees_the_proof() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let held = bench.held("callback").await;
        assert_eq!((held.id.as_str(), held.state()), (callback.id.as_str(), CallbackState::Leased));
        assert_eq!((held.assignee.as_str(), held.lease_token.is_empty()), ("callback", false));
        assert_eq!(held.lease_expires_at, Some(to_proto(bench.clock.now() + TimeDelta::seconds(60))));
        assert!(bench.claim("quality", 5, 0).await.is_empty());
        assert!(bench.get(&callback).await.lease_token.is_empty(), "an agent looks at it");
    })
    .await;
}

#[tokio::test]
async fn what_is_due_first_is_handed_out_first() {
    on_each_database(async |bench| {
        bench.clock.set(at("2026-03-05T10:00:00+08:00"));
        let friday = bench.solved().await;
        bench.clock.set(at("2026-03-06T10:00:00+08:00"));
        let monday = bench.opened().await;
        let claimed = bench.claim("callback", 5, 0).await;
        assert_eq!(
            claimed.into_iter().map(|callback| callback.id).collect::<Vec<_>>(),
            [friday.id, monday.id]
        );
    })
    .await;
}

#[tokio::test]
async fn a_waiting_claimer_is_woken_when_the_clock_reaches_the_opening() {
    on_each_database(async |bench| {
        let callback = bench.solved().await;
        let start = Instant::now();
        let (claimed, ()) = join(bench.claim("callback", 1, 20), bench.open(&callback)).await;
        assert_eq!(claimed[0].id, callback.id);
        assert!(start.elapsed() < Duration::from_secs(4), "woken, not found by looking again");
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_puts_the_callback_back_and_its_holder_is_refused() {
    on_each_database(async |bench| {
        bench.opened().await;
        let late = bench.held("callback").await;
        bench.advance(TimeDelta::seconds(60)).await;
        assert_eq!(bench.get(&late).await.state(), CallbackState::Open);
        let next = bench.held("quality").await;
        assert_eq!(next.id, late.id);
        assert_ne!(next.lease_token, late.lease_token);

        for (who, request) in [
            ("callback", answer(&late, true, 5)),
            ("callback", report(&late, AttemptOutcome::Busy)),
            ("quality", answer(&late, true, 5)),
            ("callback", answer(&next, true, 5)),
        ] {
            let refusal = bench.record(who, request).await.expect_err("not the holder");
            assert_eq!((refusal.code(), reason_of(&refusal).as_str()), (Code::Aborted, "LEASE_LOST"));
        }
        assert!(bench.tickets.told.lock().expect("no panic").is_empty());
        bench.record("quality", answer(&next, true, 5)).await.expect("the holder's own word");
    })
    .await;
}

#[tokio::test]
async fn a_heartbeat_keeps_the_lease_from_now() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        bench.advance(TimeDelta::seconds(50)).await;
        let beat = |token: &str| HeartbeatCallbackRequest {
            id: held.id.clone(),
            lease_token: token.into(),
            lease: Some(prost_types::Duration { seconds: 120, nanos: 0 }),
        };
        let mut client = bench.client.clone();
        let kept = acting("callback", client.heartbeat_callback(beat(&held.lease_token))).await;
        let kept = kept.expect("kept").into_inner();
        assert_eq!(kept.lease_expires_at, Some(to_proto(bench.clock.now() + TimeDelta::seconds(120))));
        bench.advance(TimeDelta::seconds(119)).await;
        assert!(bench.claim("quality", 1, 0).await.is_empty());
        bench.advance(TimeDelta::seconds(1)).await;
        let gone = acting("callback", client.heartbeat_callback(beat(&held.lease_token))).await;
        assert_eq!(reason_of(&gone.expect_err("it ran out")), "LEASE_LOST");
        assert_eq!(bench.claim("quality", 1, 0).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_asked_about_their_own_work() {
    on_each_database(async |bench| {
        let own = bench.opened().await;
        assert!(bench.claim("branch", 1, 0).await.is_empty());
        let held = bench.held("callback").await;
        assert_eq!(held.id, own.id);
    })
    .await;
}

#[tokio::test]
async fn ones_own_work_does_not_hide_what_is_due_behind_it() {
    on_each_database(async |bench| {
        bench.solved().await;
        bench.clock.advance(TimeDelta::days(1));
        let behind = ticket_id();
        let solved_by_another =
            TicketResolved { solved_by: "engineer".into(), ..resolved(&behind, bench.clock.now()) };
        bench.deliver(id::new(), &solved_by_another).await;
        bench.advance(TimeDelta::hours(2)).await;
        assert_eq!(bench.held("branch").await.ticket_id, behind);
        assert_eq!(bench.claim("callback", 5, 0).await.len(), 1, "their own is given back at once");
    })
    .await;
}

#[tokio::test]
async fn a_claimer_who_waits_past_the_allowed_hours_gets_nothing() {
    on_each_database(async |bench| {
        bench.clock.set(at("2026-03-02T19:30:00+08:00"));
        let callback = bench.solved().await;
        bench.open(&callback).await;
        bench.clock.set(at("2026-03-03T19:59:30+08:00"));
        bench.held("callback").await;
        let evening = bench.advance(TimeDelta::minutes(2));
        let (claimed, ()) = join(bench.claim("quality", 1, 1), evening).await;
        assert!(claimed.is_empty());
        assert_eq!(bench.get(&callback).await.state(), CallbackState::Open);
    })
    .await;
}

#[tokio::test]
async fn what_was_not_done_by_evening_waits_for_the_morning() {
    on_each_database(async |bench| {
        bench.opened().await;
        bench.clock.set(at("2026-03-02T20:00:00+08:00"));
        assert!(bench.claim("callback", 1, 0).await.is_empty());
        let start = Instant::now();
        let morning = async {
            bench.clock.set(at("2026-03-03T09:00:00+08:00"));
        };
        let (claimed, ()) = join(bench.claim("callback", 1, 20), morning).await;
        assert_eq!(claimed.len(), 1);
        assert!(start.elapsed() < Duration::from_secs(4), "woken by the clock");
    })
    .await;
}

#[tokio::test]
async fn of_many_claimers_at_once_no_two_get_the_same() {
    on_each_database(async |bench| {
        for _ in 0..12 {
            bench.solved().await;
        }
        bench.advance(TimeDelta::hours(2)).await;
        let names: Vec<_> = (0..8).map(|number| format!("callback{number}")).collect();
        let claims = join_all(names.iter().map(|who| bench.claim(who, 2, 0))).await;
        let held: Vec<_> = claims.into_iter().flatten().map(|callback| callback.id).collect();
        assert_eq!(held.len(), 12);
        assert_eq!(held.iter().collect::<HashSet<_>>().len(), 12);
    })
    .await;
}
