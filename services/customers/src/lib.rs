//! Customers and what was said with them (客户资料库, 业务活动, 远程协助; C1–C4, C9, C10).
//!
//! A telephone number finds its customer in any usual spelling. A call from a number nobody knows makes an anonymous
//! customer, one however many of its calls begin at once, so that no call dangles. Every contact ends as an activity
//! record, once, and is published as `InteractionEnded`. A call that takes too long prompts agent and lead (C9), and nobody
//! looks at a customer's device without the customer's recorded consent (C10).

use std::sync::Arc;

use hotline_core::error::Error as CoreError;
use hotline_core::server::{Deps, Service};
use hotline_proto::customers::v1::customer_service_server::CustomerServiceServer;
use hotline_proto::customers::v1::remote_session_service_server::RemoteSessionServiceServer;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::service::Routes;

mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod neighbours;
mod store;

pub use config::{Calls, Config, RemoteSessions};
pub use error::Error;

/// The service's name: schema, upstream, audience of internal tokens, event source.
pub const NAME: &str = "customers";

/// The schema of the service.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.extend(store::migrations());
        all
    }
}

/// Builds the service.
///
/// # Errors
/// One sentence when a setting can't be used.
pub async fn service(deps: Deps, config: Config) -> Result<Service, CoreError> {
    config.check()?;
    // Reading a number for the first time unpacks the metadata of the world: better now than in the first call.
    let (call_limit, remote_limits) = (config.call_limit(), config.remote_limits());
    let numbers =
        tokio::task::spawn_blocking(move || domain::NumberPlan::new(&config.region, &config.area_code))
            .await
            .map_err(anyhow::Error::from)??;
    let neighbours = neighbours::Neighbours::new(&deps.upstreams);
    let remote = grpc::Remote::new(deps.db.clone(), deps.clock.clone(), neighbours.clone(), remote_limits);
    let handler = grpc::Customers::new(deps.db.clone(), deps.clock, numbers, neighbours, call_limit);
    Ok(Service {
        name: NAME,
        routes: Routes::new(CustomerServiceServer::new(handler))
            .add_service(RemoteSessionServiceServer::new(remote)),
        db: deps.db,
        consumer: None,
        listener: None,
        alarm: Some(Arc::new(events::Road)),
        tasks: Vec::new(),
    })
}
