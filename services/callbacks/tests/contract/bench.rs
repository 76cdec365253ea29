//! A running service on each kind of database, with a fake ticket service, and ways to ask it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Almanac;
use hotline_callbacks::{Config, Migrator, NAME, service};
use hotline_core::bus::Consumer;
use hotline_core::caller::{Caller, GATEWAY, Keys};
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::deadlines::{self, Alarm};
use hotline_core::server::{Deps, Task};
use hotline_core::testing::databases;
use hotline_core::time::{from_proto, to_proto};
use hotline_core::upstream::{Directory, Upstream};
use hotline_core::{id, testing};
use hotline_proto::callbacks::v1::callback_service_client::CallbackServiceClient;
use hotline_proto::callbacks::v1::{
    AttemptOutcome, Callback, ClaimCallbacksRequest, GetCallbackRequest, ListCallbacksRequest,
    RecordAttemptRequest,
};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::events::v1::{Envelope, TicketResolved, TicketSnapshot};
use hotline_queue::{MemoryQueue, WorkQueue};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Request, Status};

use crate::fake_tickets::FakeTickets;

/// The customer of every ticket.
pub(crate) const CUSTOMER: &str = "018f3a5e-0000-7000-8000-00000000000c";

/// The service on one database, at a time that stands still.
pub(crate) struct Bench {
    pub(crate) client: CallbackServiceClient<Upstream>,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) tickets: Arc<FakeTickets>,
    pub(crate) consumer: Arc<dyn Consumer>,
    pub(crate) tasks: Vec<Task>,
    alarm: Arc<dyn Alarm>,
}

/// Runs a test on each kind of database, at 09:45 on a Monday.
pub(crate) async fn on_each_database(test: impl AsyncFn(Bench)) {
    for database in databases::<Migrator>(NAME).await {
        let clock = Clock::manual(at("2026-03-02T09:45:00+08:00"));
        test(Bench::start(database.db.clone(), clock, Arc::<MemoryQueue>::default()).await).await;
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// A ticket that `branch` has just solved.
pub(crate) fn resolved(ticket_id: &str, at: DateTime<Utc>) -> TicketResolved {
    TicketResolved {
        ticket: Some(TicketSnapshot {
            id: ticket_id.into(),
            number: "2603020010".into(),
            r#type: TicketType::Fault.into(),
            category_code: "repair.private".into(),
            subject: "宽带无法上网".into(),
            customer_id: CUSTOMER.into(),
            channel: Channel::Phone.into(),
            priority: Priority::High.into(),
            team_key: "on-site-east".into(),
            resolved_at: Some(to_proto(at)),
            ..Default::default()
        }),
        resolution: "更换光猫".into(),
        solved_by: "branch".into(),
        ..Default::default()
    }
}

pub(crate) fn ticket_id() -> String {
    id::new().to_string()
}

/// A report of a try by the holder.
pub(crate) fn report(held: &Callback, outcome: AttemptOutcome) -> RecordAttemptRequest {
    RecordAttemptRequest {
        id: held.id.clone(),
        lease_token: held.lease_token.clone(),
        outcome: outcome.into(),
        ..Default::default()
    }
}

/// A report of the customer's answer by the holder.
pub(crate) fn answer(held: &Callback, satisfied: bool, score: i32) -> RecordAttemptRequest {
    RecordAttemptRequest {
        satisfied: Some(satisfied),
        score: Some(score),
        ..report(held, AttemptOutcome::Reached)
    }
}

/// A command with an idempotency key.
pub(crate) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().expect("ASCII"));
    request
}

/// Runs a future as this person.
pub(crate) async fn acting<F: Future>(subject: &str, future: F) -> F::Output {
    Caller { subject: subject.into(), ..Caller::default() }.scope(future).await
}

impl Bench {
    pub(crate) async fn start(db: Db, clock: Clock, queue: Arc<dyn WorkQueue>) -> Self {
        let keys = Keys::new(&[7; 32]).expect("a long secret");
        let directory =
            Directory::new(keys.clone(), &[NAME, "tickets"], &HashMap::new()).expect("no addresses");
        let tickets = Arc::new(FakeTickets::default());
        directory.fill("tickets", tickets.clone().stack());
        let deps = Deps { db: db.clone(), clock: clock.clone(), upstreams: directory.of(NAME) };
        let almanac = Almanac::shipped().expect("shipped data is valid");
        let service =
            service(deps, queue, Config::default(), almanac).await.expect("the defaults can be used");
        directory.fill(NAME, service.stack(keys));
        Self {
            client: CallbackServiceClient::new(directory.of(GATEWAY).get(NAME)),
            db,
            clock,
            tickets,
            consumer: service.consumer.expect("it consumes"),
            tasks: service.tasks,
            alarm: service.alarm.expect("it has deadlines"),
        }
    }

    /// Applies an event as the bus does: once for each id.
    pub(crate) async fn deliver<E: Message + Name>(&self, event_id: uuid::Uuid, event: &E) {
        deliver(self.consumer.as_ref(), event_id, self.clock.now(), event).await;
    }

    /// Makes everything happen that is due.
    pub(crate) async fn sweep(&self) {
        while deadlines::sweep(&self.db, &self.clock, self.alarm.as_ref()).await.expect("swept") > 0 {}
    }

    pub(crate) async fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.sweep().await;
    }

    /// Has a ticket solved now, and returns its callback.
    pub(crate) async fn solved(&self) -> Callback {
        let ticket_id = ticket_id();
        self.deliver(id::new(), &resolved(&ticket_id, self.clock.now())).await;
        let [callback] = self.of_ticket(&ticket_id).await.try_into().expect("one callback");
        callback
    }

    /// Has a ticket solved, and moves the clock to when its callback opens.
    pub(crate) async fn opened(&self) -> Callback {
        let callback = self.solved().await;
        self.open(&callback).await;
        callback
    }

    /// Moves the clock to when the callback opens.
    pub(crate) async fn open(&self, callback: &Callback) {
        let opens_at = from_proto(callback.opens_at.as_ref()).expect("a time");
        self.clock.set(opens_at.max(self.clock.now()));
        self.sweep().await;
    }

    pub(crate) async fn of_ticket(&self, ticket_id: &str) -> Vec<Callback> {
        let request = ListCallbacksRequest { ticket_id: ticket_id.into(), ..Default::default() };
        let listed = acting("agent", self.client.clone().list_callbacks(request)).await;
        listed.expect("a list").into_inner().callbacks
    }

    pub(crate) async fn get(&self, callback: &Callback) -> Callback {
        let request = GetCallbackRequest { id: callback.id.clone() };
        acting("agent", self.client.clone().get_callback(request)).await.expect("found").into_inner()
    }

    /// Claims up to `max` callbacks for 60 s, waiting for `wait` seconds.
    pub(crate) async fn claim(&self, who: &str, max: i32, wait: i64) -> Vec<Callback> {
        let wait = Some(prost_types::Duration { seconds: wait, nanos: 0 });
        let request = ClaimCallbacksRequest { max, wait, lease: None };
        let claimed = acting(who, self.client.clone().claim_callbacks(request)).await;
        claimed.expect("an answer").into_inner().callbacks
    }

    /// Claims the one callback there is.
    pub(crate) async fn held(&self, who: &str) -> Callback {
        let [held] = self.claim(who, 1, 0).await.try_into().expect("one callback");
        held
    }

    pub(crate) async fn record(&self, who: &str, request: RecordAttemptRequest) -> Result<Callback, Status> {
        let recorded = acting(who, self.client.clone().record_attempt(request)).await;
        recorded.map(tonic::Response::into_inner)
    }

    /// The events of this kind that were published, oldest first.
    pub(crate) async fn published<E: Message + Name + Default>(&self) -> Vec<E> {
        let statement = Statement::from_string(self.db.backend(), "SELECT id, name, payload FROM outbox");
        let mut rows = self.db.reader().query_all_raw(statement).await.expect("the outbox");
        rows.sort_by_key(|row| row.try_get::<uuid::Uuid>("", "id").expect("an id"));
        rows.iter()
            .filter(|row| row.try_get::<String>("", "name").expect("a name") == E::full_name())
            .map(|row| row.try_get::<Vec<u8>>("", "payload").expect("a payload"))
            .map(|payload| E::decode(payload.as_slice()).expect("decodes"))
            .collect()
    }
}

/// Applies an event as the bus does: once for each id.
pub(crate) async fn deliver<E: Message + Name>(
    consumer: &dyn Consumer,
    event_id: uuid::Uuid,
    now: DateTime<Utc>,
    event: &E,
) {
    let envelope = Envelope {
        id: event_id.to_string(),
        name: E::full_name(),
        occurred_at: Some(to_proto(now)),
        payload: event.encode_to_vec(),
        ..Default::default()
    };
    testing::deliver(consumer, &envelope).await.expect("applied");
}
