//! `GET /v1/events`: everything that happens, as it happens, to whoever may know (G4). Server-sent events, resumed by
//! `Last-Event-ID`.
//!
//! A process hears the bus once and keeps the last events in memory; each stream reads them at its client's pace. No
//! event waits for a client, and none is kept for one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use chrono::{DateTime, Utc};
use hotline_core::bus::Position;
use hotline_core::clock;
use hotline_proto::access::{Policy, Rule};
use hotline_proto::auth::v1::Scope;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use tokio::time::{Instant, timeout};

use crate::config::LiveConfig;
use crate::dialect::Dialect;
use crate::door::{Door, peer};
use crate::error::Error;
use crate::observe::Matched;
use crate::session::Session;

mod audience;
mod filter;
mod hub;
mod kinds;
mod measures;
mod seats;
mod stream;
mod told;

pub(crate) use hub::Hub;
pub(crate) use kinds::Kinds;

use filter::Query;
use seats::Seats;
use stream::{Opening, Stream};
use told::View;

/// Where it is.
pub(crate) const PATH: &str = "/v1/events";
/// How long an opening stream waits for a gateway that has just started to hear the bus.
const PATIENCE: Duration = Duration::from_secs(3);

/// The streams of live events.
pub(crate) struct Live {
    hub: Arc<Hub>,
    seats: Seats,
    heartbeat: Duration,
}

impl Live {
    pub(crate) fn new(hub: Arc<Hub>, config: &LiveConfig) -> Self {
        let heartbeat = Duration::from_secs(config.heartbeat_seconds);
        Self { hub, seats: Seats::new(config.streams, config.streams_per_subject), heartbeat }
    }

    /// Opens a stream for who is signed in.
    async fn open(&self, session: Session, head: &Parts) -> Result<Response<Body>, Error> {
        let query = Query::read(head.uri.query().unwrap_or_default(), self.hub.kinds())?;
        let seat = self.seats.take(&session.caller.subject)?;
        let last = last_id(&head.headers).or(query.last_event_id);
        let wanted = last.as_deref().map(str::parse::<Position>);
        let begun = timeout(PATIENCE, self.hub.begun()).await.unwrap_or(false);
        let (cursor, reset) = match wanted {
            _ if !begun => return Err(Error::NoFeed),
            None => (self.hub.now(), false),
            Some(Ok(position)) => match self.hub.after(position) {
                Some(cursor) => (Some(cursor), false),
                None => (self.hub.now(), true),
            },
            Some(Err(_)) => (self.hub.now(), true),
        };
        let opening = Opening {
            hub: self.hub.clone(),
            cursor: cursor.ok_or(Error::NoFeed)?,
            reset,
            view: View { caller: session.caller, filter: query.filter },
            ends: session.expires_at.map(instant),
            heartbeat: self.heartbeat,
            seat,
        };
        Ok(response(Body::from_stream(Stream::new(opening).chunks())))
    }
}

/// Returns the page. It stands beside the door, because a stream is none of the door's methods, but behind the same
/// guard.
pub(crate) fn page(door: Arc<Door>, live: Live) -> Router {
    let live = Arc::new(live);
    let open = get(move |request: Request| enter(door.clone(), live.clone(), request))
        .fallback(async || Dialect::Rest.refuse(Error::WrongVerb { allow: "GET, HEAD".into() }));
    Router::new().route(PATH, open)
}

async fn enter(door: Arc<Door>, live: Arc<Live>, request: Request) -> Response<Body> {
    let policy = Policy { rule: Rule::SignedIn, scope: Scope::Unspecified, read_only: true };
    let (head, _) = request.into_parts();
    let admission = door.guard.admit(&policy, &head.headers, peer(&head.extensions)).await;
    let opened = match admission.outcome {
        Ok(session) => live.open(session, &head).await,
        Err(error) => Err(error),
    };
    let mut response = opened.unwrap_or_else(|error| Dialect::Rest.refuse(error));
    if let Some(standing) = admission.standing {
        standing.write(response.headers_mut());
    }
    response.extensions_mut().insert(Matched(PATH.into()));
    response
}

fn response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx would hold events back until it has a buffer full of them.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn last_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("last-event-id")?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// Returns when that will be: now, for what is past.
fn instant(at: DateTime<Utc>) -> Instant {
    Instant::now() + (at - clock::wall()).to_std().unwrap_or_default()
}
