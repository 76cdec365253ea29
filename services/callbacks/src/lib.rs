//! Callbacks: somebody calls the customer back and asks whether it is solved (回访, V1–V4).
//!
//! A solved ticket makes a callback by policy, due within one working day, opened in allowed hours only and never
//! handed to the person who solved the ticket. It is claimed under a lease like any work: the database decides who
//! holds it, the queue is order and wake-up. The customer's answer is told to the ticket service first and noted here
//! second, each once however often it is sent: satisfied closes the ticket, not satisfied reopens it. A customer who
//! can't be reached is tried again on other half-days, never at night, and then the ticket closes without an answer.

use std::sync::Arc;

use hotline_calendar::Almanac;
use hotline_core::calendars::Followed;
use hotline_core::error::Error as CoreError;
use hotline_core::server::{Deps, Service};
use hotline_proto::callbacks::v1::callback_service_server::CallbackServiceServer;
use hotline_queue::WorkQueue;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::service::Routes;

mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;
mod work;

pub use config::{Config, KindRule};
pub use error::Error;

/// The service's name: schema, upstream, audience of internal tokens, event source.
pub const NAME: &str = "callbacks";

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
pub async fn service(
    deps: Deps,
    queue: Arc<dyn WorkQueue>,
    config: Config,
    almanac: Almanac,
) -> Result<Service, CoreError> {
    let db = deps.db.clone();
    let settings = config.clone();
    let policies =
        Followed::open(&db, almanac, move |calendars| domain::Policy::new(&settings, calendars)).await?;
    let work = work::Work::new(deps, queue, &config, policies);
    Ok(Service {
        name: NAME,
        routes: Routes::new(CallbackServiceServer::new(grpc::Callbacks::new(work.clone()))),
        db,
        consumer: Some(Arc::new(events::Intake::new(work.clone()))),
        listener: None,
        alarm: Some(Arc::new(work::Alarms::new(work.clone()))),
        tasks: vec![work.policies.follow(), work::reconcile(work)],
    })
}
