//! Tickets: what can't be answered at once becomes a promise of time (T1–T4, T6, T9, T10, T13, T15, T16, T18, C7, C8).
//!
//! A ticket is registered with what its type requires, gets a number that can be read out by phone and two due times,
//! and moves along one table of legal moves until it is closed. Every move is an entry of an append-only timeline and
//! an event, written in the transaction that makes it. Due times are computed from the start, the pauses and the
//! calendar, never from a counter; warnings and breaches happen once, at their due time, however late the sweep.
//!
//! Outages are announced, matched with faults at registration, suspected from spikes of similar ones, and solve all of
//! their tickets when they are over: in bounded batches on the time road, so that none is lost or solved twice.

use std::collections::HashSet;
use std::sync::Arc;

use hotline_calendar::{Almanac, Calendars};
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::server::{Deps, Service};
use hotline_proto::tickets::v1::calendar_service_server::CalendarServiceServer;
use hotline_proto::tickets::v1::catalogue_service_server::CatalogueServiceServer;
use hotline_proto::tickets::v1::contact_service_server::ContactServiceServer;
use hotline_proto::tickets::v1::matter_service_server::MatterServiceServer;
use hotline_proto::tickets::v1::outage_service_server::OutageServiceServer;
use hotline_proto::tickets::v1::plan_service_server::PlanServiceServer;
use hotline_proto::tickets::v1::register_service_server::RegisterServiceServer;
use hotline_proto::tickets::v1::sla_policy_service_server::SlaPolicyServiceServer;
use hotline_proto::tickets::v1::sla_service_server::SlaServiceServer;
use hotline_proto::tickets::v1::ticket_service_server::TicketServiceServer;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::service::Routes;

mod agreeing;
mod articles;
mod config;
mod domain;
mod error;
mod events;
mod files;
mod grpc;
mod live_index;
mod neighbours;
mod registers;
mod search;
mod store;
mod suggesting;
mod years;

pub use config::Config;
pub use domain::policy::Policy;
pub use domain::target::{Amount, Target};
pub use files::{calendars_in, policies_in};

/// The service's name: schema, upstream, audience of internal tokens, event source.
pub const NAME: &str = "tickets";

/// A batch of imported tickets is the largest request: 500 tickets, each with up to 20,000 characters twice.
const MAX_REQUEST_BYTES: usize = 64 << 20;

/// Brings the service's schema up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = hotline_core::db::migrations();
        all.extend(store::migrations());
        all
    }
}

/// Returns which of these keys (`<source>/<key there>`, at most 500) an import has brought in already. For tools that
/// read the database beside the service.
///
/// # Errors
/// [`Error::Database`].
pub async fn known_keys(db: &Db, keys: &[String]) -> Result<HashSet<String>, Error> {
    let known = store::known(db.reader(), keys.iter().map(String::as_str)).await?;
    Ok(known.into_keys().collect())
}

/// Returns the calendars with what was made of them at run time. For tools that read the database beside the service.
///
/// # Errors
/// [`Error::Database`]; [`Error::Internal`] for rules that this release can't read.
pub async fn calendars(db: &Db, almanac: &Almanac) -> Result<Calendars, Error> {
    Ok(store::overlaid(db, almanac).await?)
}

/// Returns the service, with the categories that its catalogue lacks put in.
///
/// # Errors
/// [`Error::Internal`] for settings that make no sense, such as a policy on an unknown calendar; [`Error::Database`]
/// when the catalogue can't be written.
pub async fn service(deps: Deps, config: Config, almanac: Almanac) -> Result<Service, Error> {
    let Deps { db, clock, upstreams } = deps;
    let (searching, limits, suggestion) =
        (config.search.clone(), config.registers.clone(), config.suggestion.clone());
    // What is known of the world's telephone numbers is unpacked once, which takes a processor for itself.
    let base = tokio::task::spawn_blocking(move || domain::rules::Base::new(config, almanac)).await;
    let known = store::Known::new(base.map_err(|error| Error::Internal(error.into()))??)?;
    let store = store::Store::new(db.clone(), clock, known);
    let search = live_index::LiveIndex::new(store.clone(), searching);
    store.refresh_rules().await?;
    store.seed(&domain::catalogue::shipped()?).await?;
    store.refresh_outages().await?;
    let neighbours = neighbours::Neighbours::new(&upstreams);
    let suggester = Arc::new(suggesting::Suggester::new(store.clone(), suggestion)?);
    let categories = grpc::Categories::new(store.clone(), neighbours.clone(), suggester.clone());
    let catalogue = CatalogueServiceServer::new(categories).max_decoding_message_size(MAX_REQUEST_BYTES);
    let statements = agreeing::Statements::new(store.clone(), neighbours.clone());
    let matters = grpc::Matters::new(store.clone(), neighbours.clone(), statements.clone());
    let matters = MatterServiceServer::new(matters);
    let registers = registers::Registers::new(store.clone(), neighbours.clone(), limits)?;
    let registers = RegisterServiceServer::new(grpc::Registers::new(registers));
    let articles = articles::Articles::new(store.clone(), neighbours.clone());
    let tickets =
        TicketServiceServer::new(grpc::Tickets::new(store.clone(), neighbours.clone(), search.clone()))
            .max_decoding_message_size(MAX_REQUEST_BYTES);
    let contacts = ContactServiceServer::new(grpc::Contacts::new(store.clone(), neighbours.clone()));
    let outages = OutageServiceServer::new(grpc::Outages::new(store.clone(), neighbours));
    let promises = SlaServiceServer::new(grpc::Promises::new(store.clone()));
    let policies = SlaPolicyServiceServer::new(grpc::Policies::new(store.clone()));
    let calendars = CalendarServiceServer::new(grpc::Calendars::new(store.clone()));
    let plans = PlanServiceServer::new(grpc::Plans::new(store.clone()));
    let tasks = vec![
        store.follow_rules(),
        store.follow_outages(),
        years::watch(&store),
        search.task(),
        suggester.learn_on(),
    ];
    let road = Arc::new(events::Road::new(store, articles, statements));
    Ok(Service {
        name: NAME,
        routes: Routes::new(tickets)
            .add_service(matters)
            .add_service(contacts)
            .add_service(outages)
            .add_service(promises)
            .add_service(policies)
            .add_service(calendars)
            .add_service(registers)
            .add_service(plans)
            .add_service(catalogue),
        db,
        consumer: Some(road.clone()),
        listener: None,
        alarm: Some(road),
        tasks,
    })
}
