//! A running service on each kind of database, and ways to ask it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::{Caller, GATEWAY, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::deadlines::{self, Alarm};
use hotline_core::server::Deps;
use hotline_core::testing::databases;
use hotline_core::upstream::{Directory, Upstream};
use hotline_customers::{Config, Migrator, NAME, service};
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::remote_session_service_client::RemoteSessionServiceClient;
use hotline_proto::customers::v1::{
    CreateCustomerRequest, Customer, Direction, Interaction, ListCustomersRequest, StartInteractionRequest,
};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use crate::fake_dispatch;
use crate::fake_tickets::FakeTickets;

/// The service on one database, at a time that stands still.
pub(crate) struct Bench {
    /// As the gateway calls, for a person.
    pub(crate) client: CustomerServiceClient<Upstream>,
    /// As another service calls.
    pub(crate) internal: CustomerServiceClient<Upstream>,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    /// Remote sessions, as the gateway calls.
    pub(crate) remote: RemoteSessionServiceClient<Upstream>,
    alarm: Arc<dyn Alarm>,
    /// The service it asks.
    pub(crate) tickets: Arc<FakeTickets>,
}

/// Runs a test on each kind of database, as the agent `agent`.
pub(crate) async fn on_each_database(test: impl AsyncFn(Bench)) {
    for database in databases::<Migrator>(NAME).await {
        let agent = Caller { subject: "agent".into(), teams: vec!["first-line".into()], ..Caller::default() };
        agent.scope(async { test(bench(database.db.clone()).await).await }).await;
    }
}

async fn bench(db: Db) -> Bench {
    let keys = Keys::new(&[7; 32]).expect("a long secret");
    let directory =
        Directory::new(keys.clone(), &[NAME, "tickets", "dispatch"], &HashMap::new()).expect("no addresses");
    let clock = Clock::manual(morning());
    let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams: directory.of(NAME) };
    let service = service(deps, Config::default()).await.expect("the defaults can be used");
    let service_alarm = service.alarm.clone().expect("it has deadlines");
    directory.fill(NAME, service.stack(keys));
    let tickets = Arc::new(FakeTickets::default());
    directory.fill("tickets", tickets.clone().stack());
    directory.fill("dispatch", fake_dispatch::stack());
    Bench {
        remote: RemoteSessionServiceClient::new(directory.of(GATEWAY).get(NAME)),
        alarm: service_alarm,
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
        ..StartInteractionRequest::default()
    }
}

/// The fields that a refusal names.
pub(crate) fn fields(refusal: &Status) -> Vec<String> {
    let named = refusal.get_details_bad_request().expect("names fields");
    named.field_violations.into_iter().map(|violation| violation.field).collect()
}

impl Bench {
    /// Moves the clock on and makes what is due happen.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        while deadlines::sweep(&self.db, &self.clock, self.alarm.as_ref()).await.expect("sweeps") > 0 {}
    }

    /// Returns the events of one kind, in order, each with its time.
    pub(crate) async fn published<E: Message + Name + Default>(&self) -> Vec<(DateTime<Utc>, E)> {
        let statement = Statement::from_string(
            self.db.backend(),
            "SELECT name, occurred_at, payload FROM outbox ORDER BY id",
        );
        let rows = self.db.reader().query_all_raw(statement).await.expect("the outbox");
        let of_kind =
            rows.iter().filter(|row| row.try_get::<String>("", "name").expect("a name") == E::full_name());
        let read = of_kind.map(|row| {
            let payload: Vec<u8> = row.try_get("", "payload").expect("a payload");
            let at: DateTime<Utc> = row.try_get("", "occurred_at").expect("a time");
            (at, E::decode(payload.as_slice()).expect("decodes"))
        });
        read.collect()
    }

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
