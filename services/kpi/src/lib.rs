//! Figures: every event of the suite becomes facts, facts are added up into rollups, reports are made of rollups
//! (K2, K3, K8). What each metric means stands in `METRICS.md`.
//!
//! - **Never drifts.** Facts follow from events alone; events are kept, without any words about a customer;
//!   rollups are sums of integers. So late and repeated events change nothing twice, and [`recompute`] gives the
//!   same figures.
//! - **Cheap to ask.** A report reads months, days and quarters of an hour that are added up already, and facts
//!   only for what no such sum ends with. So it costs as much over a million tickets as over ten thousand. What
//!   has a handful of groups is kept by quarters, with which the days of every zone begin; what has more, by days
//!   of the suite's zone; what has very many, by months.
//! - **Backlog at any instant.** Each row of a report says what was open at its end, added up like a balance from
//!   months, days and quarters. Age is rolled up too; in a combination with very many groups, it
//!   is counted from the moves of open tickets in 30 days.
//! - **Cheap to write.** An event costs one insert as it comes. Events are counted up to 250 at a time, two
//!   seconds after the first of them or before the next report, in a few statements with many rows.
//! - **Percentiles** are right to 1 %, whole days below 128 exact.

mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;

use std::sync::Arc;

use hotline_core::server::{Deps, Service};
use hotline_proto::kpi::v1::kpi_service_server::KpiServiceServer;
use tokio::sync::Notify;
use tonic::service::Routes;

pub use config::Config;
pub use error::Error;
pub use store::counting::catch_up;
pub use store::migrations::Migrator;
pub use store::recompute::{Recomputed, recompute};

/// The service's name: schema, upstream, consumer of events.
pub const NAME: &str = "kpi";

/// Makes the service. Where figures were computed by older rules, or days and months in another time zone than the
/// configured one, all are computed anew first.
///
/// # Errors
/// When the time zone is not one, or the database fails.
pub async fn service(deps: Deps, config: Config) -> Result<Service, hotline_core::error::Error> {
    store::book::open(&deps.db, config.zone()?).await?;
    let came = Arc::new(Notify::new());
    let (counted, told) = (deps.db.clone(), came.clone());
    let figures = grpc::Figures::new(deps.db.clone(), deps.clock);
    Ok(Service {
        name: NAME,
        routes: Routes::new(KpiServiceServer::new(figures)),
        consumer: Some(Arc::new(events::Facts::new(deps.db.clone(), came))),
        listener: None,
        db: deps.db,
        alarm: None,
        tasks: vec![Box::new(move |stop| Box::pin(events::count(counted, told, stop)))],
    })
}
