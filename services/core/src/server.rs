//! A service from the outside: its stack of layers, its background work, its port with health and reflection.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use http::Request;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt, service_fn};

use crate::bus::{Bus, Consumer};
use crate::caller::Keys;
use crate::clock::{self, Clock};
use crate::db::Db;
use crate::deadlines::{self, Alarm};
use crate::error::{Error, chain};
use crate::upstream::{Upstream, Upstreams, wrap};
use crate::{idempotency, outbox};

mod layers;

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
            async move {
                routes
                    .oneshot(request)
                    .await
                    .map_err(|never| -> BoxError { match never {} })
            }
        }));
        let guard = idempotency::Guard::new(self.db.clone());
        // Inside identity, because a key belongs to its caller.
        stack = wrap(stack, move |request, next| guard.clone().call(request, next));
        let name = self.name;
        // Nobody gets in who was not let in by the gateway or another service.
        stack = wrap(stack, move |request, next| {
            layers::identify(keys.clone(), name, request, next)
        });
        // tonic enforces `grpc-timeout` only in its own transport, which a call in this process does not pass.
        stack = wrap(stack, layers::limit_time);
        // A panic ends its call, not its caller's task.
        stack = wrap(stack, layers::catch_panic);
        // Extensions die on the wire; they must not survive a call in this process either.
        wrap(stack, move |request, next| layers::observe(name, request, next))
    }

    /// Starts the relay, the consumer, the sweeper and the service's own tasks.
    pub fn start(self, bus: &Arc<dyn Bus>, clock: &Clock, tracker: &TaskTracker, stop: &CancellationToken) {
        let Self {
            name,
            db,
            consumer,
            alarm,
            tasks,
            ..
        } = self;
        tracker.spawn(outbox::run_relay(name, db.clone(), bus.clone(), stop.clone()));
        tracker.spawn(forget_old(db.clone(), stop.clone()));
        if let Some(consumer) = consumer {
            let (bus, stop) = (bus.clone(), stop.clone());
            tracker.spawn(async move { bus.consume(consumer, stop).await });
        }
        if let Some(alarm) = alarm {
            tracker.spawn(deadlines::run_sweeper(db, clock.clone(), alarm, stop.clone()));
        }
        for task in tasks {
            tracker.spawn(task(stop.clone()));
        }
    }
}

/// Serves a stack on a port, with the gRPC health protocol (per database) and reflection, until `stop`; then tells
/// health first, goes on for a while for those who have not heard, and ends what runs.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    name: &'static str,
    stack: Upstream,
    db: Db,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(hotline_proto::DESCRIPTORS);
    let router =
        axum::Router::new().fallback_service(service_fn(move |request: Request<axum::body::Body>| {
            let stack = stack.clone();
            async move {
                let response = stack.oneshot(request.map(tonic::body::Body::new)).await;
                let response = response.unwrap_or_else(|error| {
                    tracing::error!(error = %chain(error.as_ref()), "a layer failed");
                    tonic::Status::internal("an internal fault occurred").into_http()
                });
                Ok::<_, std::convert::Infallible>(response.map(axum::body::Body::new))
            }
        }));
    let routes = Routes::from(router)
        .add_service(health_service)
        .add_service(reflection.build_v1()?);
    let draining = stop.clone();
    tokio::spawn(async move {
        loop {
            let status = if draining.is_cancelled() || db.ping().await.is_err() {
                ServingStatus::NotServing
            } else {
                ServingStatus::Serving
            };
            health.set_service_status("", status).await;
            health.set_service_status(name, status).await;
            tokio::select! {
                () = draining.cancelled() => {
                    health.set_service_status("", ServingStatus::NotServing).await;
                    return health.set_service_status(name, ServingStatus::NotServing).await;
                }
                () = sleep(Duration::from_secs(2)) => {}
            }
        }
    });
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
    Ok(())
}

/// Forgets idempotency keys and applied events that no retry or redelivery can name any more: once an hour, what is
/// older than two days.
async fn forget_old(db: Db, stop: CancellationToken) {
    loop {
        let before = clock::wall() - TimeDelta::days(2);
        let forgotten: Result<u64, Error> = async {
            Ok(idempotency::forget(&db, before).await? + outbox::forget_applied(&db, before).await?)
        }
        .await;
        if let Err(error) = forgotten {
            tracing::debug!(error = %chain(&error), "old keys stay a while longer");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(Duration::from_secs(3600)) => {}
        }
    }
}
