//! One trace, from the caller over the wire through the service to what consumes its event.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hotline_core::bus::{Bus, Consumer, LocalBus};
use hotline_core::caller::Keys;
use hotline_core::clock::Clock;
use hotline_core::db::{self, Db, Tx};
use hotline_core::error::Error;
use hotline_core::server::{Exposed, Service, serve};
use hotline_core::testing::sqlite;
use hotline_core::upstream::Directory;
use hotline_core::{outbox, telemetry};
use hotline_proto::events::v1::{CallbackAttempted, Envelope};
use hotline_proto::kpi::v1::kpi_service_client::KpiServiceClient;
use hotline_proto::kpi::v1::kpi_service_server::{KpiService, KpiServiceServer};
use hotline_proto::kpi::v1::{
    GetReportRequest, ListMetricsRequest, ListMetricsResponse, RecomputeRequest, RecomputeResponse, Report,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tracing::Instrument;
use uuid::Uuid;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        db::migrations()
    }
}

/// Keeps every span that it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        self.0.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder().add_service(TraceServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("http://{address}")
    }

    fn span(&self, name: &str) -> Span {
        let spans = self.0.lock().unwrap();
        let found = spans.iter().find(|span| span.name == name).cloned();
        found.unwrap_or_else(|| panic!("{name} is not among {:?}", names(&spans)))
    }
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

/// Publishes an event when it is asked for its metrics, and consumes it.
#[derive(Clone)]
struct Kpi {
    db: Db,
    consumed_in: mpsc::UnboundedSender<String>,
}

#[tonic::async_trait]
impl KpiService for Kpi {
    async fn list_metrics(
        &self,
        _: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        let tx = self.db.begin().await?;
        outbox::put(&tx, Uuid::nil(), Clock::system().now(), &CallbackAttempted::default())?;
        tx.commit().await?;
        Ok(Response::new(ListMetricsResponse::default()))
    }

    async fn get_report(&self, _: Request<GetReportRequest>) -> Result<Response<Report>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }

    async fn recompute(&self, _: Request<RecomputeRequest>) -> Result<Response<RecomputeResponse>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }
}

#[async_trait]
impl Consumer for Kpi {
    fn name(&self) -> &'static str {
        "kpi"
    }

    fn db(&self) -> &Db {
        &self.db
    }

    async fn apply(&self, _: &Tx, _: &Envelope) -> Result<(), Error> {
        self.consumed_in.send(telemetry::current_trace_id()).expect("the test listens");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_over_the_wire_and_the_event_it_causes_are_one_trace() {
    let collector = Collector::default();
    let endpoint = collector.start().await;
    let config = telemetry::Config { otlp_endpoint: endpoint, log: "warn".into(), ..Default::default() };
    let started = telemetry::init(&config).unwrap();
    let test = sqlite::<Migrator>("kpi").await;
    let (consumed_in, mut heard) = mpsc::unbounded_channel();
    let kpi = Kpi { db: test.db.clone(), consumed_in };
    let service = Service {
        name: "kpi",
        routes: Routes::new(KpiServiceServer::new(kpi.clone())),
        db: test.db.clone(),
        consumer: Some(Arc::new(kpi)),
        listener: None,
        alarm: None,
        tasks: Vec::new(),
    };
    let keys = Keys::new(&[9; 32]).unwrap();
    let exposed = Exposed { name: "kpi", stack: service.stack(keys.clone()), db: test.db.clone() };
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::new());
    service.start(&bus, &Clock::system(), &tracker, &stop);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = HashMap::from([("kpi".to_owned(), format!("http://{}", listener.local_addr().unwrap()))]);
    tracker.spawn(serve(listener, vec![exposed], stop.clone()));
    let upstream = Directory::new(keys, &[], &address).unwrap().of("gateway").get("kpi");

    let root = tracing::info_span!("click");
    let call = async { KpiServiceClient::new(upstream).list_metrics(ListMetricsRequest {}).await };
    call.instrument(root).await.unwrap();
    let consumed_in = heard.recv().await.expect("the event is consumed");
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    tokio::task::spawn_blocking(|| started.shutdown()).await.unwrap();

    let click = collector.span("click");
    let rpc = collector.span("hotline.kpi.v1.KpiService/ListMetrics");
    let event = collector.span("event");
    assert_eq!((&rpc.trace_id, &rpc.parent_span_id), (&click.trace_id, &click.span_id));
    assert_eq!((&event.trace_id, &event.parent_span_id), (&click.trace_id, &rpc.span_id));
    let hex: String = click.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(consumed_in, hex);
}
