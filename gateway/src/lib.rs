//! The one door: identity, access and rate of every caller; REST, gRPC and gRPC-Web for the same methods; problems,
//! OpenAPI and the agent's desk. Routes, rules and documents are read from descriptors: a new method needs no line
//! here.

use std::sync::Arc;

use axum::Router;
use hotline_core::bus::{Bus, Listener};
use hotline_core::caller::Keys;
use hotline_core::server::{Deps, Service};
use hotline_core::upstream::Upstream;
use hotline_proto::desk::v1::desk_service_server::DeskServiceServer;
use prost_reflect::DescriptorPool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

mod accounts;
mod authenticate;
mod config;
mod debug_clock;
mod desk;
mod dialect;
mod docs;
mod door;
mod error;
mod guard;
mod health;
mod issuer;
mod jwks;
mod limits;
mod live;
mod methods;
mod observe;
mod onward;
mod openapi;
mod partner_page;
mod passthrough;
#[cfg(test)]
mod probe;
mod problem;
mod rate;
mod serve;
mod session;
mod stack;
mod store;
mod transcode;

pub use accounts::{Account, Accounts};
pub use config::{Config, LiveConfig};
pub use error::Error;
pub use health::{Part, Readiness};
pub use issuer::{Issuer, Token};
pub use openapi::document as openapi;
pub use problem::TYPE_PREFIX;
pub use serve::serve;
pub use store::Migrator;

use authenticate::{Authenticator, Source};
use desk::Desk;
use door::Door;
use guard::Guard;
use jwks::Jwks;
use live::{Hub, Kinds, Live};
use methods::Methods;
use onward::Onward;
use transcode::RouteTable;

/// The gateway's name: its schema and the service on whose behalf it calls.
pub const NAME: &str = hotline_core::caller::GATEWAY;
/// The name of the gateway's own service, as an upstream.
pub const DESK: &str = "desk";

/// The gateway, ready to serve.
pub struct Gateway {
    router: Router,
    desk: Service,
    accounts: Accounts,
    issuer: Issuer,
    readiness: Readiness,
    hub: Arc<Hub>,
}

/// Builds the gateway for the suite's own contract.
///
/// # Errors
/// As [`Gateway::new`].
pub async fn gateway(deps: Deps, config: Config, readiness: Readiness) -> Result<Gateway, Error> {
    Gateway::new(hotline_proto::descriptors(), deps, config, readiness).await
}

impl Gateway {
    /// Builds the gateway for any contract. `deps.db` holds its accounts and signing key.
    ///
    /// # Errors
    /// One sentence on the setting or the method that can't be used, or [`Error::Core`] when the database fails.
    pub async fn new(
        pool: &DescriptorPool,
        deps: Deps,
        config: Config,
        readiness: Readiness,
    ) -> Result<Self, Error> {
        config.check()?;
        let Deps { db, clock, upstreams } = deps;
        let accounts = Accounts::new(db.clone());
        let issuer = Issuer::open(&db, &config).await?;
        let (source, issuing) = match config.jwks()? {
            Some(url) => (Source::External(Jwks::new(url, &config)?), None),
            None => (Source::BuiltIn(issuer.clone()), Some(issuer.clone())),
        };
        let desk = Desk::new(accounts.clone(), issuing, upstreams.clone(), clock.clone(), &config)?;
        let methods = Methods::read(pool)?;
        let routes = RouteTable::read(pool, &methods)?;
        let document = openapi::write(pool, &routes, &config);
        let hub = Arc::new(Hub::new(Kinds::read(pool), config.live.kept_events));
        let door = Door {
            methods,
            routes,
            guard: Guard::new(Authenticator::new(source, &config), &config),
            onward: Onward {
                upstreams,
                body_bytes: config.body_bytes,
                request_time: config.request_time(),
                stopping: hub.closed().clone(),
            },
            room: Semaphore::new(config.requests_in_flight),
            own: door::own(pool)?,
        };
        let door = Arc::new(door);
        let live = Live::new(hub.clone(), &config.live);
        let pages = docs::pages(&document)
            .merge(health::pages(readiness.clone()))
            .merge(debug_clock::page(clock))
            .merge(live::page(door.clone(), live))
            .merge(partner_page::pages(door.clone(), config.zone()?));
        Ok(Self {
            router: stack::router(pages, door, &config),
            desk: service(desk, db),
            accounts,
            issuer,
            readiness,
            hub,
        })
    }

    /// Returns what [`serve`] serves.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Returns the gateway's own service behind its layers, to be filled into the directory as [`DESK`].
    pub fn desk(&self, keys: Keys) -> Upstream {
        self.desk.stack(keys)
    }

    /// Hears everything that happens on the bus, for streams of live events, until `stop`; then ends the streams. Before
    /// it runs, there are none.
    pub fn hear(
        &self,
        bus: Arc<dyn Bus>,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<> {
        let hub = self.hub.clone();
        async move {
            bus.listen(hub.clone(), hub.since(), stop).await;
            hub.close();
        }
    }

    /// Returns the accounts of the built-in issuer.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Returns the built-in issuer; its tokens are good only while no external one is configured.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Says at `/readyz` that no new work should be sent, while requests are still answered.
    pub fn drain(&self) {
        self.readiness.drain();
    }
}

fn service(desk: Desk, db: hotline_core::db::Db) -> Service {
    Service {
        name: DESK,
        routes: Routes::new(DeskServiceServer::new(desk)),
        db,
        consumer: None,
        listener: None,
        alarm: None,
        tasks: Vec::new(),
    }
}
