//! From the outbox to the inboxes in one process: once in effect, in order, past every failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hotline_core::bus::{Bus, Consumer, LocalBus};
use hotline_core::clock::Clock;
use hotline_core::error::Error;
use hotline_core::server::Service;
use hotline_core::testing::{databases, eventually};
use hotline_core::{outbox, parked};
use hotline_proto::events::v1::{Envelope, TicketResolved};
use sea_orm::DbBackend;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use uuid::Uuid;

use crate::road::{ALL, Act, Road, away, texts};
use crate::toys::{Migrator, effects};

fn local() -> Arc<dyn Bus> {
    Arc::new(LocalBus::new())
}

#[tokio::test]
async fn every_consumer_applies_every_event_once_and_in_order() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let before = texts("before", 5);
        for text in &before {
            road.solve(text).await;
        }
        let running = [road.relay(&bus), road.all_honest(&bus)];
        let after = texts("after", 15);
        for text in &after {
            road.solve(text).await;
        }
        road.ends_with(&[before, after].concat()).await;
        for running in running {
            running.end().await;
        }
    }
}

#[tokio::test]
async fn an_event_goes_to_those_it_is_declared_for_only() {
    for test in databases::<Migrator>("suite").await {
        let (mut road, bus) = (Road::new(&test).await, local());
        let _running = [road.relay(&bus), road.all_honest(&bus)];
        road.verify().await;
        assert_eq!(road.hear().await, "kpi: hotline.events.v1.TicketVerified");
        road.delivered().await;
        assert!(road.effects("dispatch").await.is_empty() && road.effects("callbacks").await.is_empty());
    }
}

#[tokio::test]
async fn a_change_that_is_rolled_back_publishes_nothing() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let tx = road.source.begin().await.unwrap();
        road.solve_in(&tx, "never happened").await;
        drop(tx);
        assert_eq!(outbox::pending(&road.source).await.unwrap(), 0);
        let _running = [road.relay(&bus), road.all_honest(&bus)];
        road.solve("happened").await;
        road.ends_with(&["happened".into()]).await;
        assert_eq!(effects(&road.source).await, ["happened"]);
    }
}

#[tokio::test]
async fn what_is_not_declared_as_an_event_is_refused() {
    for test in databases::<Migrator>("suite").await {
        let tx = test.db.begin().await.unwrap();
        let refused = outbox::put(&tx, Uuid::nil(), Clock::system().now(), &Envelope::default());
        assert!(matches!(refused, Err(Error::Internal(_))));
        assert!(outbox::read::<TicketResolved>(&Envelope::default()).unwrap().is_none());
    }
}

/// A08.
#[tokio::test]
async fn an_earlier_event_whose_transaction_commits_later_is_delivered_too() {
    for test in databases::<Migrator>("suite").await {
        if test.db.backend() != DbBackend::Postgres {
            // SQLite has one transaction that writes at a time.
            continue;
        }
        let (mut road, bus) = (Road::new(&test).await, local());
        let _running = [road.relay(&bus), road.all_honest(&bus)];
        let slow = road.source.begin().await.unwrap();
        road.solve_in(&slow, "earlier").await;
        road.solve("later").await;
        for _ in ALL {
            assert!(road.hear().await.ends_with("later"));
        }
        slow.commit().await.unwrap();
        road.ends_with(&["later".into(), "earlier".into()]).await;
    }
}

#[tokio::test]
async fn a_consumer_that_was_away_gets_the_event_once_it_is_back() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        let flaky = road.toy("callbacks", move |_| match counted.fetch_add(1, Ordering::SeqCst) {
            ..=5 => Act::Fail(away()),
            _ => Act::Note,
        });
        let _running =
            [road.relay(&bus), road.consumers(&bus, [flaky, road.honest("dispatch"), road.honest("kpi")])];
        let all = texts("event", 3);
        for text in &all {
            road.solve(text).await;
        }
        road.ends_with(&all).await;
        assert_eq!(parked::count(road.db("callbacks")).await.unwrap(), 0, "what passes is never parked");
        assert_eq!(tries.load(Ordering::SeqCst), 6 + 3);
    }
}

/// A33.
#[tokio::test]
async fn an_event_that_comes_twice_is_new_once_also_within_one_batch() {
    for test in databases::<Migrator>("kpi").await {
        let event = |number| Envelope { id: Uuid::from_u128(number).to_string(), ..Default::default() };
        let (first, second) = (event(1), event(2));
        let tx = test.db.begin().await.unwrap();
        let fresh = outbox::first_times(&tx, &[&second, &first, &second]).await.unwrap();
        assert_eq!(fresh, [&second, &first]);
        tx.commit().await.unwrap();
        let tx = test.db.begin().await.unwrap();
        assert_eq!(outbox::first_times(&tx, &[&first, &event(3)]).await.unwrap(), [&event(3)]);
    }
}

/// A29, A38.
#[tokio::test]
async fn a_poisonous_event_is_parked_and_those_behind_it_go_on() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let tasting = |text: &str| match text {
            "poison" => Act::Fail(anyhow::anyhow!("a bug").into()),
            "venom" => Act::Panic,
            _ => Act::Note,
        };
        let toys = [road.honest("dispatch"), road.toy("kpi", tasting), road.honest("callbacks")];
        let _running = [road.relay(&bus), road.consumers(&bus, toys)];
        for text in ["water", "poison", "venom", "wine"] {
            road.solve(text).await;
        }
        road.delivered().await;
        assert_eq!(road.effects("kpi").await, ["water", "wine"]);
        assert_eq!(road.effects("dispatch").await, ["water", "poison", "venom", "wine"]);
        assert_eq!(parked::count(road.db("kpi")).await.unwrap(), 2);
        assert_eq!(parked::count(road.db("dispatch")).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn parked_events_are_tried_again_when_the_service_starts() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let sick = road.toy("kpi", |_| Act::Fail(anyhow::anyhow!("a bug").into()));
        let running = [
            road.relay(&bus),
            road.consumers(&bus, [sick, road.honest("dispatch"), road.honest("callbacks")]),
        ];
        road.solve("first").await;
        road.solve("second").await;
        road.delivered().await;
        assert_eq!(parked::count(road.db("kpi")).await.unwrap(), 2);
        for running in running {
            running.end().await;
        }
        let consumer: Arc<dyn Consumer> = road.toy("kpi", |text| match text {
            "second" => Act::Fail(anyhow::anyhow!("another bug").into()),
            _ => Act::Note,
        });
        let service = Service {
            name: "kpi",
            routes: Routes::default(),
            db: road.db("kpi").clone(),
            consumer: Some(consumer),
            listener: None,
            alarm: None,
            tasks: Vec::new(),
        };
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        service.start(&bus, &Clock::system(), &tracker, &stop);
        eventually("one of two is mended", async || parked::count(road.db("kpi")).await.unwrap() == 1).await;
        assert_eq!(road.effects("kpi").await, ["first"]);
        stop.cancel();
        tracker.close();
        tracker.wait().await;
    }
}

#[tokio::test]
async fn an_event_waits_for_a_consumer_that_starts_later() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let _relay = road.relay(&bus);
        road.solve("early").await;
        let _two = road.consumers(&bus, [road.honest("dispatch"), road.honest("kpi")]);
        let _third = road.consumers(&bus, [road.honest("callbacks")]);
        road.ends_with(&["early".into()]).await;
    }
}

#[tokio::test]
async fn a_consumer_can_be_replaced_while_the_process_lives() {
    for test in databases::<Migrator>("suite").await {
        let (road, bus) = (Road::new(&test).await, local());
        let _others =
            [road.relay(&bus), road.consumers(&bus, [road.honest("dispatch"), road.honest("callbacks")])];
        let sick = road.consumers(&bus, [road.toy("kpi", |_| Act::Fail(away()))]);
        road.solve("event").await;
        sick.end().await;
        let _well = road.consumers(&bus, [road.honest("kpi")]);
        road.ends_with(&["event".into()]).await;
    }
}
