//! One ticket service on a database and a clock of its own.

use std::collections::HashMap;
use std::future::Future;

use chrono::{DateTime, Utc};
use hotline_calendar::Almanac;
use hotline_core::bus::Consumer;
use hotline_core::caller::{Caller, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::deadlines::{self, Alarm};
use hotline_core::server::{Deps, Task};
use hotline_core::testing::{TestDb, databases, deliver_all};
use hotline_core::upstream::{Directory, Upstream};
use hotline_core::{id, time};
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::{Channel, Level};
use hotline_proto::events::v1::{AssignmentSnapshot, Envelope};
use hotline_proto::tickets::v1::calendar_service_client::CalendarServiceClient;
use hotline_proto::tickets::v1::catalogue_service_client::CatalogueServiceClient;
use hotline_proto::tickets::v1::outage_service_client::OutageServiceClient;
use hotline_proto::tickets::v1::plan_service_client::PlanServiceClient;
use hotline_proto::tickets::v1::sla_policy_service_client::SlaPolicyServiceClient;
use hotline_proto::tickets::v1::sla_service_client::SlaServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{
    CreateTicketRequest, GetTicketRequest, ListTimelineRequest, Ticket, TimelineEntry,
};
use hotline_tickets::{Config, Migrator, NAME, service};
use prost::{Message, Name};
use sea_orm::{FromQueryResult, Statement};
use tonic::{Response, Status};

use crate::stand_ins;

/// One running service.
pub(crate) struct Desk {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) alarm: std::sync::Arc<dyn Alarm>,
    consumer: std::sync::Arc<dyn Consumer>,
    pub(crate) upstream: Upstream,
    pub(crate) directory: Directory,
    pub(crate) tasks: Vec<Task>,
}

/// An event in the outbox.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) occurred_at: DateTime<Utc>,
    payload: Vec<u8>,
}

/// Returns an instant from wall time in Shanghai.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
}

/// Runs a test on each database, Monday 2 March 2026 at nine.
pub(crate) async fn on_each<F: Future<Output = ()>>(test: impl Fn(Desk) -> F) {
    for TestDb { db, .. } in &databases::<Migrator>(NAME).await {
        test(Desk::open(db.clone(), Clock::manual(at("2026-03-02 09:00"))).await).await;
    }
}

/// Returns who took the call.
pub(crate) fn agent() -> Caller {
    Caller {
        subject: "agent".into(),
        roles: [Role::Agent].into(),
        teams: vec!["first-line".into()],
        ..Caller::default()
    }
}

/// Returns a repair of high priority: 15 minutes, 4 hours of office time.
pub(crate) fn fault() -> CreateTicketRequest {
    CreateTicketRequest {
        category_code: "repair.private".into(),
        channel: Channel::Phone as i32,
        customer_id: id::new().to_string(),
        interaction_id: id::new().to_string(),
        urgency: Level::High as i32,
        impact: Level::Medium as i32,
        subject: "宽带无法上网".into(),
        description: "今天早上开始宽带断线，光猫红灯。".into(),
        fields: [("room".to_owned(), "3-1502".to_owned())].into(),
        ..CreateTicketRequest::default()
    }
}

impl Desk {
    /// Starts the service on a database that has been brought up to date.
    pub(crate) async fn open(db: Db, clock: Clock) -> Self {
        Self::with(db, clock, Config::default()).await
    }

    /// Starts the service with settings of its own.
    pub(crate) async fn with(db: Db, clock: Clock, config: Config) -> Self {
        let keys = Keys::new(&[7; 32]).expect("long enough");
        let local = [NAME, "customers", "dispatch", "knowledge"];
        let directory = Directory::new(keys.clone(), &local, &HashMap::new()).expect("no addresses to read");
        directory.fill("customers", stand_ins::customers());
        directory.fill("dispatch", stand_ins::dispatch());
        let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams: directory.of(NAME) };
        let almanac = Almanac::shipped().expect("shipped data is valid");
        let service = service(deps, config, almanac).await.expect("the defaults make sense");
        directory.fill(NAME, service.stack(keys));
        Self {
            db,
            clock,
            alarm: service.alarm.expect("it has deadlines"),
            consumer: service.consumer.expect("it consumes events"),
            upstream: directory.of("dispatch").get(NAME),
            directory,
            tasks: service.tasks,
        }
    }

    /// Returns a client whose calls come through another service of the suite.
    pub(crate) fn client(&self) -> TicketServiceClient<Upstream> {
        TicketServiceClient::new(self.upstream.clone())
    }

    /// Makes one call as the agent.
    pub(crate) async fn ask<R, F>(
        &self,
        call: impl FnOnce(TicketServiceClient<Upstream>) -> F,
    ) -> Result<R, Status>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        agent().scope(call(self.client())).await.map(Response::into_inner)
    }

    /// Returns a client of the outage notices, on the same way in.
    pub(crate) fn outages(&self) -> OutageServiceClient<Upstream> {
        OutageServiceClient::new(self.upstream.clone())
    }

    /// Returns a client of the plans, on the same way in.
    pub(crate) fn plans(&self) -> PlanServiceClient<Upstream> {
        PlanServiceClient::new(self.upstream.clone())
    }

    /// Returns a client of the explanations, on the same way in.
    pub(crate) fn promises(&self) -> SlaServiceClient<Upstream> {
        SlaServiceClient::new(self.upstream.clone())
    }

    /// Returns a client of the policies, on the same way in.
    pub(crate) fn policies(&self) -> SlaPolicyServiceClient<Upstream> {
        SlaPolicyServiceClient::new(self.upstream.clone())
    }

    /// Makes one call as the supervisor.
    pub(crate) async fn order<R, F>(&self, call: F) -> Result<R, Status>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let supervisor = Caller { subject: "supervisor".into(), roles: [Role::Supervisor].into(), ..agent() };
        supervisor.scope(call).await.map(Response::into_inner)
    }

    /// Returns a client of the catalogue, on the same way in.
    pub(crate) fn catalogue(&self) -> CatalogueServiceClient<Upstream> {
        CatalogueServiceClient::new(self.upstream.clone())
    }

    /// Returns a client of the calendars, on the same way in.
    pub(crate) fn calendars(&self) -> CalendarServiceClient<Upstream> {
        CalendarServiceClient::new(self.upstream.clone())
    }

    pub(crate) async fn create(&self, request: CreateTicketRequest) -> Ticket {
        self.ask(|mut client| async move { client.create_ticket(request).await }).await.expect("is created")
    }

    pub(crate) async fn get(&self, id: &str) -> Result<Ticket, Status> {
        let request = GetTicketRequest { id: id.into() };
        self.ask(|mut client| async move { client.get_ticket(request).await }).await
    }

    pub(crate) async fn timeline(&self, id: &str) -> Vec<TimelineEntry> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListTimelineRequest { id: id.into(), page_size: 3, page_token };
            let page = self.ask(|mut client| async move { client.list_timeline(request).await }).await;
            let page = page.expect("is listed");
            all.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    pub(crate) async fn kinds(&self, id: &str) -> Vec<String> {
        self.timeline(id).await.into_iter().map(|entry| entry.kind).collect()
    }

    /// Moves the clock to a wall time in Shanghai and makes what is due happen.
    pub(crate) async fn sweep_at(&self, time: &str) {
        self.clock.set(at(time)).expect("time goes forward");
        while deadlines::sweep(&self.db, &self.clock, self.alarm.as_ref()).await.expect("sweeps") > 0 {}
    }

    /// Applies an event of dispatch as the bus would; returns whether it was the first time.
    pub(crate) async fn apply<E: Message + Name>(&self, event_id: &str, event: &E) -> bool {
        self.apply_all(&[self.envelope(event_id, event)]).await == 1
    }

    /// Applies events as the bus would where they come at once; returns how many were new.
    pub(crate) async fn apply_all(&self, events: &[Envelope]) -> usize {
        let events: Vec<_> = events.iter().collect();
        deliver_all(self.consumer.as_ref(), &events).await.expect("applies")
    }

    /// Returns an event of dispatch on its way.
    pub(crate) fn envelope<E: Message + Name>(&self, event_id: &str, event: &E) -> Envelope {
        Envelope {
            id: event_id.into(),
            name: E::full_name(),
            occurred_at: Some(time::to_proto(self.clock.now())),
            actor: "service:dispatch".into(),
            payload: event.encode_to_vec(),
            ..Envelope::default()
        }
    }

    /// Returns every event in the outbox, in order.
    pub(crate) async fn sent(&self) -> Vec<Sent> {
        let select = "SELECT name, occurred_at, payload FROM outbox ORDER BY id";
        Sent::find_by_statement(Statement::from_string(self.db.backend(), select))
            .all(self.db.reader())
            .await
            .expect("reads")
    }

    /// Returns the events of one kind, in order.
    pub(crate) async fn events<E: Message + Name + Default>(&self) -> Vec<E> {
        let sent = self.sent().await.into_iter().filter(|sent| sent.name == E::full_name());
        sent.map(|sent| E::decode(sent.payload.as_slice()).expect("decodes")).collect()
    }
}

/// Returns an assignment of dispatch to the second line.
pub(crate) fn assignment(ticket: &Ticket, id: uuid::Uuid, epoch: i64) -> Option<AssignmentSnapshot> {
    Some(AssignmentSnapshot {
        id: id.to_string(),
        ticket_id: ticket.id.clone(),
        team_key: "second-line-network".into(),
        epoch,
        ..AssignmentSnapshot::default()
    })
}
