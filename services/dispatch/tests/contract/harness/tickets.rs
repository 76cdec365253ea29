//! A ticket service that notes what it is told and answers as asked.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use hotline_core::idempotency;
use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::{
    BatchGetTicketCustomersRequest, BatchGetTicketCustomersResponse, Comment, CompleteTicketRequest,
    CreateCommentRequest, GetTicketRequest, ReleaseTicketRequest, StartTicketRequest, Ticket, TicketCustomer,
};
use http::{Request, Response};
use http_body_util::BodyExt;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, service_fn};

use super::ticket;

/// What the ticket service was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Start(StartTicketRequest),
    Release(ReleaseTicketRequest),
    Complete(CompleteTicketRequest),
    Note(CreateCommentRequest),
}

/// See the module.
#[derive(Default)]
pub(crate) struct Tickets {
    told: Mutex<Vec<(String, Told)>>,
    refusal: Mutex<Option<Status>>,
    refusal_to_start: Mutex<Option<Status>>,
    meanwhile: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Tickets {
    /// Returns what was told since the last look, each with its idempotency key.
    pub(crate) fn heard(&self) -> Vec<(String, Told)> {
        std::mem::take(&mut *self.told.lock().expect("no test panics here"))
    }

    /// Answers the next call with an error.
    pub(crate) fn refuse(&self, status: Status) {
        *self.refusal.lock().expect("no test panics here") = Some(status);
    }

    /// Answers the next call that starts a ticket with an error.
    pub(crate) fn refuse_start(&self, status: Status) {
        *self.refusal_to_start.lock().expect("no test panics here") = Some(status);
    }

    /// Lets something happen before the next answer.
    pub(crate) fn meanwhile(&self, event: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().expect("no test panics here") = Some(Box::pin(event));
    }

    /// Returns the service as others reach it.
    pub(crate) fn stack(self: Arc<Self>) -> Upstream {
        BoxCloneSyncService::new(service_fn(move |request| self.clone().answer(request)))
    }

    /// Knows ticket 1 by its number.
    fn found(&self, named: &str) -> Response<Body> {
        let first = ticket(1);
        if named == first.number {
            return grpc_answer(&Ticket { id: first.id, number: first.number, ..Ticket::default() });
        }
        Status::not_found("no such ticket").into_http()
    }

    /// Knows of every ticket that 王芳 is its customer.
    fn customers(asked: BatchGetTicketCustomersRequest) -> Response<Body> {
        let wang = |ticket_id| TicketCustomer {
            ticket_id,
            title: "女士".into(),
            names: vec!["王芳".into()],
            contacts: vec!["13800138000".into(), "wang@example.com".into()],
            rooms: vec!["3-1502".into()],
            addresses: Vec::new(),
        };
        let customers = asked.ids.into_iter().map(wang).collect();
        grpc_answer(&BatchGetTicketCustomersResponse { customers })
    }

    async fn answer(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let refusal = self.refusal.lock().expect("no test panics here").take();
        if let Some(status) = refusal {
            return Ok(status.into_http());
        }
        let (parts, body) = request.into_parts();
        if parts.uri.path().ends_with("/StartTicket") {
            let refusal = self.refusal_to_start.lock().expect("no test panics here").take();
            if let Some(status) = refusal {
                return Ok(status.into_http());
            }
        }
        let frame = body.collect().await?.to_bytes();
        let message = frame.slice(5..);
        let told = match parts.uri.path().rsplit('/').next() {
            Some("GetTicket") => return Ok(self.found(&GetTicketRequest::decode(message)?.id)),
            Some("BatchGetTicketCustomers") => {
                return Ok(Self::customers(BatchGetTicketCustomersRequest::decode(message)?));
            }
            Some("CreateComment") => Told::Note(CreateCommentRequest::decode(message)?),
            Some("StartTicket") => Told::Start(StartTicketRequest::decode(message)?),
            Some("ReleaseTicket") => Told::Release(ReleaseTicketRequest::decode(message)?),
            Some("CompleteTicket") => Told::Complete(CompleteTicketRequest::decode(message)?),
            other => panic!("dispatch does not call {other:?}"),
        };
        let key = parts.headers.get(idempotency::HEADER).expect("commands carry a key");
        let key = key.to_str()?.to_owned();
        self.told.lock().expect("no test panics here").push((key, told));
        let meanwhile = self.meanwhile.lock().expect("no test panics here").take();
        if let Some(event) = meanwhile {
            event.await;
        }
        let is_note = parts.uri.path().ends_with("CreateComment");
        Ok(if is_note { grpc_answer(&Comment::default()) } else { grpc_answer(&Ticket::default()) })
    }
}
