//! Knowledge: approved answers, and their search while on the phone (B1, B2, B3).
//!
//! What the service promises: an article passes four eyes before anyone is shown it as an answer; while its next
//! version is written and reviewed, the published one stays visible; every version that was ever submitted is kept. The
//! replica that publishes or retires an article finds it, or no longer finds it, from its answer on; the others within a
//! second.

use std::sync::Arc;

use hotline_core::error::Error as CoreError;
use hotline_core::server::{Deps, Service};
use hotline_proto::knowledge::v1::knowledge_service_server::KnowledgeServiceServer;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::service::Routes;

mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod live_index;
pub mod search;
mod store;

#[cfg(test)]
mod tests;

pub use config::Config;

/// The service's name: its schema, its upstream, the source of its events.
pub const NAME: &str = "knowledge";

/// The service's schema.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.extend(store::migrations());
        all
    }
}

/// Builds the service over a database that is up to date. Returns once the search index holds all that is published: a
/// search that finds nothing because nothing is loaded yet would pass for a gap in the knowledge.
///
/// # Errors
/// When the database can't be read or the index can't be made.
pub async fn service(deps: Deps, config: Config) -> Result<Service, CoreError> {
    let Deps { db, clock, .. } = deps;
    let since = clock.now();
    let index = Arc::new(live_index::LiveIndex::new(db.clone(), clock.clone(), config.index_overlap())?);
    index.reconcile().await?;
    let knowledge = grpc::Knowledge::new(db.clone(), clock.clone(), index.clone());
    let alarm = events::GoLive::new(clock, index.clone());
    Ok(Service {
        name: NAME,
        routes: Routes::new(KnowledgeServiceServer::new(knowledge)),
        db,
        consumer: None,
        listener: None,
        alarm: Some(Arc::new(alarm)),
        tasks: vec![Box::new(move |stop| Box::pin(index.follow(since, config, stop)))],
    })
}
