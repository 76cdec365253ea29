//! Dispatch: the right work to the right person, once (D1–D3, D7–D9, D11, D12).
//!
//! Tickets come in as events; the first routing rule that matches gives each to a team, as an assignment in the team's
//! queue. Members claim the most urgent work under a lease, accept, decline, return, transfer or complete it. The
//! database decides who holds what; the work queue is order and wake-up only and can be rebuilt at any time. Two
//! members never hold one assignment, and what a stale holder sends is refused.
//!
//! Outside office hours somebody is on duty: rosters are drawn and published here, and swaps, leave and overrides laid over
//! them by the rules of `hotline_roster`. What they take is recorded step by step, goes by an emergency plan where production
//! stands still, and is handed over to the next on duty (D9).

use std::sync::Arc;

use hotline_calendar::Almanac;
use hotline_core::calendars::Followed;
use hotline_core::error::Error;
use hotline_core::server::{Deps, Service};
use hotline_phones::NumberPlan;
use hotline_proto::dispatch::v1::dispatch_service_server::DispatchServiceServer;
use hotline_proto::dispatch::v1::duty_log_service_server::DutyLogServiceServer;
use hotline_proto::dispatch::v1::emergency_plan_service_server::EmergencyPlanServiceServer;
use hotline_proto::dispatch::v1::handover_service_server::HandoverServiceServer;
use hotline_proto::dispatch::v1::partner_service_server::PartnerServiceServer;
use hotline_proto::dispatch::v1::presence_service_server::PresenceServiceServer;
use hotline_proto::dispatch::v1::roster_agreement_service_server::RosterAgreementServiceServer;
use hotline_proto::dispatch::v1::roster_service_server::RosterServiceServer;
use hotline_proto::dispatch::v1::webhook_service_server::WebhookServiceServer;
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

use domain::link::Key;

pub use config::{
    Config, Duty, Fairness, Level, Links, Minutes, OrderShift, Presence, Rung, Streams, Webhooks,
};

/// The service's name: schema, upstream, audience of internal tokens, event source.
pub const NAME: &str = "dispatch";

/// The tables of the service.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.extend(store::migrations());
        all
    }
}

/// Returns the service on a database that has been migrated; makes the first team and the default rule where there is
/// no default rule yet, and tells of the teams that nobody was told of.
///
/// # Errors
/// [`Error::Database`] when this can't be written; [`Error::Internal`] for settings or calendars that can't be used.
pub async fn service(
    deps: Deps,
    queue: Arc<dyn WorkQueue>,
    config: Config,
    almanac: Almanac,
) -> Result<Service, Error> {
    let now = deps.clock.now();
    config.check()?;
    store::first_start::prepare(&deps.db, now).await?;
    store::versions::begin(&deps.db, now).await?;
    events::announcement::announce(&deps.db, now).await?;
    let db = deps.db.clone();
    let plan = config.numbers.clone();
    // Reading a number for the first time unpacks the metadata of the world: better now than in the first call.
    let numbers = tokio::task::spawn_blocking(move || NumberPlan::new(&plan.region, &plan.area_code))
        .await
        .map_err(anyhow::Error::from)??;
    let calendars = Followed::open(&db, almanac, |calendars| Ok(calendars.clone())).await?;
    let secret = match config.links.secret.reveal() {
        "" => store::links::key(&db).await?,
        secret => secret.as_bytes().to_vec(),
    };
    let work = work::Work::new(deps, queue, config, (numbers, calendars), Key::new(&secret))?;
    work.times.read(&db).await?;
    work.webhooks.read(&db).await?;
    db.tap(Arc::new(work.webhooks.clone()));
    work.remember_offers().await?;
    Ok(Service {
        name: NAME,
        routes: Routes::new(DispatchServiceServer::new(grpc::Dispatch(work.clone())))
            .add_service(PresenceServiceServer::new(grpc::PresenceDesk(work.clone())))
            .add_service(RosterServiceServer::new(grpc::RosterDesk(work.clone())))
            .add_service(RosterAgreementServiceServer::new(grpc::AgreementDesk(work.clone())))
            .add_service(DutyLogServiceServer::new(grpc::DutyLogs(work.clone())))
            .add_service(EmergencyPlanServiceServer::new(grpc::EmergencyPlans(work.clone())))
            .add_service(HandoverServiceServer::new(grpc::Handovers(work.clone())))
            .add_service(WebhookServiceServer::new(grpc::WebhookDesk(work.clone())))
            .add_service(PartnerServiceServer::new(grpc::Partners(work.clone()))),
        db,
        consumer: Some(Arc::new(events::Intake(work.clone()))),
        listener: Some(Arc::new(work.ears())),
        alarm: Some(Arc::new(work::Expiry(work.clone()))),
        tasks: vec![
            work.calendars.follow(),
            work::reconcile(work.clone()),
            work::times::follow_teams(work.clone()),
            work::webhooks::follow(work.clone()),
            work::webhooks::deliver(work.clone()),
            work::feed::end(work.feed.clone()),
            work::keep_offering(work),
        ],
    })
}
