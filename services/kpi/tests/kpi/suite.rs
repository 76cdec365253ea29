//! The service as its neighbours see it, and events to feed it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::bus::{Bus, Consumer, LocalBus};
use hotline_core::caller::{Caller, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::server::{Deps, Service};
use hotline_core::testing::{TestDb, databases, deliver, eventually};
use hotline_core::time::to_proto;
use hotline_core::upstream::{Directory, Upstream};
use hotline_kpi::{Config, Migrator, NAME, service};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::events::v1::{Envelope, TicketSnapshot};
use hotline_proto::kpi::v1::kpi_service_client::KpiServiceClient;
use hotline_proto::kpi::v1::{
    GetReportRequest, ListMetricsRequest, Metric, RecomputeRequest, RecomputeResponse, Report,
};
use prost::{Message, Name};
use prost_types::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;
use uuid::Uuid;

/// The service over one database, at 2026-03-20.
pub(crate) struct Suite {
    pub(crate) db: Db,
    consumer: Arc<dyn Consumer>,
    upstream: Upstream,
    _database: Option<TestDb>,
}

impl Suite {
    /// Starts the service on every database there is.
    pub(crate) async fn everywhere() -> Vec<Self> {
        let mut all = Vec::new();
        for database in databases::<Migrator>(NAME).await {
            let suite = Self::start(database.db.clone(), Config::default()).await;
            all.push(Self { _database: Some(database), ..suite });
        }
        all
    }

    pub(crate) async fn start(db: Db, config: Config) -> Self {
        let (keys, directory) = neighbourhood();
        let service = build(&db, &directory, config).await;
        directory.fill(NAME, service.stack(keys));
        Self {
            db,
            consumer: service.consumer.expect("consumes"),
            upstream: directory.of("gateway").get(NAME),
            _database: None,
        }
    }

    /// Starts another process of the service over the same database, its background work too, until `done`.
    pub(crate) async fn run_until(&self, done: impl AsyncFnMut() -> bool) {
        let (_, directory) = neighbourhood();
        let service = build(&self.db, &directory, Config::default()).await;
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
        service.start(&bus, &Clock::system(), &tracker, &stop);
        eventually("the new process is through", done).await;
        stop.cancel();
        tracker.close();
        tracker.wait().await;
    }

    /// Delivers many events, fifty in a transaction, and has them counted.
    pub(crate) async fn deliver_all(&self, events: &[Envelope]) {
        for some in events.chunks(50) {
            let tx = self.db.begin().await.expect("begins");
            for event in some {
                self.consumer.apply(&tx, event).await.expect("applies");
            }
            tx.commit().await.expect("commits");
            self.report(ask("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", &["contacts"])).await;
        }
    }

    /// Delivers an event as the bus does: effect and inbox row in one transaction.
    pub(crate) async fn deliver(&self, event: &Envelope) {
        deliver(self.consumer.as_ref(), event).await.expect("applies");
    }

    pub(crate) async fn ask(&self, request: GetReportRequest) -> Result<Report, Status> {
        let mut client = KpiServiceClient::new(self.upstream.clone());
        let asked = Caller::service("test").scope(async move { client.get_report(request).await });
        Ok(asked.await?.into_inner())
    }

    pub(crate) async fn report(&self, request: GetReportRequest) -> Report {
        self.ask(request).await.expect("answers")
    }

    pub(crate) async fn metrics(&self) -> Vec<Metric> {
        let mut client = KpiServiceClient::new(self.upstream.clone());
        let listed =
            Caller::service("test").scope(async move { client.list_metrics(ListMetricsRequest {}).await });
        listed.await.expect("lists").into_inner().metrics
    }

    pub(crate) async fn recompute(&self) -> RecomputeResponse {
        let mut client = KpiServiceClient::new(self.upstream.clone());
        let done = Caller::service("test").scope(async move { client.recompute(RecomputeRequest {}).await });
        done.await.expect("recomputes").into_inner()
    }
}

fn neighbourhood() -> (Keys, Directory) {
    let keys = Keys::new(&[7; 32]).expect("long enough");
    let directory = Directory::new(keys.clone(), &[NAME], &HashMap::new()).expect("no addresses");
    (keys, directory)
}

async fn build(db: &Db, directory: &Directory, config: Config) -> Service {
    let clock = Clock::manual(time("2026-03-20T00:00:00Z"));
    let deps = Deps { db: db.clone(), clock, upstreams: directory.of(NAME) };
    service(deps, config).await.expect("starts")
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

pub(crate) fn at(text: &str) -> Timestamp {
    to_proto(time(text))
}

/// Asks for metrics over a range.
pub(crate) fn ask(from: &str, to: &str, metrics: &[&str]) -> GetReportRequest {
    GetReportRequest {
        from: Some(at(from)),
        to: Some(at(to)),
        metrics: metrics.iter().map(|name| (*name).to_owned()).collect(),
        ..GetReportRequest::default()
    }
}

/// The values of one row of a report, by metric.
pub(crate) fn values(report: &Report, row: usize) -> HashMap<&str, f64> {
    let values = report.rows[row].values.iter();
    values.map(|(name, value)| (name.as_str(), *value)).collect()
}

pub(crate) fn event<E: Message + Name>(number: u128, occurred_at: DateTime<Utc>, event: &E) -> Envelope {
    Envelope {
        id: Uuid::from_u128(number).to_string(),
        name: E::full_name(),
        subject: "subject".into(),
        occurred_at: Some(to_proto(occurred_at)),
        payload: event.encode_to_vec(),
        ..Envelope::default()
    }
}

pub(crate) fn ticket() -> TicketSnapshot {
    TicketSnapshot {
        id: Uuid::from_u128(7).to_string(),
        r#type: TicketType::Fault.into(),
        category_code: "repair.private".into(),
        subject: "宽带无法上网".into(),
        project: "曲江一期".into(),
        channel: Channel::Phone.into(),
        priority: Priority::High.into(),
        owner_agent: "agent".into(),
        created_at: Some(at("2026-03-02T01:00:00Z")),
        ..TicketSnapshot::default()
    }
}
