//! Live events over a socket: who hears what, how a client comes again, and how many may listen.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hotline_core::bus::{Bus, LocalBus};
use hotline_core::clock::Clock;
use hotline_gateway::{Config, LiveConfig};
use hotline_proto::events::v1::{Envelope, TeamChanged, TicketAssigned, TicketSnapshot};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use prost::{Message, Name};
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::bench::{Bench, http1};

/// A gateway that hears a bus.
struct Stage {
    bench: Bench,
    bus: Arc<dyn Bus>,
    hearing: DropGuard,
}

/// A stream as a client reads it.
struct Events {
    body: Incoming,
    text: String,
}

/// One event of a stream.
#[derive(Debug)]
struct Event {
    id: String,
    kind: String,
    data: Value,
}

impl Stage {
    async fn start(live: LiveConfig) -> Self {
        let bench = Bench::with(Config { live, ..Config::default() }, Clock::system()).await;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        let stop = CancellationToken::new();
        tokio::spawn(bench.gateway.hear(bus.clone(), stop.clone()));
        Self { bench, bus, hearing: stop.drop_guard() }
    }

    async fn open(&self, role: &str, query: &str, last: Option<&str>) -> http::Response<Incoming> {
        let uri = format!("http://{}/v1/events{query}", self.bench.address);
        let mut request = Request::get(uri)
            .header("authorization", format!("Bearer {}", self.bench.token(role, role)))
            .header("origin", "https://console.example");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        http1().request(request.body(Full::new(Bytes::new())).expect("a request")).await.expect("an answer")
    }

    async fn listen(&self, role: &str, query: &str, last: Option<&str>) -> Events {
        let response = self.open(role, query, last).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events { body: response.into_body(), text: String::new() }
    }

    async fn refused(&self, role: &str, query: &str) -> (u16, String) {
        let response = self.open(role, query, None).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let body: Value = serde_json::from_slice(&body).expect("a problem");
        (status, body["code"].as_str().expect("a code").to_owned())
    }

    /// Tells on the bus that a ticket of this id was assigned to a team. Nobody consumes here.
    async fn assigned(&self, id: &str, team: &str) {
        let ticket = TicketSnapshot { id: id.into(), team_key: team.into(), ..TicketSnapshot::default() };
        let event = TicketAssigned { ticket: Some(ticket), ..TicketAssigned::default() };
        self.put("tickets", &event, id).await;
    }

    async fn put<E: Message + Name>(&self, source: &str, event: &E, id: &str) {
        let envelope = Envelope {
            id: id.into(),
            name: E::full_name(),
            payload: event.encode_to_vec(),
            ..Envelope::default()
        };
        // No consumer runs: whoever waits for one is not this test.
        let put = self.bus.publish(source, std::slice::from_ref(&envelope));
        let _ = timeout(Duration::ZERO, put).await;
    }
}

impl Events {
    /// Returns the next block of the stream; none at its end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let frame = timeout(Duration::from_secs(20), self.body.frame()).await.expect("something comes");
            let data = frame?.expect("a whole stream").into_data().expect("no trailers");
            self.text += std::str::from_utf8(&data).expect("text");
        }
    }

    /// Returns the next event; comments and places are passed over, as a browser does.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            if let Some(data) = field("data") {
                return Some(Event {
                    id: field("id").expect("an id").to_owned(),
                    kind: field("event").expect("a kind").to_owned(),
                    data: serde_json::from_str(data).expect("JSON"),
                });
            }
        }
    }

    async fn ticket(&mut self) -> String {
        let event = self.next().await.expect("goes on");
        event.data["payload"]["ticket"]["id"].as_str().unwrap_or(&event.kind).to_owned()
    }
}

#[tokio::test]
async fn staff_hears_everything_and_a_third_party_its_own() {
    let stage = Stage::start(LiveConfig::default()).await;
    let (mut agent, mut vendor) =
        (stage.listen("agent", "", None).await, stage.listen("third_party", "", None).await);
    stage.put("dispatch", &TeamChanged { team_key: "t1".into(), ..TeamChanged::default() }, "e-1").await;
    stage.assigned("other", "t2").await;
    stage.assigned("own", "t1").await;
    assert_eq!(agent.next().await.expect("an event").kind, "team.changed");
    assert_eq!(agent.ticket().await, "other");
    let whole = agent.next().await.expect("an event");
    assert!(whole.data["payload"]["ticket"].get("customerId").is_some(), "{:?}", whole.data);
    let own = vendor.next().await.expect("an event");
    assert_eq!(own.data["payload"]["ticket"]["id"], "own");
    assert!(own.data["payload"]["ticket"].get("customerId").is_none(), "{:?}", own.data);
}

#[tokio::test]
async fn a_client_gets_what_it_asks_for() {
    let stage = Stage::start(LiveConfig::default()).await;
    let mut picky = stage.listen("agent", "?types=ticket.*&ticketId=b,c&teamKey=t2", None).await;
    for (id, team) in [("a", "t2"), ("b", "t1"), ("c", "t2")] {
        stage.assigned(id, team).await;
    }
    assert_eq!(picky.ticket().await, "c");
    assert_eq!(stage.refused("agent", "?types=ticket.exploded").await, (400, "INVALID_REQUEST".into()));
    assert_eq!(stage.refused("agent", "?since=yesterday").await, (400, "INVALID_REQUEST".into()));
}

#[tokio::test]
async fn who_comes_again_misses_nothing_and_hears_nothing_twice() {
    let stage = Stage::start(LiveConfig::default()).await;
    let mut first = stage.listen("agent", "", None).await;
    stage.assigned("a", "t1").await;
    let heard = first.next().await.expect("an event").id;
    drop(first);
    stage.assigned("b", "t1").await;
    stage.assigned("c", "t1").await;
    for (query, header) in [(String::new(), Some(heard.as_str())), (format!("?lastEventId={heard}"), None)] {
        let mut again = stage.listen("agent", &query, header).await;
        assert_eq!((again.ticket().await, again.ticket().await), ("b".into(), "c".into()));
    }
}

#[tokio::test]
async fn who_comes_too_late_is_told_to_read_anew() {
    let stage = Stage::start(LiveConfig { kept_events: 2, ..LiveConfig::default() }).await;
    let mut first = stage.listen("agent", "", None).await;
    stage.assigned("0", "t1").await;
    let heard = first.next().await.expect("an event").id;
    drop(first);
    let mut last = stage.listen("agent", "", None).await;
    for id in ["1", "2", "3"] {
        stage.assigned(id, "t1").await;
        assert_eq!(last.ticket().await, id);
    }
    for gone in [heard.as_str(), "junk", "another-life~tickets.1-1"] {
        let mut again = stage.listen("agent", "", Some(gone)).await;
        assert_eq!(again.next().await.expect("an event").kind, "reset", "{gone}");
    }
}

#[tokio::test]
async fn a_subject_has_so_many_streams_and_no_more() {
    let stage = Stage::start(LiveConfig { streams_per_subject: 1, ..LiveConfig::default() }).await;
    let open = stage.listen("agent", "", None).await;
    assert_eq!(stage.refused("agent", "").await, (429, "TOO_MANY_STREAMS".into()));
    let _other = stage.listen("engineer", "", None).await;
    drop(open);
    // The gateway notices that a client has gone when its connection ends.
    while stage.open("agent", "", None).await.status() != 200 {}
}

#[tokio::test]
async fn without_a_token_or_a_bus_there_is_no_stream() {
    let bench = Bench::start().await;
    assert_eq!(bench.send("GET", "/v1/events", &[], "").await.problem(), (401, "UNAUTHENTICATED".into()));
    let deaf = bench.call("GET", "/v1/events", "").await;
    assert_eq!(deaf.problem(), (503, "LIVE_EVENTS_UNAVAILABLE".into()));
    assert_eq!(bench.call("POST", "/v1/events", "{}").await.problem().0, 405);
}

#[tokio::test]
async fn a_stream_outlives_the_time_of_a_request_and_ends_when_the_gateway_stops() {
    let live = LiveConfig { heartbeat_seconds: 1, ..LiveConfig::default() };
    let config = Config { live, request_seconds: 1, ..Config::default() };
    let bench = Bench::with(config, Clock::system()).await;
    let (bus, stop): (Arc<dyn Bus>, _) = (Arc::new(LocalBus::new()), CancellationToken::new());
    tokio::spawn(bench.gateway.hear(bus.clone(), stop.clone()));
    let stage = Stage { bench, bus, hearing: stop.drop_guard() };
    let mut events = stage.listen("agent", "", None).await;
    for _ in 0..3 {
        assert!(events.block().await.expect("goes on").contains(": heartbeat"));
    }
    drop(stage.hearing);
    assert_eq!(events.next().await.expect("a last event").kind, "stopping");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn pages_of_allowed_origins_may_listen() {
    let config = Config { cors_origins: vec!["https://console.example".into()], ..Config::default() };
    let bench = Bench::with(config, Clock::system()).await;
    let (bus, stop): (Arc<dyn Bus>, _) = (Arc::new(LocalBus::new()), CancellationToken::new());
    tokio::spawn(bench.gateway.hear(bus.clone(), stop.clone()));
    let stage = Stage { bench, bus, hearing: stop.drop_guard() };
    let response = stage.open("agent", "", None).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "https://console.example");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(response.headers().contains_key("x-request-id"));
}
