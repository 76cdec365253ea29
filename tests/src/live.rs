//! A front end's stream of live events.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

/// How long an event may take: far above what any does.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream.
pub struct LiveEvents {
    body: UnsyncBoxBody<Bytes, anyhow::Error>,
    text: String,
    /// Where a client that comes again goes on.
    pub last_id: String,
}

/// One event.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    /// Its kind, as in `ticket.created`.
    pub kind: String,
    /// What it says.
    pub data: Value,
}

impl LiveEvents {
    /// Opens a stream; `query` begins with `?` where there is one.
    ///
    /// # Errors
    /// When the gateway does not answer, or refuses.
    pub async fn open(base: &str, token: &str, query: &str, last_id: Option<&str>) -> anyhow::Result<Self> {
        let mut request = Request::get(format!("{base}/v1/events{query}"))
            .header("authorization", format!("Bearer {token}"));
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        // A client of its own: a stream that is dropped ends its connection.
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        let response = http.request(request.body(Full::new(Bytes::new()))?).await?;
        anyhow::ensure!(response.status().is_success(), "refused with {}", response.status());
        let body = response.into_body().map_err(anyhow::Error::from).boxed_unsync();
        let mut events = Self { body, text: String::new(), last_id: String::new() };
        // It begins with its place.
        events.block().await?;
        Ok(events)
    }

    /// Returns the next event.
    ///
    /// # Errors
    /// When none comes in 20 s, and at the stream's end.
    pub async fn next(&mut self) -> anyhow::Result<LiveEvent> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(kind), Some(data)) = (field("event: "), field("data: ")) {
                return Ok(LiveEvent { kind: kind.to_owned(), data: serde_json::from_str(data)? });
            }
        }
    }

    /// Returns the next event of a kind; those of others are passed over.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await.unwrap_or_else(|error| panic!("no `{kind}`: {error:#}"));
            if event.kind == kind {
                return event.data;
            }
        }
    }

    async fn block(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    id.clone_into(&mut self.last_id);
                }
                return Ok(block);
            }
            let frame = timeout(PATIENCE, self.body.frame()).await?;
            let frame = frame.ok_or_else(|| anyhow::anyhow!("the stream ended"))??;
            self.text += std::str::from_utf8(frame.data_ref().map_or(&[][..], |data| data))?;
        }
    }
}
