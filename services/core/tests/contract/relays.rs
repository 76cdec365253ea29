//! Relays that crash, repeat themselves, and take turns.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use hotline_core::bus::{Bus, LocalBus};
use hotline_core::error::Error;
use hotline_core::testing::databases;
use hotline_core::turns::Turn;
use tokio::sync::mpsc;

use crate::road::{Meddler, Road, texts};
use crate::toys::Migrator;

/// Returns a bus on which every batch is put twice.
fn stuttering(inner: &Arc<dyn Bus>) -> Arc<dyn Bus> {
    let next = inner.clone();
    let meddling = move |batch: Vec<_>| {
        let next = next.clone();
        async move {
            next.publish("tickets", &batch).await?;
            next.publish("tickets", &batch).await
        }
        .boxed()
    };
    Arc::new(Meddler { inner: inner.clone(), meddling: Box::new(meddling) })
}

/// A33.
#[tokio::test]
async fn events_that_are_put_on_the_bus_twice_have_their_effect_once() {
    for test in databases::<Migrator>("suite").await {
        let road = Road::new(&test).await;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let _running = [road.relay(&stuttering(&bus)), road.all_honest(&bus)];
        let all = texts("event", 10);
        for text in &all {
            road.solve(text).await;
        }
        road.ends_with(&all).await;
    }
}

/// A07.
#[tokio::test]
async fn a_relay_that_dies_between_sending_and_noting_it_has_no_effect_twice() {
    for test in databases::<Migrator>("suite").await {
        let road = Road::new(&test).await;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let _consumers = road.all_honest(&bus);
        let (sent, mut was_sent) = mpsc::unbounded_channel();
        let next = bus.clone();
        let meddling = move |batch: Vec<_>| {
            let (next, sent) = (next.clone(), sent.clone());
            async move {
                next.publish("tickets", &batch).await?;
                sent.send(()).expect("the test listens");
                std::future::pending().await
            }
            .boxed()
        };
        let dying: Arc<dyn Bus> = Arc::new(Meddler { inner: bus.clone(), meddling: Box::new(meddling) });
        let all = texts("event", 3);
        for text in &all {
            road.solve(text).await;
        }
        let relay = road.relay(&dying);
        was_sent.recv().await.expect("the batch has been sent");
        relay.end().await;
        let _relay = road.relay(&bus);
        road.ends_with(&all).await;
    }
}

#[tokio::test]
async fn a_relay_whose_sending_fails_tries_again() {
    for test in databases::<Migrator>("suite").await {
        let road = Road::new(&test).await;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let (failed, next) = (AtomicBool::new(false), bus.clone());
        let meddling = move |batch: Vec<_>| {
            let (first, next) = (!failed.swap(true, Ordering::SeqCst), next.clone());
            async move {
                let delivered = next.publish("tickets", &batch).await;
                if first { Err(anyhow::anyhow!("the answer was lost").into()) } else { delivered }
            }
            .boxed()
        };
        let flaky: Arc<dyn Bus> = Arc::new(Meddler { inner: bus.clone(), meddling: Box::new(meddling) });
        let _running = [road.relay(&flaky), road.all_honest(&bus)];
        road.solve("event").await;
        road.ends_with(&["event".into()]).await;
    }
}

#[tokio::test]
async fn of_two_relays_one_works_and_the_other_takes_over() {
    for test in databases::<Migrator>("suite").await {
        let mut road = Road::new(&test).await;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let _consumers = road.all_honest(&bus);
        let carried = Arc::new(Mutex::new([0, 0]));
        let counting = |which: usize| -> Arc<dyn Bus> {
            let (next, carried) = (bus.clone(), carried.clone());
            let meddling = move |batch: Vec<_>| {
                carried.lock().unwrap()[which] += batch.len();
                let next = next.clone();
                async move { next.publish("tickets", &batch).await }.boxed()
            };
            Arc::new(Meddler { inner: bus.clone(), meddling: Box::new(meddling) })
        };
        let mut relays = [Some(road.relay(&counting(0))), Some(road.relay(&counting(1)))];
        for text in texts("event", 6) {
            road.solve(&text).await;
            for _ in 0..3 {
                road.hear().await;
            }
        }
        road.delivered().await;
        let split = *carried.lock().unwrap();
        let working = usize::from(split[0] == 0);
        assert_eq!((split[working], split[1 - working]), (6, 0), "one relay does all the work");
        relays[working].take().expect("it runs").end().await;
        road.solve("after").await;
        road.ends_with(&[texts("event", 6), vec!["after".into()]].concat()).await;
        assert_eq!(carried.lock().unwrap()[1 - working], 1);
    }
}

#[tokio::test]
async fn a_turn_is_one_holders_until_it_is_given_up() {
    for test in databases::<Migrator>("suite").await {
        let other = test.open::<Migrator>("suite").await;
        let (mine, theirs) = (Turn::new(&test.db, "work"), Turn::new(&other, "work"));
        assert!(mine.take().await.unwrap() && !theirs.take().await.unwrap() && mine.take().await.unwrap());
        mine.write_note("half way").await.unwrap();
        theirs.give_up().await;
        assert!(!theirs.take().await.unwrap(), "nobody gives up another's turn");
        assert!(Turn::new(&other, "other work").take().await.unwrap());
        mine.give_up().await;
        assert!(theirs.take().await.unwrap() && !mine.take().await.unwrap());
        assert_eq!(theirs.note().await.unwrap().as_deref(), Some("half way"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_ask_at_once_one_gets_the_turn() -> Result<(), Error> {
    for test in databases::<Migrator>("suite").await {
        for round in ["new", "given up"] {
            let got = Arc::new(AtomicUsize::new(0));
            let asking = (0..8).map(|_| {
                let (turn, got) = (Turn::new(&test.db, "rush"), got.clone());
                tokio::spawn(async move {
                    let mine = turn.take().await?;
                    got.fetch_add(usize::from(mine), Ordering::SeqCst);
                    Ok::<_, Error>(mine.then_some(turn))
                })
            });
            let mut holder = None;
            for asked in futures::future::join_all(asking).await {
                holder = asked.expect("no panic")?.or(holder);
            }
            assert_eq!(got.load(Ordering::SeqCst), 1, "{round}");
            holder.expect("somebody got it").give_up().await;
        }
    }
    Ok(())
}
