//! The service with a ticket service that only listens, and a queue that can be watched and switched off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use hotline_calendar::Almanac;
use hotline_core::bus::Consumer;
use hotline_core::caller::{Caller, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::deadlines::{self, Alarm};
use hotline_core::server::{Deps, Service, Task};
use hotline_core::testing::{TestDb, databases};
use hotline_core::upstream::Directory;
use hotline_core::{id, idempotency, testing, time};
use hotline_dispatch::{Config, Migrator, NAME, Webhooks, service};
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::{Channel, Priority, TicketState, TicketType};
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::partner_service_client::PartnerServiceClient;
use hotline_proto::dispatch::v1::presence_service_client::PresenceServiceClient;
use hotline_proto::dispatch::v1::roster_agreement_service_client::RosterAgreementServiceClient;
use hotline_proto::dispatch::v1::roster_service_client::RosterServiceClient;
use hotline_proto::dispatch::v1::webhook_service_client::WebhookServiceClient;
use hotline_proto::dispatch::v1::{CreateRoutingRuleRequest, CreateTeamRequest, RoutingRule, Team, TeamKind};
use hotline_proto::events::v1::{Envelope, TicketCreated, TicketSnapshot};
use hotline_queue::testing::Probe;
use http::{Request, Response};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Request as Call, Status};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

pub(crate) mod calls;
pub(crate) mod customers;
pub(crate) mod duty;
pub(crate) mod figures;
pub(crate) mod nights;
pub(crate) mod pushing;
pub(crate) mod rules;
pub(crate) mod streams;
pub(crate) mod tickets;
pub(crate) mod webhooks;

use customers::Customers;
use figures::Figures;
use tickets::Tickets;

/// When every test begins.
pub(crate) const START: DateTime<Utc> =
    DateTime::from_timestamp(1_772_413_200, 0).expect("a time of our calendar");
/// The team that repairs go to.
pub(crate) const TEAM: &str = "second-line";
/// Another team.
pub(crate) const OTHER: &str = "on-site";

/// The error has a name so that calls can be spawned.
pub(crate) type Client = DispatchServiceClient<Way>;

pub(crate) type Way = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// The running service and what surrounds it.
pub(crate) struct Desk {
    pub(crate) clock: Clock,
    pub(crate) queue: Arc<Probe>,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) client: Client,
    pub(crate) presence: PresenceServiceClient<Way>,
    pub(crate) rosters: RosterServiceClient<Way>,
    pub(crate) agreements: RosterAgreementServiceClient<Way>,
    pub(crate) figures: Arc<Figures>,
    pub(crate) customers: Arc<Customers>,
    pub(crate) way: Way,
    pub(crate) webhooks: WebhookServiceClient<Way>,
    pub(crate) partners: PartnerServiceClient<Way>,
    pub(crate) db: Db,
    pub(crate) ear: streams::Ear,
    consumer: Arc<dyn Consumer>,
    alarm: Arc<dyn Alarm>,
    tasks: Mutex<Vec<Task>>,
    database: Arc<TestDb>,
}

/// Returns the service on every kind of database, with two teams and a rule that sends repairs to the first.
pub(crate) async fn desks() -> Vec<Desk> {
    let mut desks = Vec::new();
    for database in databases::<Migrator>(NAME).await {
        let desk = Desk::start(database).await;
        desk.team(TEAM, TeamKind::SecondLine, 0).await;
        desk.team(OTHER, TeamKind::OnSite, 0).await;
        desk.rule("报修", &["repair"], 10, TEAM).await;
        desks.push(desk);
    }
    desks
}

impl Desk {
    pub(crate) async fn start(database: TestDb) -> Self {
        let database = Arc::new(database);
        let (clock, tickets) = (Clock::manual(START), Arc::new(Tickets::default()));
        Self::on(database, clock, tickets).await
    }

    /// Returns one more process on the database of another one.
    pub(crate) async fn beside(other: &Self) -> Self {
        Self::on(other.database.clone(), Clock::manual(START), Arc::new(Tickets::default())).await
    }

    async fn on(database: Arc<TestDb>, clock: Clock, tickets: Arc<Tickets>) -> Self {
        let queue = Arc::new(Probe::default());
        let directory = directory();
        directory.fill("tickets", tickets.clone().stack());
        let figures = Arc::new(Figures::default());
        directory.fill("kpi", figures.clone().stack());
        let customers = Arc::new(Customers::default());
        directory.fill("customers", customers.clone().stack());
        let db = database.db.clone();
        let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams: directory.of(NAME) };
        let service = started(deps, queue.clone()).await;
        directory.fill(NAME, service.stack(keys()));
        let way = BoxCloneSyncService::new(directory.of("gateway").get(NAME).map_err(Status::from_error));
        Self {
            clock,
            queue,
            tickets,
            client: DispatchServiceClient::new(way.clone()),
            presence: PresenceServiceClient::new(way.clone()),
            rosters: RosterServiceClient::new(way.clone()),
            agreements: RosterAgreementServiceClient::new(way.clone()),
            figures,
            customers,
            way: way.clone(),
            webhooks: WebhookServiceClient::new(way.clone()),
            partners: PartnerServiceClient::new(way),
            db,
            ear: streams::Ear::new(service.listener.expect("it listens")),
            consumer: service.consumer.expect("it consumes"),
            alarm: service.alarm.expect("it has deadlines"),
            tasks: Mutex::new(service.tasks),
            database,
        }
    }

    /// Starts the service anew on what the database holds, with an empty queue.
    pub(crate) async fn restarts(&mut self) {
        let next = Self::on(self.database.clone(), self.clock.clone(), self.tickets.clone()).await;
        *self = next;
    }

    pub(crate) async fn team(&self, key: &str, kind: TeamKind, capacity: i32) -> Team {
        let team =
            Team { key: key.into(), name_zh: key.into(), kind: kind.into(), capacity, ..Team::default() };
        let mut client = self.client.clone();
        let create = client.create_team(CreateTeamRequest { team: Some(team) });
        admin().scope(create).await.expect("a team can be made").into_inner()
    }

    pub(crate) async fn rule(
        &self,
        name: &str,
        categories: &[&str],
        position: i32,
        team: &str,
    ) -> RoutingRule {
        let rule = RoutingRule {
            name: name.into(),
            position,
            category_codes: categories.iter().map(|code| (*code).into()).collect(),
            team_key: team.into(),
            ..RoutingRule::default()
        };
        let mut client = self.client.clone();
        let create = client.create_routing_rule(CreateRoutingRuleRequest { rule: Some(rule) });
        admin().scope(create).await.expect("a rule can be made").into_inner()
    }

    /// Applies an event as the bus does: effect and inbox row in one transaction.
    pub(crate) async fn deliver(&self, event: &Envelope) {
        testing::deliver(self.consumer.as_ref(), event).await.expect("the event is applied");
    }

    /// Applies events together, as the bus does with those that wait.
    pub(crate) async fn deliver_all(&self, events: &[Envelope]) {
        let events: Vec<_> = events.iter().collect();
        let applied = testing::deliver_all(self.consumer.as_ref(), &events);
        applied.await.expect("the events are applied");
    }

    /// Says that something happened now.
    pub(crate) async fn happened<E: Message + Name>(&self, event: &E) {
        self.deliver(&envelope(event, self.clock.now())).await;
    }

    /// Registers tickets that are due one hour after each other, in this order.
    pub(crate) async fn registered(&self, numbers: impl IntoIterator<Item = u128>) {
        for number in numbers {
            self.happened(&TicketCreated { ticket: Some(ticket(number)) }).await;
        }
    }

    /// Runs the service's own tasks until `stop`.
    pub(crate) async fn run_tasks(&self, stop: CancellationToken) {
        let tasks = std::mem::take(&mut *self.tasks.lock().expect("no test panics here"));
        join_all(tasks.into_iter().map(|task| task(stop.clone()))).await;
    }

    /// Moves the clock and lets happen what is due by then.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds)).expect("the clock is manual");
        self.sweep().await;
    }

    pub(crate) async fn sweep(&self) {
        deadlines::sweep(&self.db, &self.clock, self.alarm.as_ref()).await.expect("the sweep runs");
    }

    /// Starts the service as one more process does, at the same time, and returns what it does when something is due.
    pub(crate) async fn another(&self) -> Arc<dyn Alarm> {
        let deps = Deps { db: self.db.clone(), clock: self.clock.clone(), upstreams: directory().of(NAME) };
        started(deps, Arc::default()).await.alarm.expect("it has deadlines")
    }

    /// Returns how often an event was published.
    pub(crate) async fn published<E: Message + Name + Default>(&self) -> usize {
        self.outbox::<E>().await.len()
    }

    /// Returns the events of a kind in the order they were published.
    pub(crate) async fn outbox<E: Message + Name + Default>(&self) -> Vec<E> {
        let sql = "SELECT payload FROM outbox WHERE name = $1 ORDER BY seq";
        let query = Statement::from_sql_and_values(self.db.backend(), sql, [E::full_name().into()]);
        let rows = self.db.reader().query_all_raw(query).await.expect("the outbox can be read");
        let payloads = rows.iter().map(|row| row.try_get::<Vec<u8>>("", "payload").expect("has a payload"));
        payloads.map(|payload| E::decode(payload.as_slice()).expect("decodes")).collect()
    }
}

/// Starts the service as one more process does, on a database where others may run.
pub(crate) async fn replica(db: &Db) {
    let deps = Deps { db: db.clone(), clock: Clock::manual(START), upstreams: directory().of(NAME) };
    started(deps, Arc::default()).await;
}

async fn started(deps: Deps, queue: Arc<Probe>) -> Service {
    started_with(deps, queue, webhooks::settings()).await
}

async fn started_with(deps: Deps, queue: Arc<Probe>, webhooks: Webhooks) -> Service {
    let config =
        Config { fallback_poll_millis: 20, webhooks, streams: streams::settings(), ..Config::default() };
    let almanac = Almanac::shipped().expect("shipped data is valid");
    service(deps, queue, config, almanac).await.expect("the service starts")
}

fn directory() -> Directory {
    Directory::new(keys(), &[NAME, "tickets", "kpi", "customers"], &HashMap::new()).expect("no addresses")
}

fn keys() -> Keys {
    Keys::new(&[7; 32]).expect("long enough")
}

/// Wraps an event that happened at `at`.
pub(crate) fn envelope<E: Message + Name>(event: &E, at: DateTime<Utc>) -> Envelope {
    Envelope {
        id: id::new().to_string(),
        name: E::full_name(),
        subject: String::new(),
        occurred_at: Some(time::to_proto(at)),
        actor: "agent".into(),
        trace_parent: String::new(),
        payload: event.encode_to_vec(),
    }
}

/// A fault of one's own home that was just registered; the higher its number, the later it is due.
pub(crate) fn ticket(number: u128) -> TicketSnapshot {
    let due = START + TimeDelta::hours(i64::try_from(number).expect("small"));
    TicketSnapshot {
        id: ticket_id(number),
        number: format!("260302{number:06}"),
        r#type: TicketType::Fault.into(),
        category_code: "repair.private".into(),
        subject: "宽带无法上网".into(),
        description: "光猫红灯。".into(),
        customer_id: "c-secret".into(),
        channel: Channel::Phone.into(),
        priority: Priority::Medium.into(),
        state: TicketState::New.into(),
        created_at: Some(time::to_proto(START)),
        resolution_due_at: Some(time::to_proto(due)),
        ..TicketSnapshot::default()
    }
}

pub(crate) fn ticket_id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// A member of `team` by token.
pub(crate) fn member(subject: &str, team: &str) -> Caller {
    Caller {
        subject: subject.into(),
        roles: [Role::Engineer].into(),
        teams: vec![team.into()],
        ..Caller::default()
    }
}

pub(crate) fn engineer() -> Caller {
    member("engineer", TEAM)
}

pub(crate) fn rival() -> Caller {
    member("engineer2", TEAM)
}

pub(crate) fn admin() -> Caller {
    Caller { subject: "admin".into(), roles: [Role::Admin].into(), ..Caller::default() }
}

/// Puts an idempotency key on a call.
pub(crate) fn keyed<T>(message: T, key: &'static str) -> Call<T> {
    let mut request = Call::new(message);
    request.metadata_mut().insert(idempotency::HEADER, key.parse().expect("ASCII"));
    request
}
