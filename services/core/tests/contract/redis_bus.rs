//! The event road over Redis: several processes, and a Redis that forgets, comes late or comes back with less.

use std::sync::Arc;
use std::time::Duration;

use hotline_core::bus::{Bus, Delivery, RedisBus};
use hotline_core::testing::{Redis, TestDb, databases, eventually, redis, sqlite};
use hotline_core::{id, outbox, parked};
use hotline_proto::events::v1::{Envelope, TicketResolved};
use prost::{Message, Name};
use redis::cmd;

use crate::road::{ALL, Act, Road, texts};
use crate::toys::Migrator;

const STREAM: &str = "hotline:{events:tickets}";

/// Returns a bus as one process has it.
fn process(redis: &Redis) -> Arc<dyn Bus> {
    Arc::new(RedisBus::new(&redis.url()).expect("the address is well formed"))
}

async fn road() -> (Road, TestDb) {
    let test = sqlite::<Migrator>("suite").await;
    (Road::new(&test).await, test)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_pass_from_one_process_to_others_once_and_in_order() {
    for test in databases::<Migrator>("suite").await {
        let Some(redis) = redis() else { return };
        let road = Road::new(&test).await;
        let early = texts("early", 4);
        for text in &early {
            road.solve(text).await;
        }
        let running = [
            road.relay(&process(&redis)),
            road.consumers(&process(&redis), [road.honest("dispatch"), road.honest("kpi")]),
            road.consumers(&process(&redis), [road.honest("callbacks")]),
        ];
        let late = texts("late", 12);
        for text in &late {
            road.solve(text).await;
        }
        road.ends_with(&[early, late].concat()).await;
        for running in running {
            running.end().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_the_outbox_before_every_consumer_has_applied_it() {
    let Some(redis) = redis() else { return };
    let (mut road, _test) = road().await;
    let bus = process(&redis);
    let _running = [road.relay(&bus), road.consumers(&bus, [road.honest("dispatch"), road.honest("kpi")])];
    let all = texts("event", 3);
    for text in &all {
        road.solve(text).await;
    }
    for _ in 0..all.len() * 2 {
        road.hear().await;
    }
    assert_eq!(bus.applied_through("tickets").await.unwrap(), None);
    assert_eq!(outbox::pending(&road.source).await.unwrap(), 3);
    let _last = road.consumers(&bus, [road.honest("callbacks")]);
    road.ends_with(&all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_reader_goes_on_where_a_killed_one_stopped() {
    let Some(redis) = redis() else { return };
    let (mut road, _test) = road().await;
    let bus = process(&redis);
    let _running = [road.relay(&bus), road.consumers(&bus, [road.honest("dispatch"), road.honest("kpi")])];
    // More than one transaction takes: the first of them is committed, the second is cut off.
    let all = texts("event", 40);
    for text in &all {
        road.solve(text).await;
    }
    for _ in 0..all.len() * 2 {
        road.hear().await;
    }
    let hanging = road.toy("callbacks", |text| if text == "event 35" { Act::Hang } else { Act::Note });
    let killed = process(&redis);
    let victim = tokio::spawn(async move { killed.consume(hanging, Default::default()).await });
    for text in &all[..32] {
        assert_eq!(road.hear().await, format!("callbacks: {text}"));
    }
    assert_eq!(road.hear().await, "hangs at event 35");
    victim.abort();
    let _next = road.consumers(&process(&redis), [road.honest("callbacks")]);
    road.ends_with(&all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_in_order_hands_over_at_once() {
    let Some(redis) = redis() else { return };
    let (mut road, _test) = road().await;
    let bus = process(&redis);
    let _relay = road.relay(&bus);
    let first = road.all_honest(&bus);
    road.solve("first").await;
    for _ in ALL {
        road.hear().await;
    }
    let stopped = std::time::Instant::now();
    first.end().await;
    let _second = road.all_honest(&process(&redis));
    road.solve("second").await;
    road.ends_with(&["first".into(), "second".into()]).await;
    assert!(stopped.elapsed() < std::time::Duration::from_secs(4), "no turn was waited for");
}

/// A09.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_flushed_redis_forgot_is_sent_again_and_applied_once() {
    for test in databases::<Migrator>("suite").await {
        let Some(redis) = redis() else { return };
        let mut road = Road::new(&test).await;
        let bus = process(&redis);
        let _running =
            [road.relay(&bus), road.consumers(&bus, [road.honest("dispatch"), road.honest("kpi")])];
        let all = texts("event", 8);
        for text in &all {
            road.solve(text).await;
        }
        for _ in 0..all.len() * 2 {
            road.hear().await;
        }
        redis.ask::<()>(&cmd("FLUSHALL"));
        let _last = road.consumers(&bus, [road.honest("callbacks")]);
        road.solve("after").await;
        road.ends_with(&[all, vec!["after".into()]].concat()).await;
    }
}

/// A11.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_redis_evicted_is_noticed_though_other_keys_remain() {
    let Some(redis) = redis() else { return };
    let (road, _test) = road().await;
    let bus = process(&redis);
    let _relay = road.relay(&bus);
    let all = texts("event", 5);
    for text in &all {
        road.solve(text).await;
    }
    eventually("the events are on the bus", async || redis.ask::<usize>(cmd("XLEN").arg(STREAM)) == 5).await;
    redis.ask::<()>(cmd("DEL").arg(STREAM));
    let _consumers = road.all_honest(&bus);
    road.ends_with(&all).await;
}

/// A12.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_back_with_old_data_loses_no_event() {
    let Some(mut redis) = redis() else { return };
    let (road, _test) = road().await;
    let bus = process(&redis);
    let _relay = road.relay(&bus);
    let (kept, lost) = (texts("kept", 4), texts("lost", 4));
    for text in &kept {
        road.solve(text).await;
    }
    eventually("the first are on the bus", async || redis.ask::<usize>(cmd("XLEN").arg(STREAM)) == 4).await;
    redis.ask::<()>(&cmd("SAVE"));
    for text in &lost {
        road.solve(text).await;
    }
    eventually("all are on the bus", async || redis.ask::<usize>(cmd("XLEN").arg(STREAM)) == 8).await;
    redis.stop();
    redis.start();
    let _consumers = road.all_honest(&bus);
    road.solve("after").await;
    road.ends_with(&[kept, lost, vec!["after".into()]].concat()).await;
}

/// A10.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_comes_late_or_goes_away_only_delays() {
    let Some(mut redis) = redis() else { return };
    redis.stop();
    let (road, _test) = road().await;
    let bus = process(&redis);
    assert!(bus.ping().await.is_err());
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("before it came").await;
    redis.start();
    road.delivered().await;
    bus.ping().await.unwrap();
    redis.stop();
    road.solve("while it was away").await;
    redis.start();
    road.ends_with(&["before it came".into(), "while it was away".into()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_does_not_grow_with_what_was_applied_and_nobody_asks_for() {
    for (time, entries) in [(Duration::ZERO, 1000), (Duration::from_secs(300), 50)] {
        let Some(redis) = redis() else { return };
        let test = databases::<Migrator>("suite").await.pop().expect("SQLite at least");
        let road = Road::new(&test).await;
        let bus = RedisBus::new(&redis.url()).expect("the address is well formed").keeping(time, entries);
        let left = left_of_400(&redis, &road, Arc::new(bus)).await;
        assert!((1..=200).contains(&left), "{left} of 400 entries are still in memory");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_applied_stays_a_while_for_listeners() {
    let Some(redis) = redis() else { return };
    let (road, _test) = road().await;
    assert_eq!(left_of_400(&redis, &road, process(&redis)).await, 400);
}

/// Puts 400 events, waits until they are applied, and returns how many are in the stream.
async fn left_of_400(redis: &Redis, road: &Road, bus: Arc<dyn Bus>) -> usize {
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    for _ in 0..400 {
        road.verify().await;
    }
    road.delivered().await;
    assert_eq!(road.effects("kpi").await.len(), 400);
    redis.ask(cmd("XLEN").arg(STREAM))
}

#[tokio::test]
async fn what_nobody_consumes_is_done_when_it_is_on_the_bus() {
    let Some(redis) = redis() else { return };
    let bus = process(&redis);
    let sent = bus.publish("nobody-consumes", &[Envelope::default()]).await.unwrap();
    let Delivery::Sent(receipts) = sent else { panic!("a bus that holds it gives a receipt") };
    assert_eq!(bus.applied_through("nobody-consumes").await.unwrap(), receipts.last().cloned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_no_relay_put_hold_nothing_up() {
    let Some(redis) = redis() else { return };
    let (road, _test) = road().await;
    let bus = process(&redis);
    let nameless = Envelope { id: "no id".into(), name: TicketResolved::full_name(), ..Default::default() };
    for junk in [b"junk".to_vec(), nameless.encode_to_vec()] {
        redis.ask::<String>(cmd("XADD").arg(STREAM).arg("*").arg("event").arg(junk));
    }
    redis.ask::<String>(cmd("XADD").arg(STREAM).arg("*").arg("other").arg("field"));
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("event").await;
    road.ends_with(&["event".into()]).await;
    assert_eq!(parked::count(road.db("kpi")).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_deleted_while_it_was_read_holds_nothing_up() {
    let Some(redis) = redis() else { return };
    let (road, _test) = road().await;
    let bus = process(&redis);
    let ghost =
        Envelope { id: id::new().to_string(), name: TicketResolved::full_name(), ..Default::default() };
    redis.ask::<()>(cmd("XGROUP").arg("CREATE").arg(STREAM).arg("kpi").arg("0").arg("MKSTREAM"));
    let entry: String = redis.ask(cmd("XADD").arg(STREAM).arg("*").arg("event").arg(ghost.encode_to_vec()));
    let mut read = cmd("XREADGROUP");
    read.arg("GROUP").arg("kpi").arg("reader").arg("STREAMS").arg(STREAM).arg(">");
    redis.ask::<redis::Value>(&read);
    redis.ask::<()>(cmd("XDEL").arg(STREAM).arg(entry));
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("event").await;
    road.ends_with(&["event".into()]).await;
}
