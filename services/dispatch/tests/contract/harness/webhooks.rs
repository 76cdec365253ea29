//! Receivers of webhooks on this machine, which check what they get with the specification's own library.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hotline_core::caller::Caller;
use hotline_core::server::Deps;
use hotline_core::testing::eventually;
use hotline_dispatch::{Migrator, NAME, Webhooks};
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    CreateWebhookRequest, ListWebhookDeliveriesRequest, Webhook, WebhookDelivery, WebhookDeliveryState,
};
use sea_orm::{ConnectionTrait, Statement};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use super::calls::inner;
use super::{Desk, TEAM, directory, started_with};

/// The key of tests.
pub(crate) const KEY: &str = "a key of tests that is long enough";

/// Settings with which the receivers of tests, which are on this machine, may be called.
pub(crate) fn settings() -> Webhooks {
    Webhooks {
        key: KEY.to_owned().into(),
        allow_http: true,
        allowed_networks: vec!["127.0.0.0/8".into()],
        ..Webhooks::default()
    }
}

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    headers: HeaderMap,
    body: Bytes,
    /// What it was answered with.
    pub(crate) status: u16,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).expect("has the header").to_str().expect("is text")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("is JSON")
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().expect("has a type").to_owned()
    }

    /// Returns what it is about: its assignment and what happened.
    pub(crate) fn about(&self) -> (String, String) {
        let assignment = &self.json()["data"]["assignment"]["id"];
        (assignment.as_str().unwrap_or_default().to_owned(), self.kind())
    }

    /// Tells whether the library of the specification takes it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let library = standardwebhooks::Webhook::new(secret).expect("a secret");
        library.verify(&self.body, &self.headers).is_ok()
    }
}

#[derive(Default)]
struct Kept {
    seen: Mutex<Vec<Seen>>,
    answer: Mutex<(u16, Option<&'static str>)>,
    came: Notify,
}

/// A receiver that answers as it is told.
pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Arc<Kept>,
    served: AbortHandle,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let kept = Arc::new(Kept::default());
        let router = Router::new().fallback(take).with_state(kept.clone());
        let served = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        let receiver = Self { url, kept, served };
        receiver.answers(204);
        receiver
    }

    /// Answers so from now on; 0 is not at all.
    pub(crate) fn answers(&self, status: u16) {
        *self.kept.answer.lock().expect("no test panics here") = (status, None);
    }

    /// Asks to be left alone from now on.
    pub(crate) fn asks_for(&self, seconds: &'static str) {
        *self.kept.answer.lock().expect("no test panics here") = (429, Some(seconds));
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.kept.seen.lock().expect("no test panics here").clone()
    }

    /// Returns what was answered with a 2xx.
    pub(crate) fn taken(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| seen.status / 100 == 2);
        seen
    }

    /// Waits until so many messages have come, and returns them.
    pub(crate) async fn waits_for(&self, count: usize) -> Vec<Seen> {
        let enough = async {
            loop {
                let mut came = std::pin::pin!(self.kept.came.notified());
                came.as_mut().enable();
                let seen = self.seen();
                if seen.len() >= count {
                    return seen;
                }
                came.await;
            }
        };
        timeout(Duration::from_secs(20), enough).await.expect("they come")
    }
}

async fn take(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap) {
    let (status, retry_after) = *kept.answer.lock().expect("no test panics here");
    kept.seen.lock().expect("no test panics here").push(Seen { headers, body, status });
    kept.came.notify_waiters();
    if status == 0 {
        // Longer than any sender waits.
        sleep(Duration::from_secs(600)).await;
    }
    let mut answer = HeaderMap::new();
    if let Some(seconds) = retry_after {
        answer.insert("retry-after", seconds.parse().expect("a header"));
    }
    (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), answer)
}

/// The lead of a team.
pub(crate) fn lead(team: &str) -> Caller {
    Caller {
        subject: format!("lead of {team}"),
        roles: [Role::TeamLead].into(),
        teams: vec![team.into()],
        ..Caller::default()
    }
}

impl Desk {
    /// Makes a webhook as `caller`.
    pub(crate) async fn hooks(&self, caller: Caller, webhook: Webhook) -> Result<Webhook, Status> {
        let mut client = self.webhooks.clone();
        let request = CreateWebhookRequest { webhook: Some(webhook) };
        inner(caller.scope(client.create_webhook(request)).await)
    }

    /// Makes a webhook of [`TEAM`] that tells of all its assignments.
    pub(crate) async fn hook(&self, receiver: &Receiver) -> Webhook {
        let webhook = Webhook {
            team_key: TEAM.into(),
            url: receiver.url.clone(),
            event_types: vec!["assignment.*".into()],
            ..Webhook::default()
        };
        self.hooks(lead(TEAM), webhook).await.expect("a webhook can be made")
    }

    /// Returns a webhook's messages, newest first.
    pub(crate) async fn deliveries(&self, webhook: &Webhook) -> Vec<WebhookDelivery> {
        let request = ListWebhookDeliveriesRequest {
            webhook_id: webhook.id.clone(),
            page_size: 500,
            ..Default::default()
        };
        let mut client = self.webhooks.clone();
        inner(lead(TEAM).scope(client.list_webhook_deliveries(request)).await).expect("lists").deliveries
    }

    /// Waits until as many messages of a webhook are in a state.
    pub(crate) async fn has(&self, webhook: &Webhook, state: WebhookDeliveryState, count: usize) {
        let there = async || {
            let all = self.deliveries(webhook).await;
            all.iter().filter(|one| one.state() == state).count() == count
        };
        eventually(&format!("{count} messages {}", state.as_str_name()), there).await;
    }

    /// Runs the service's tasks until what is returned goes.
    pub(crate) fn runs(&self) -> DropGuard {
        let stop = CancellationToken::new();
        for task in std::mem::take(&mut *self.tasks.lock().expect("no test panics here")) {
            tokio::spawn(task(stop.clone()));
        }
        stop.drop_guard()
    }

    /// Runs the tasks of one more process, with a connection of its own to the same database.
    pub(crate) async fn runs_beside(&self, settings: Webhooks) -> DropGuard {
        let db = self.database.open::<Migrator>(NAME).await;
        let deps = Deps { db, clock: self.clock.clone(), upstreams: directory().of(NAME) };
        let (service, stop) = (started_with(deps, Arc::default(), settings).await, CancellationToken::new());
        for task in service.tasks {
            tokio::spawn(task(stop.clone()));
        }
        stop.drop_guard()
    }

    /// Waits until every message that can be sent now has been.
    pub(crate) async fn is_quiet(&self) {
        let sql = "SELECT 1 FROM webhook_deliveries d WHERE state = 1 AND (claimed_until > $1 OR (next_at <= $1 \
                   AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = d.webhook_id \
                   AND e.state = 1 AND e.subject = d.subject AND e.seq < d.seq))) LIMIT 1";
        let none = async || {
            let now = self.clock.now();
            let query = Statement::from_sql_and_values(self.db.backend(), sql, [now.into()]);
            self.db.reader().query_one_raw(query).await.expect("it can be read").is_none()
        };
        eventually("every message was sent", none).await;
    }
}
