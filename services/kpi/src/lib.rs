//! Figures: every event of the suite becomes facts, facts are added up into rollups as they come, reports are
//! made of rollups (K2, K3, K8).
//!
//! - **Never drifts.** Facts are a pure function of one event; events are kept, without any words about a
//!   customer; rollups are sums of integers. So late and repeated events change nothing twice, and
//!   [`recompute`] gives the same figures.
//! - **Cheap to ask.** A report reads months, days and hours that are added up already, and facts only for
//!   the parts of an hour at its edges. So it costs as much over a million tickets as over ten thousand:
//!   without a group, by one dimension, by team with agent or category, and by any of team, board, channel,
//!   priority and type. Any other combination reads every combination of all dimensions that occurred.
//! - **Percentiles** are right to 1 %, whole days below 128 exact.

mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;

use hotline_core::server::{Deps, Service};
use hotline_proto::kpi::v1::kpi_service_server::KpiServiceServer;
use tonic::service::Routes;

pub use config::Config;
pub use error::Error;
pub use store::migrations::Migrator;
pub use store::recompute::{Recomputed, recompute};

/// The service's name: schema, upstream, consumer of events.
pub const NAME: &str = "kpi";

/// Makes the service. Where days and months were rolled up in another time zone than the configured one, all
/// rollups are computed anew first.
///
/// # Errors
/// When the time zone is not one, or the database fails.
pub async fn service(deps: Deps, config: Config) -> Result<Service, hotline_core::error::Error> {
    store::book::open(&deps.db, config.zone()?).await?;
    let figures = grpc::Figures::new(deps.db.clone(), deps.clock);
    Ok(Service {
        name: NAME,
        routes: Routes::new(KpiServiceServer::new(figures)),
        consumer: Some(std::sync::Arc::new(events::Facts::new(deps.db.clone()))),
        db: deps.db,
        alarm: None,
        tasks: Vec::new(),
    })
}
