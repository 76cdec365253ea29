//! A running service on each kind of database, and ways to ask it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hotline_core::caller::{Caller, GATEWAY, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::server::Deps;
use hotline_core::testing::databases;
use hotline_core::upstream::{Directory, Upstream};
use hotline_customers::{Config, Migrator, NAME, service};
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{
    CreateCustomerRequest, Customer, Direction, Interaction, ListCustomersRequest, StartInteractionRequest,
};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::fake_tickets::FakeTickets;

/// The service on one database, at a time that stands still.
pub(crate) struct Bench {
    /// As the gateway calls, for a person.
    pub(crate) client: CustomerServiceClient<Upstream>,
    /// As another service calls.
    pub(crate) internal: CustomerServiceClient<Upstream>,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    /// The service it asks.
    pub(crate) tickets: Arc<FakeTickets>,
}

/// Runs a test on each kind of database, as the agent `agent`.
pub(crate) async fn on_each_database(test: impl AsyncFn(Bench)) {
    for database in databases::<Migrator>(NAME).await {
        let agent = Caller { subject: "agent".into(), ..Caller::default() };
        agent.scope(async { test(bench(database.db.clone()).await).await }).await;
    }
}

async fn bench(db: Db) -> Bench {
    let keys = Keys::new(&[7; 32]).expect("a long secret");
    let directory = Directory::new(keys.clone(), &[NAME, "tickets"], &HashMap::new()).expect("no addresses");
    let clock = Clock::manual(morning());
    let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams: directory.of(NAME) };
    let service = service(deps, Config::default()).await.expect("the defaults can be used");
    directory.fill(NAME, service.stack(keys));
    let tickets = Arc::new(FakeTickets::default());
    directory.fill("tickets", tickets.clone().stack());
    Bench {
        client: CustomerServiceClient::new(directory.of(GATEWAY).get(NAME)),
        internal: CustomerServiceClient::new(directory.of("suite").get(NAME)),
        db,
        clock,
        tickets,
    }
}

pub(crate) fn morning() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("a time")
}

/// A command with an idempotency key.
pub(crate) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().expect("ASCII"));
    request
}

pub(crate) fn inbound(phone: &str) -> StartInteractionRequest {
    StartInteractionRequest {
        channel: Channel::Phone.into(),
        direction: Direction::Inbound.into(),
        phone: phone.into(),
        customer_id: String::new(),
    }
}

/// The fields that a refusal names.
pub(crate) fn fields(refusal: &Status) -> Vec<String> {
    let named = refusal.get_details_bad_request().expect("names fields");
    named.field_violations.into_iter().map(|violation| violation.field).collect()
}

impl Bench {
    pub(crate) async fn create(&self, customer: Customer) -> Result<Customer, Status> {
        let request = CreateCustomerRequest { customer: Some(customer) };
        Ok(self.client.clone().create_customer(request).await?.into_inner())
    }

    pub(crate) async fn call_from(&self, phone: &str) -> Interaction {
        let started = self.client.clone().start_interaction(inbound(phone)).await;
        started.expect("the call begins").into_inner()
    }

    pub(crate) async fn having(&self, phone: &str) -> Vec<Customer> {
        let request = ListCustomersRequest { phone: phone.into(), ..Default::default() };
        let listed = self.client.clone().list_customers(request).await;
        listed.expect("a list").into_inner().customers
    }
}
