//! A ticket service that keeps what it is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::{SettleTicketRequest, Ticket};
use http::{Request, Response};
use http_body_util::BodyExt;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// A ticket service that keeps what it is told.
#[derive(Default)]
pub(crate) struct FakeTickets {
    /// Idempotency keys and settlements, in order.
    pub(crate) told: Mutex<Vec<(String, SettleTicketRequest)>>,
    /// It can't be reached.
    pub(crate) away: AtomicBool,
    /// The ticket that it returns.
    pub(crate) ticket: Mutex<Option<Ticket>>,
    /// What happens after the next settlement, before its answer.
    pub(crate) after_settling: Mutex<Option<Hook>>,
}

impl FakeTickets {
    pub(crate) fn stack(self: Arc<Self>) -> Upstream {
        BoxCloneSyncService::new(service_fn(move |request: Request<Body>| {
            let tickets = self.clone();
            async move { Ok(tickets.answer(request).await) }
        }))
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if self.away.load(Ordering::Relaxed) {
            return Status::unavailable("away").into_http();
        }
        let (parts, body) = request.into_parts();
        let message = body.collect().await.expect("a whole request").to_bytes().split_off(5);
        if parts.uri.path().ends_with("/GetTicket") {
            let ticket = self.ticket.lock().expect("no panic").clone();
            return ticket.map_or_else(
                || Status::not_found("no such ticket").into_http(),
                |ticket| grpc_answer(&ticket),
            );
        }
        let key = parts.headers["idempotency-key"].to_str().expect("ASCII").to_owned();
        let settled = SettleTicketRequest::decode(message).expect("the other command");
        self.told.lock().expect("no panic").push((key, settled));
        let hook = self.after_settling.lock().expect("no panic").take();
        if let Some(hook) = hook {
            hook().await;
        }
        grpc_answer(&Ticket::default())
    }
}
