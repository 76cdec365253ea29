//! Sends requests as fast as they are answered, from many callers at once, at little cost of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::context::Context;
use crate::installation::Installation;
use crate::table::Shots;
use crate::{What, units};

/// A client that keeps its connections and does not look into answers unless asked.
#[derive(Clone)]
pub struct Gun {
    http: Client<HttpConnector, Full<Bytes>>,
    base: Arc<str>,
}

impl Gun {
    /// Aims at a gateway.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(usize::MAX).build(connector);
        Ok(Self { http, base: base.into() })
    }

    /// Fetches a path, which is escaped already.
    pub async fn get(&self, token: &HeaderValue, path: &str) -> anyhow::Result<Bytes> {
        self.send(Method::GET, token, path, Bytes::new()).await
    }

    /// Posts JSON.
    pub async fn post(&self, token: &HeaderValue, path: &str, body: String) -> anyhow::Result<Bytes> {
        self.send(Method::POST, token, path, body.into()).await
    }

    async fn send(
        &self,
        method: Method,
        token: &HeaderValue,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Bytes> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        request = request.header("authorization", token.clone());
        if !body.is_empty() {
            request = request.header("content-type", HeaderValue::from_static("application/json"));
        }
        let response = self.http.request(request.body(Full::new(body))?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}

/// What one caller saw.
#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    failed: u64,
    why: String,
}

/// Has `callers` do something again and again for some seconds.
pub async fn fire(
    installation: &Installation,
    context: &Arc<Context>,
    what: What,
    callers: usize,
    seconds: u64,
) -> Shots {
    // Connections, caches and plans are there in a suite that has run for a while.
    run(context, what, callers, Duration::from_millis(200)).await;
    let (used, start) = (installation.used(), Instant::now());
    let seen = run(context, what, callers, Duration::from_secs(seconds)).await;
    let (time, used) = (start.elapsed().as_secs_f64(), installation.used().since(used));
    if !seen.why.is_empty() {
        eprintln!("  {what:?}: {} failed, as in {}", seen.failed, seen.why);
    }
    Shots::new(what, callers, seen.latencies, seen.failed, time, used)
}

async fn run(context: &Arc<Context>, what: What, callers: usize, length: Duration) -> Seen {
    let end = Instant::now() + length;
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let context = context.clone();
        tasks.spawn(async move { one_caller(&context, what, caller, end).await });
    }
    let mut all = Seen::default();
    while let Some(seen) = tasks.join_next().await {
        let seen = seen.expect("no caller panics");
        all.latencies.extend(seen.latencies);
        all.failed += seen.failed;
        if all.why.is_empty() {
            all.why = seen.why;
        }
    }
    all
}

async fn one_caller(context: &Context, what: What, caller: usize, end: Instant) -> Seen {
    let mut seen = Seen::default();
    let mut round = caller.wrapping_mul(7_919);
    while Instant::now() < end {
        let start = Instant::now();
        round = round.wrapping_add(1);
        match units::one(context, what, round).await.context("one") {
            Ok(true) => seen.latencies.push(start.elapsed()),
            // Nothing left to do.
            Ok(false) => break,
            Err(error) => {
                seen.failed += 1;
                seen.why = format!("{error:#}");
            }
        }
    }
    seen
}
