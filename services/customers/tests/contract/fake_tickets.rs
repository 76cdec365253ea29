//! A ticket service that knows one ticket, one outage notice and one category.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hotline_core::idempotency;
use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::tickets::v1::{
    Category, GetCategoryRequest, GetOutageRequest, GetTicketRequest, HandOverTicketRequest,
    ListTicketsResponse, Outage, Ticket,
};
use http::{Request, Response};
use http_body_util::BodyExt;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, service_fn};

/// The ticket it knows, by id and by number.
pub(crate) const TICKET: &str = "018f3a5e-0000-7000-8000-000000000001";
pub(crate) const NUMBER: &str = "2603020028";
/// The outage notice it knows.
pub(crate) const OUTAGE: &str = "018f3a5e-0000-7000-8000-000000000002";
/// The category it knows.
pub(crate) const CATEGORY: &str = "repair.private";

/// See the module.
#[derive(Default)]
pub(crate) struct FakeTickets {
    /// It can't be reached.
    pub(crate) away: AtomicBool,
    /// Whose the ticket is, and in which contact it was registered.
    pub(crate) of: Mutex<(String, String)>,
    /// How often the ticket was handed over, by key of the call.
    pub(crate) handed: Mutex<Vec<String>>,
}

impl FakeTickets {
    pub(crate) fn stack(self: Arc<Self>) -> Upstream {
        BoxCloneSyncService::new(service_fn(move |request| self.clone().answer(request)))
    }

    async fn answer(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        if self.away.load(Ordering::Relaxed) {
            return Ok(Status::unavailable("away").into_http());
        }
        let (parts, body) = request.into_parts();
        let (customer_id, interaction_id) = self.of.lock().expect("no panic").clone();
        let ticket = Ticket {
            id: TICKET.into(),
            number: NUMBER.into(),
            customer_id,
            interaction_id,
            category_code: CATEGORY.into(),
            ..Default::default()
        };
        let message = body.collect().await?.to_bytes().split_off(5);
        let known = match parts.uri.path().rsplit('/').next() {
            Some("GetTicket") => {
                let named = GetTicketRequest::decode(message)?.id;
                [TICKET, NUMBER].contains(&named.as_str()).then(|| grpc_answer(&ticket))
            }
            Some("GetOutage") => {
                let id = GetOutageRequest::decode(message)?.id;
                (id == OUTAGE).then(|| grpc_answer(&Outage { id, ..Default::default() }))
            }
            Some("ListTickets") => {
                let tickets = vec![Ticket { id: NUMBER.into(), ..Default::default() }, ticket];
                Some(grpc_answer(&ListTicketsResponse { tickets, ..Default::default() }))
            }
            Some("HandOverTicket") => {
                let asked = HandOverTicketRequest::decode(message)?;
                let key = parts.headers[idempotency::HEADER].to_str()?.to_owned();
                self.handed.lock().expect("no panic").push(key);
                (asked.id == TICKET).then(|| grpc_answer(&Ticket { team_key: asked.team_key, ..ticket }))
            }
            Some("GetCategory") => {
                let code = GetCategoryRequest::decode(message)?.code;
                (code == CATEGORY).then(|| grpc_answer(&Category { code, ..Default::default() }))
            }
            other => panic!("customers does not call {other:?}"),
        };
        Ok(known.unwrap_or_else(|| Status::not_found("no such").into_http()))
    }
}
