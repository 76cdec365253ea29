//! A service as small as can be, behind the layers that every service has.

use std::collections::HashMap;
use std::sync::Arc;

use hotline_core::caller::{self, Caller, Keys};
use hotline_core::db::Db;
use hotline_core::error::Error;
use hotline_core::idempotency::nothing_to_store;
use hotline_core::server::Service;
use hotline_core::upstream::{Directory, Upstream, Upstreams, Way};
use hotline_core::{id, telemetry};
use hotline_proto::auth::v1::Role;
use hotline_proto::callbacks::v1::callback_service_client::CallbackServiceClient;
use hotline_proto::callbacks::v1::callback_service_server::{CallbackService, CallbackServiceServer};
use hotline_proto::callbacks::v1::{
    Callback, CallbackKind, ClaimCallbacksRequest, ClaimCallbacksResponse, CreateCallbackRequest,
    EndCallbackRequest, GetCallbackRequest, HeartbeatCallbackRequest, ListCallbacksRequest,
    ListCallbacksResponse, RecordAttemptRequest,
};
use hotline_proto::locale::Locale;
use tokio::sync::{Semaphore, mpsc};
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::toys::{count_up, note};

/// Ids that mean something to the fake.
pub(crate) const MISSING: Uuid = Uuid::from_u128(404);
pub(crate) const HELD: Uuid = Uuid::from_u128(202);
pub(crate) const PANICS: Uuid = Uuid::from_u128(500);

pub(crate) type Client = CallbackServiceClient<Way>;

/// An extension that must not pass from one side of a call to the other.
#[derive(Clone)]
pub(crate) struct Contraband;

/// Counts what it does in the counter `calls`, which a test makes.
pub(crate) struct Fake {
    pub(crate) db: Db,
    /// Where calls go that it makes itself.
    pub(crate) upstreams: Option<Upstreams>,
    /// Told when a held call has arrived.
    pub(crate) arrived: mpsc::UnboundedSender<()>,
    /// What a held call waits for.
    pub(crate) gate: Arc<Semaphore>,
}

/// A fake and the test's ends of its gate.
pub(crate) struct Gate {
    pub(crate) arrived: mpsc::UnboundedReceiver<()>,
    pub(crate) open: Arc<Semaphore>,
}

impl Fake {
    pub(crate) fn new(db: &Db) -> (Self, Gate) {
        let (sender, arrived) = mpsc::unbounded_channel();
        let open = Arc::new(Semaphore::new(0));
        let fake = Self { db: db.clone(), upstreams: None, arrived: sender, gate: open.clone() };
        (fake, Gate { arrived, open })
    }

    pub(crate) fn service(self, name: &'static str) -> Service {
        Service {
            name,
            db: self.db.clone(),
            routes: Routes::new(CallbackServiceServer::new(self)),
            consumer: None,
            listener: None,
            alarm: None,
            tasks: Vec::new(),
        }
    }

    async fn hold(&self) {
        self.arrived.send(()).expect("the test listens");
        self.gate.acquire().await.expect("the gate is never closed").forget();
    }

    async fn call_another(&self) -> Result<(), Status> {
        let upstreams = self.upstreams.as_ref().expect("the test gave it upstreams");
        let mut client = CallbackServiceClient::new(upstreams.way("tickets"));
        client.create_callback(create("plain")).await?;
        Ok(())
    }
}

pub(crate) fn keys() -> Keys {
    Keys::new(&[3; 32]).expect("long enough")
}

/// Returns a client for the one service of this process that `stack` is.
pub(crate) fn client(stack: Upstream) -> Client {
    let directory = Directory::new(keys(), &["callbacks"], &HashMap::new()).expect("no addresses");
    directory.fill("callbacks", stack);
    CallbackServiceClient::new(directory.of("gateway").way("callbacks"))
}

/// Returns a person of a team, as the gateway lets them in.
pub(crate) fn person(name: &str) -> Caller {
    Caller {
        subject: name.into(),
        name: name.to_uppercase(),
        roles: [Role::CallbackAgent, Role::TeamLead].into(),
        teams: vec!["night".into(), "夜班".into()],
        service: None,
    }
}

pub(crate) fn create(subject: &str) -> CreateCallbackRequest {
    CreateCallbackRequest {
        kind: CallbackKind::Other.into(),
        customer_id: Uuid::from_u128(1).to_string(),
        subject: subject.into(),
        ..Default::default()
    }
}

pub(crate) fn get(id: Uuid) -> GetCallbackRequest {
    GetCallbackRequest { id: id.to_string() }
}

#[tonic::async_trait]
impl CallbackService for Fake {
    /// Counts and answers; a subject that begins with `held` waits at the gate, `refused` fails after it has counted.
    async fn create_callback(
        &self,
        request: Request<CreateCallbackRequest>,
    ) -> Result<Response<Callback>, Status> {
        let subject = request.into_inner().subject;
        if subject == "nested" {
            self.call_another().await?;
        }
        if subject.starts_with("held") {
            self.hold().await;
        }
        if subject == "nothing" {
            nothing_to_store();
            return Ok(Response::new(Callback::default()));
        }
        let tx = self.db.begin().await?;
        let count = count_up(&tx, "calls").await?;
        note(&tx, &subject).await?;
        if subject == "refused" && count == 1 {
            return Err(Error::Field { field: "subject", en: "is refused", zh: "被拒绝" }.into());
        }
        let reply = Callback {
            id: id::new().to_string(),
            assignee: caller::current_actor(),
            resolution: if subject == "large" { "长".repeat(300_000) } else { count.to_string() },
            subject,
            ..Default::default()
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    /// Describes the call as the handler sees it.
    async fn get_callback(&self, request: Request<GetCallbackRequest>) -> Result<Response<Callback>, Status> {
        let smuggled = request.extensions().get::<Contraband>().is_some();
        let id = id::parse(&request.get_ref().id, "id").map_err(Status::from)?;
        if id == MISSING {
            return Err(Error::NotFound { what: "callback", id: id.to_string() }.into());
        }
        if id == HELD {
            self.hold().await;
        }
        assert_ne!(id, PANICS, "it was asked to");
        let caller = caller::required()?;
        let mut reply = Response::new(Callback {
            id: id.to_string(),
            assignee: caller.subject.clone(),
            subject: format!("{} {:?} {:?}", caller.name, caller.roles, caller.teams),
            customer_id: caller.service.clone().unwrap_or_default(),
            ticket_number: Locale::current().tag().into(),
            end_reason: smuggled.to_string(),
            resolution: telemetry::current_traceparent(),
            ..Default::default()
        });
        reply.extensions_mut().insert(Contraband);
        Ok(reply)
    }

    async fn list_callbacks(
        &self,
        _: Request<ListCallbacksRequest>,
    ) -> Result<Response<ListCallbacksResponse>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }

    async fn claim_callbacks(
        &self,
        _: Request<ClaimCallbacksRequest>,
    ) -> Result<Response<ClaimCallbacksResponse>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }

    async fn heartbeat_callback(
        &self,
        _: Request<HeartbeatCallbackRequest>,
    ) -> Result<Response<Callback>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }

    async fn record_attempt(&self, _: Request<RecordAttemptRequest>) -> Result<Response<Callback>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }

    async fn end_callback(&self, _: Request<EndCallbackRequest>) -> Result<Response<Callback>, Status> {
        Err(Status::unimplemented("not part of the fake"))
    }
}
