//! A service from the outside: its stack of layers, its background work, its port with health and reflection.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use http::Request;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt, service_fn};

use crate::bus::{self, Bus, Consumer, Listener};
use crate::caller::Keys;
use crate::clock::{self, Clock};
use crate::db::Db;
use crate::deadlines::{self, Alarm};
use crate::error::chain;
use crate::upstream::{Upstream, Upstreams, wrap};
use crate::{idempotency, outbox};

mod layers;

pub(crate) use layers::policy;

/// How often health looks at the databases.
const HEALTH_INTERVAL: Duration = Duration::from_secs(2);
/// How long a command's reply can be asked for again.
const KEYS_KEPT: TimeDelta = TimeDelta::days(2);
/// How long a consumer may be away before others could apply an event twice.
const APPLIED_KEPT: TimeDelta = TimeDelta::days(30);

/// What every service is given.
#[derive(Clone)]
pub struct Deps {
    /// Its own database.
    pub db: Db,
    /// The suite's clock.
    pub clock: Clock,
    /// The other services.
    pub upstreams: Upstreams,
}

/// A service that is ready to run.
pub struct Service {
    /// Its name: schema, upstream, audience of internal tokens, event source.
    pub name: &'static str,
    /// Its gRPC services.
    pub routes: Routes,
    /// Its database.
    pub db: Db,
    /// What it does with events of others.
    pub consumer: Option<Arc<dyn Consumer>>,
    /// What each of its processes does with everything that happens, from its start on, for what it keeps in memory.
    pub listener: Option<Arc<dyn Listener>>,
    /// What it does when something is due.
    pub alarm: Option<Arc<dyn Alarm>>,
    /// Whatever else it does while it runs; each ends when its token is cancelled.
    pub tasks: Vec<Task>,
}

/// Background work of a service, from the token that ends it.
pub type Task = Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>;

impl Service {
    /// Returns the service behind its layers, the same in this process and behind a port.
    pub fn stack(&self, keys: Keys) -> Upstream {
        let routes = self.routes.clone().prepare();
        let mut stack: Upstream = BoxCloneSyncService::new(service_fn(move |request: Request<Body>| {
            let routes = routes.clone();
            async move { routes.oneshot(request).await.map_err(|never| -> BoxError { match never {} }) }
        }));
        let guard = idempotency::Guard::new(self.db.clone());
        // Inside identity, because a key belongs to its caller.
        stack = wrap(stack, move |request, next| guard.clone().call(request, next));
        let name = self.name;
        // Nobody gets in who was not let in by the gateway or another service.
        stack = wrap(stack, move |request, next| layers::identify(keys.clone(), name, request, next));
        // tonic enforces `grpc-timeout` only in its own transport, which a call in this process does not pass.
        stack = wrap(stack, layers::limit_time);
        // A panic ends its call, not its caller's task.
        stack = wrap(stack, layers::catch_panic);
        // Extensions die on the wire; they must not survive a call in this process either.
        wrap(stack, move |request, next| layers::observe(name, request, next))
    }

    /// Starts the relay, the consumer, the listener, the sweeper and the service's own tasks.
    pub fn start(self, bus: &Arc<dyn Bus>, clock: &Clock, tracker: &TaskTracker, stop: &CancellationToken) {
        let Self { name, db, consumer, listener, alarm, tasks, .. } = self;
        tracker.spawn(outbox::run_relay(name, db.clone(), bus.clone(), stop.clone()));
        tracker.spawn(forget_old(db.clone(), stop.clone()));
        if let Some(consumer) = consumer {
            let (bus, stop) = (bus.clone(), stop.clone());
            tracker.spawn(async move {
                stop.run_until_cancelled(retry_parked(consumer.as_ref())).await;
                bus.consume(consumer, stop).await;
            });
        }
        if let Some(listener) = listener {
            let (bus, stop) = (bus.clone(), stop.clone());
            let since = listener.since();
            tracker.spawn(async move { bus.listen(listener, since, stop).await });
        }
        if let Some(alarm) = alarm {
            tracker.spawn(deadlines::run_sweeper(db, clock.clone(), alarm, stop.clone()));
        }
        for task in tasks {
            tracker.spawn(task(stop.clone()));
        }
    }
}

/// A service behind its layers, for a port.
#[derive(Clone)]
pub struct Exposed {
    /// The service's name.
    pub name: &'static str,
    /// The service behind its layers.
    pub stack: Upstream,
    /// Its database, which decides whether it can serve.
    pub db: Db,
}

/// Serves services on one port, with the gRPC health protocol (one status a service, and one for all) and reflection,
/// until `stop`; then tells health first and ends what runs.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    services: Vec<Exposed>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(hotline_proto::DESCRIPTORS);
    let routes = Routes::from(by_package(services.clone()))
        .add_service(health_service)
        .add_service(reflection.build_v1()?);
    let reporting = AbortOnDropHandle::new(tokio::spawn(report_health(health, services, stop.clone())));
    Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .http2_max_pending_accept_reset_streams(Some(64))
        .max_connection_age(Duration::from_secs(300))
        .max_connection_age_grace(Duration::from_secs(30))
        .add_routes(routes)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.cancelled_owned(),
        )
        .await?;
    reporting.await?;
    Ok(())
}

/// Returns the name of the service that a gRPC path belongs to: `tickets` of `/hotline.tickets.v1.TicketService/…`.
pub fn service_of(path: &str) -> Option<&str> {
    path.strip_prefix("/hotline.")?.split('.').next()
}

fn by_package(services: Vec<Exposed>) -> axum::Router {
    let services = Arc::new(services);
    axum::Router::new().fallback_service(service_fn(move |request: Request<axum::body::Body>| {
        let name = service_of(request.uri().path());
        let stack =
            services.iter().find(|service| Some(service.name) == name).map(|service| service.stack.clone());
        async move {
            let response = match stack {
                Some(stack) => stack.oneshot(request.map(Body::new)).await,
                None => Ok(Status::unimplemented("no such service here").into_http()),
            };
            let response = response.unwrap_or_else(|error| {
                tracing::error!(error = %chain(error.as_ref()), "a layer failed");
                Status::internal("an internal fault occurred").into_http()
            });
            Ok::<_, Infallible>(response.map(axum::body::Body::new))
        }
    }))
}

async fn report_health(health: HealthReporter, services: Vec<Exposed>, stop: CancellationToken) {
    loop {
        let mut all = ServingStatus::Serving;
        for service in &services {
            let can_serve = !stop.is_cancelled() && service.db.ping().await.is_ok();
            let status = if can_serve { ServingStatus::Serving } else { ServingStatus::NotServing };
            if !can_serve {
                all = ServingStatus::NotServing;
            }
            health.set_service_status(service.name, status).await;
        }
        health.set_service_status("", all).await;
        if stop.is_cancelled() {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(HEALTH_INTERVAL) => {}
        }
    }
}

/// A new start may bring what was amiss when an event was parked.
async fn retry_parked(consumer: &dyn Consumer) {
    if let Err(error) = bus::apply_parked(consumer).await {
        tracing::warn!(consumer = consumer.name(), error = %chain(&error), "parked events stay parked");
    }
}

/// Forgets, once an hour, idempotency keys that no retry can name any more, and applied events that no redelivery can:
/// an event is sent again until its slowest consumer has applied it.
async fn forget_old(db: Db, stop: CancellationToken) {
    loop {
        let now = clock::wall();
        let forgotten = async {
            idempotency::forget(&db, now - KEYS_KEPT).await?;
            outbox::forget_applied(&db, now - APPLIED_KEPT).await
        };
        if let Err(error) = forgotten.await {
            tracing::debug!(error = %chain(&error), "old keys stay a while longer");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(Duration::from_secs(3600)) => {}
        }
    }
}
