//! Hearing everything: each listener by itself, in order, on from where it was, and told of what it can't hear.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hotline_core::bus::{Bus, Listener, LocalBus, Place, Position, RedisBus, Since};
use hotline_core::clock::Clock;
use hotline_core::outbox;
use hotline_core::server::Service;
use hotline_core::testing::{Redis, TestDb, redis, sqlite};
use hotline_proto::events::v1::{Envelope, TicketResolved};
use redis::cmd;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tonic::service::Routes;

use crate::road::{Road, texts};
use crate::toys::Migrator;

/// A listener that tells a test what it is told.
struct Ear {
    told: mpsc::UnboundedSender<String>,
    position: Mutex<Option<Position>>,
    /// Each event takes one; there are more than enough unless a test holds the listener up.
    pace: Semaphore,
}

/// A listener at work, until it is dropped.
struct Listening {
    ear: Arc<Ear>,
    heard: mpsc::UnboundedReceiver<String>,
    _stop: DropGuard,
}

#[async_trait]
impl Listener for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }

    async fn began(&self, position: &Position) {
        self.say("began", position.clone());
    }

    async fn hear(&self, event: &Arc<Envelope>, place: Place) {
        self.pace.acquire().await.expect("never closed").forget();
        let text = match outbox::read::<TicketResolved>(event).expect("decodes") {
            Some(resolved) => resolved.resolution,
            None => event.id.clone(),
        };
        assert_ne!(text, "panic", "as a test wants it");
        let mut position = self.position.lock().unwrap().clone().expect("it began");
        position.advance(place);
        self.say(&text, position);
    }

    async fn gap(&self, position: &Position) {
        self.say("gap", position.clone());
    }
}

impl Ear {
    fn say(&self, text: &str, position: Position) {
        *self.position.lock().unwrap() = Some(position);
        // A test that has heard enough may be over.
        drop(self.told.send(text.to_owned()));
    }
}

impl Listening {
    fn start(bus: &Arc<dyn Bus>, since: Since) -> Self {
        Self::at_pace(bus, since, 1_000_000)
    }

    fn at_pace(bus: &Arc<dyn Bus>, since: Since, events: usize) -> Self {
        let (told, heard) = mpsc::unbounded_channel();
        let ear = Arc::new(Ear { told, position: Mutex::default(), pace: Semaphore::new(events) });
        let (bus, stop, listener) = (bus.clone(), CancellationToken::new(), ear.clone());
        let until = stop.clone();
        tokio::spawn(async move { bus.listen(listener, since, until).await });
        Self { ear, heard, _stop: stop.drop_guard() }
    }

    async fn next(&mut self) -> String {
        let heard = timeout(Duration::from_secs(20), self.heard.recv()).await;
        heard.expect("it hears something").expect("the ear holds a sender")
    }

    async fn hears(&mut self, texts: &[String]) {
        for text in texts {
            assert_eq!(self.next().await, *text);
        }
    }

    fn position(&self) -> Position {
        self.ear.position.lock().unwrap().clone().expect("it began")
    }
}

/// A bus of each kind, as one process has it, with the Redis that is behind it.
fn buses() -> Vec<(Arc<dyn Bus>, Option<Redis>)> {
    let mut all: Vec<(Arc<dyn Bus>, Option<Redis>)> = vec![(Arc::new(LocalBus::new()), None)];
    if let Some(redis) = redis() {
        all.push((over(&redis), Some(redis)));
    }
    all
}

fn over(redis: &Redis) -> Arc<dyn Bus> {
    Arc::new(RedisBus::new(&redis.url()).expect("the address is well formed"))
}

async fn road() -> (Road, TestDb) {
    let test = sqlite::<Migrator>("suite").await;
    (Road::new(&test).await, test)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_listener_hears_all_in_order_and_consumers_notice_nothing() {
    for (bus, _redis) in buses() {
        let (road, _test) = road().await;
        let mut listeners = [Listening::start(&bus, Since::Now), Listening::start(&bus, Since::Now)];
        for listener in &mut listeners {
            assert_eq!(listener.next().await, "began");
        }
        let _running = [road.relay(&bus), road.all_honest(&bus)];
        let all = texts("event", 30);
        for text in &all {
            road.solve(text).await;
        }
        for listener in &mut listeners {
            listener.hears(&all).await;
        }
        road.ends_with(&all).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_goes_on_after_the_last_event_it_heard() {
    for (bus, _redis) in buses() {
        let (road, _test) = road().await;
        let mut first = Listening::start(&bus, Since::Now);
        assert_eq!(first.next().await, "began");
        let _running = [road.relay(&bus), road.all_honest(&bus)];
        road.solve("heard").await;
        first.hears(&["heard".into()]).await;
        // As text, as a client has it.
        let position = first.position().to_string().parse().expect("a position");
        drop(first);
        let missed = texts("missed", 5);
        for text in &missed {
            road.solve(text).await;
        }
        road.delivered().await;
        let mut second = Listening::start(&bus, Since::After(position));
        assert_eq!(second.next().await, "began");
        second.hears(&missed).await;
        let mut late = Listening::start(&bus, Since::Kept);
        assert_eq!(late.next().await, "began");
        late.hears(&[vec!["heard".into()], missed].concat()).await;
    }
}

#[tokio::test]
async fn a_position_of_another_life_of_the_bus_is_a_gap() {
    for (bus, _redis) in buses() {
        let stranger = "another-life~tickets.1-1".parse().expect("a position");
        let mut listener = Listening::start(&bus, Since::After(stranger));
        assert_eq!(listener.next().await, "gap");
    }
}

#[tokio::test]
async fn a_listener_that_fails_at_one_event_hears_the_next() {
    for (bus, _redis) in buses() {
        let mut listener = Listening::start(&bus, Since::Now);
        assert_eq!(listener.next().await, "began");
        let event = |id: &str| Envelope { id: id.into(), name: "unheard.of".into(), ..Envelope::default() };
        bus.publish("tickets", &[event("panic"), event("next")]).await.unwrap();
        listener.hears(&["next".into()]).await;
    }
}

#[tokio::test]
async fn of_a_batch_that_is_put_again_only_what_is_new_is_told_in_one_process() {
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
    let mut listener = Listening::start(&bus, Since::Now);
    assert_eq!(listener.next().await, "began");
    let event = |id: &str| Envelope { id: id.into(), name: "unheard.of".into(), ..Envelope::default() };
    bus.publish("tickets", &[event("a")]).await.unwrap();
    bus.publish("tickets", &[event("a"), event("b")]).await.unwrap();
    listener.hears(&["a".into(), "b".into()]).await;
}

#[tokio::test]
async fn a_listener_that_is_too_slow_is_told_of_the_gap_and_goes_on() {
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
    let mut slow = Listening::at_pace(&bus, Since::Now, 0);
    assert_eq!(slow.next().await, "began");
    for number in 0..10_000 {
        let event = Envelope { id: number.to_string(), name: "unheard.of".into(), ..Envelope::default() };
        bus.publish("tickets", &[event]).await.unwrap();
    }
    slow.ear.pace.add_permits(1_000_000);
    let first = slow.next().await;
    assert_eq!(if first == "0" { slow.next().await } else { first }, "gap");
    let event = Envelope { id: "after".into(), name: "unheard.of".into(), ..Envelope::default() };
    bus.publish("tickets", &[event]).await.unwrap();
    slow.hears(&["after".into()]).await;
}

/// A09.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_is_a_gap_also_while_nothing_happens() {
    let Some(redis) = redis() else { return };
    let (bus, (road, _test)) = (over(&redis), road().await);
    let mut listener = Listening::start(&bus, Since::Now);
    assert_eq!(listener.next().await, "began");
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("before").await;
    listener.hears(&["before".into()]).await;
    road.delivered().await;
    let before = listener.position();
    redis.ask::<()>(&cmd("FLUSHALL"));
    assert_eq!(listener.next().await, "gap");
    road.solve("after").await;
    listener.hears(&["after".into()]).await;
    let mut other = Listening::start(&bus, Since::After(before));
    assert_eq!(other.next().await, "gap");
    road.ends_with(&["before".into(), "after".into()]).await;
}

/// A12.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_was_started_anew_is_a_gap() {
    let Some(mut redis) = redis() else { return };
    let (bus, (road, _test)) = (over(&redis), road().await);
    let mut listener = Listening::start(&bus, Since::Now);
    assert_eq!(listener.next().await, "began");
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("before").await;
    listener.hears(&["before".into()]).await;
    redis.ask::<()>(&cmd("SAVE"));
    redis.stop();
    redis.start();
    assert_eq!(listener.next().await, "gap");
    road.solve("after").await;
    // What was not confirmed before is sent again, which is not too much.
    let mut heard = listener.next().await;
    while heard == "before" {
        heard = listener.next().await;
    }
    assert_eq!(heard, "after");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_kept_is_a_gap() {
    let Some(redis) = redis() else { return };
    let bus = RedisBus::new(&redis.url()).expect("the address is well formed").keeping(Duration::ZERO, 1000);
    let (bus, (road, _test)): (Arc<dyn Bus>, _) = (Arc::new(bus), road().await);
    let mut listener = Listening::start(&bus, Since::Now);
    assert_eq!(listener.next().await, "began");
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("heard").await;
    listener.hears(&["heard".into()]).await;
    let old = listener.position();
    drop(listener);
    for _ in 0..400 {
        road.verify().await;
    }
    road.delivered().await;
    let mut late = Listening::start(&bus, Since::After(old));
    assert_eq!(late.next().await, "gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_goes_away_and_comes_back_whole_is_no_gap_for_who_heard_all() {
    let Some(redis) = redis() else { return };
    let (bus, (road, _test)) = (over(&redis), road().await);
    let mut listener = Listening::start(&bus, Since::Now);
    assert_eq!(listener.next().await, "began");
    let _running = [road.relay(&bus), road.all_honest(&bus)];
    road.solve("before").await;
    listener.hears(&["before".into()]).await;
    redis.ask::<usize>(cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes"));
    road.solve("after").await;
    listener.hears(&["after".into()]).await;
}

#[tokio::test]
async fn a_services_listener_hears_while_the_service_runs() {
    let (road, _test) = road().await;
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
    let (told, mut heard) = mpsc::unbounded_channel();
    let ear = Arc::new(Ear { told, position: Mutex::default(), pace: Semaphore::new(10) });
    let service = Service {
        name: "tickets",
        routes: Routes::default(),
        db: road.source.clone(),
        consumer: None,
        listener: Some(ear),
        alarm: None,
        tasks: Vec::new(),
    };
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    service.start(&bus, &Clock::system(), &tracker, &stop);
    assert_eq!(heard.recv().await.as_deref(), Some("began"));
    road.solve("event").await;
    assert_eq!(heard.recv().await.as_deref(), Some("event"));
    stop.cancel();
    tracker.close();
    tracker.wait().await;
}
