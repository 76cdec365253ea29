//! What a stream tells, and when.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::Stream as Chunks;
use hotline_core::bus::{Listener, Mark, Place, Position};
use hotline_proto::auth::v1::Role;
use hotline_proto::events::v1::{Envelope, SlaRepaired};
use tokio::time::Instant;

use super::{Opening, Stream};
use crate::live::hub::Hub;
use crate::live::seats::Seats;
use crate::live::told::tests::{assigned, envelope, kinds, view};

type Text = Pin<Box<dyn Chunks<Item = Result<Bytes, std::convert::Infallible>> + Send>>;

/// Far longer than a test takes.
const NEVER: Duration = Duration::from_secs(600);
/// Soon.
const SOON: Duration = Duration::from_millis(20);

/// A hub that hears, with room for ten events.
struct Bench {
    hub: Arc<Hub>,
    count: u64,
    heartbeat: Duration,
}

fn place(number: u64) -> Place {
    Place { source: "tickets", mark: Mark(number, 0) }
}

fn start(life: &str) -> Position {
    Position::new(life, [place(0)])
}

impl Bench {
    async fn new() -> Self {
        let hub = Arc::new(Hub::new(kinds(), 10));
        hub.began(&start("a")).await;
        Self { hub, count: 0, heartbeat: NEVER }
    }

    async fn happens(&mut self, event: Envelope) {
        self.count += 1;
        self.hub.hear(&Arc::new(event), place(self.count)).await;
    }

    async fn assign(&mut self, count: usize) {
        for _ in 0..count {
            self.happens(envelope(&assigned())).await;
        }
    }

    fn opens(&self, ends: Option<Duration>) -> Text {
        self.opens_at(self.hub.now().expect("it hears"), false, ends)
    }

    fn opens_at(&self, cursor: hotline_core::bus::Cursor, reset: bool, ends: Option<Duration>) -> Text {
        let opening = Opening {
            hub: self.hub.clone(),
            cursor,
            reset,
            view: view(Role::Agent, "first-line", ""),
            ends: ends.map(|ends| Instant::now() + ends),
            heartbeat: self.heartbeat,
            seat: Seats::new(1, 1).take("agent").expect("room"),
        };
        Box::pin(Stream::new(opening).chunks())
    }
}

async fn next(text: &mut Text) -> String {
    let chunk = text.next().await.expect("goes on").expect("never fails");
    String::from_utf8(chunk.to_vec()).expect("text")
}

#[tokio::test]
async fn a_stream_begins_with_its_place_and_tells_what_comes() {
    let mut bench = Bench::new().await;
    bench.assign(1).await;
    let mut text = bench.opens(None);
    assert_eq!(next(&mut text).await, "retry: 2000\n: heartbeat\nid: a~tickets.1-0\n\n");
    bench.assign(1).await;
    let told = next(&mut text).await;
    assert!(told.starts_with("id: a~tickets.2-0\nevent: ticket.assigned\ndata: {"), "{told}");
    assert!(told.ends_with("}\n\n"), "{told}");
}

#[tokio::test]
async fn a_stream_goes_on_after_what_its_client_has_heard() {
    let mut bench = Bench::new().await;
    bench.assign(3).await;
    let heard: Position = "a~tickets.1-0".parse().expect("a position");
    let cursor = bench.hub.after(heard).expect("all there");
    let mut text = bench.opens_at(cursor, false, None);
    next(&mut text).await;
    let told = next(&mut text).await;
    let ids: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["a~tickets.2-0", "a~tickets.3-0"]);
}

#[tokio::test]
async fn a_silent_stream_beats_and_its_place_moves_on() {
    let mut bench = Bench { heartbeat: SOON, ..Bench::new().await };
    let mut text = bench.opens(None);
    next(&mut text).await;
    let opened = Instant::now();
    bench.happens(envelope(&SlaRepaired::default())).await;
    for _ in 0..2 {
        assert_eq!(next(&mut text).await, ": heartbeat\nid: a~tickets.1-0\n\n", "not for agents");
    }
    assert!(opened.elapsed() >= SOON * 2 - Duration::from_millis(5));
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let bench = Bench::new().await;
    let opened = Instant::now();
    let mut text = bench.opens(Some(SOON));
    next(&mut text).await;
    let last = next(&mut text).await;
    assert!(last.contains("event: expired\n"), "{last}");
    assert!(opened.elapsed() >= SOON);
    assert!(text.next().await.is_none());
}

#[tokio::test]
async fn a_client_that_is_too_slow_is_told_so_and_its_stream_ends() {
    let mut bench = Bench::new().await;
    let mut text = bench.opens(None);
    next(&mut text).await;
    bench.assign(11).await;
    let last = next(&mut text).await;
    assert!(last.starts_with("id: a~tickets.0-0\nevent: slow\ndata: {"), "{last}");
    assert!(text.next().await.is_none());
}

#[tokio::test]
async fn after_a_gap_the_client_is_told_to_read_anew_and_hears_on() {
    let mut bench = Bench::new().await;
    let mut text = bench.opens(None);
    next(&mut text).await;
    bench.hub.gap(&start("b")).await;
    let reset = next(&mut text).await;
    assert!(reset.starts_with("id: b~tickets.0-0\nevent: reset\n"), "{reset}");
    bench.assign(1).await;
    assert!(next(&mut text).await.contains("event: ticket.assigned\n"));
}

#[tokio::test]
async fn a_client_whose_place_is_gone_is_told_first() {
    let bench = Bench::new().await;
    let mut text = bench.opens_at(bench.hub.now().expect("it hears"), true, None);
    let first = next(&mut text).await;
    assert!(first.contains("event: reset\ndata: {\"means\":"), "{first}");
}

#[tokio::test]
async fn every_stream_ends_when_the_gateway_stops() {
    let bench = Bench::new().await;
    let mut text = bench.opens(None);
    next(&mut text).await;
    bench.hub.close();
    assert!(next(&mut text).await.contains("event: stopping\n"));
    assert!(text.next().await.is_none());
    assert!(!bench.hub.begun().await, "no new stream is opened");
}
