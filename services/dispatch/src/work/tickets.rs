//! What tickets are told before the database says it too, so that whoever gets the answer reads it there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::BoxFuture;
use hotline_core::error::Error;
use hotline_core::idempotency;
use hotline_core::upstream::Upstreams;
use hotline_proto::tickets::v1::contact_service_client::ContactServiceClient;
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{
    BatchGetTicketCustomersRequest, CommentVisibility, CompleteTicketRequest, CreateCommentRequest,
    ReleaseTicketRequest, StartTicketRequest, TicketCustomer,
};
use http::{Request, Response};
use sha2::{Digest, Sha256};
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tonic::{Request as Call, Status};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::disclosure::Customer;
use crate::domain::state::Move;

/// What the ticket service answered, as a status that passes through.
type Told = Asked<()>;

/// The same, with what was asked for.
type Asked<T> = BoxFuture<'static, Result<T, Status>>;

/// The way to the service. Its error has a name because the compiler can't tell that a future over a boxed one may
/// change threads.
type Way = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// The ticket service, told of each move once: calls carry a key made of assignment, epoch and move.
#[derive(Clone)]
pub(super) struct Tickets(Way);

impl Tickets {
    /// Makes the way to the ticket service.
    pub(super) fn new(upstreams: &Upstreams) -> Self {
        let way = upstreams.get("tickets").map_err(Status::from_error);
        Self(BoxCloneSyncService::new(way))
    }

    /// Tells that the holder takes the ticket on.
    pub(super) fn start(&self, work: &Assignment) -> Told {
        let message = StartTicketRequest {
            id: work.ticket.id.to_string(),
            assignee: work.holder.clone(),
            team_key: work.team_key.clone(),
            assignment_id: work.id.to_string(),
            epoch: work.epoch,
        };
        let (mut client, key) = (self.client(), key(work, Move::Accept));
        Box::pin(async move { client.start_ticket(keyed(message, &key)?).await.map(drop) })
    }

    /// Tells that the holder gives the ticket back to its team, or on to another.
    pub(super) fn release(&self, work: &Assignment, how: Move, team_key: &str, reason: &str) -> Told {
        let message = ReleaseTicketRequest {
            id: work.ticket.id.to_string(),
            team_key: team_key.to_owned(),
            assignment_id: work.id.to_string(),
            epoch: work.epoch,
            reason: reason.to_owned(),
        };
        // The team is part of the key: after a failure the holder may choose another one.
        let (mut client, key) = (self.client(), format!("{}:{team_key}", key(work, how)));
        Box::pin(async move { client.release_ticket(keyed(message, &key)?).await.map(drop) })
    }

    /// Tells that the holder solved the ticket.
    pub(super) fn complete(&self, work: &Assignment, resolution: &str, article_ids: &[String]) -> Told {
        let message = completion(work, resolution, article_ids);
        let (mut client, key) = (self.client(), key(work, Move::Complete));
        Box::pin(async move { client.complete_ticket(keyed(message, &key)?).await.map(drop) })
    }

    /// The same, told by somebody else than the holder, who may be about to tell it too.
    pub(super) fn force_complete(&self, work: &Assignment, resolution: &str, article_ids: &[String]) -> Told {
        let message = completion(work, resolution, article_ids);
        let (mut client, key) = (self.client(), format!("{}:forced", key(work, Move::Complete)));
        Box::pin(async move { client.complete_ticket(keyed(message, &key)?).await.map(drop) })
    }

    /// Puts a note of the holder on the ticket; the same words in the same hands are the same note.
    pub(super) fn note(&self, work: &Assignment, text: &str) -> Told {
        let message = CreateCommentRequest {
            ticket_id: work.ticket.id.to_string(),
            text: text.to_owned(),
            visibility: CommentVisibility::Internal.into(),
            ..CreateCommentRequest::default()
        };
        let words = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
        let key = format!("dispatch:{}:{}:note:{words}", work.id, work.epoch);
        let mut client = MatterServiceClient::new(self.0.clone());
        Box::pin(async move { client.create_comment(keyed(message, &key)?).await.map(drop) })
    }

    /// Looks up who the customers of these tickets are, at most 500.
    pub(super) fn customers(&self, tickets: &[Uuid]) -> Asked<Vec<(Uuid, Customer)>> {
        let message = BatchGetTicketCustomersRequest { ids: tickets.iter().map(Uuid::to_string).collect() };
        let mut client = ContactServiceClient::new(self.0.clone());
        Box::pin(async move {
            let answer = client.batch_get_ticket_customers(message).await?.into_inner();
            Ok(answer.customers.into_iter().filter_map(customer).collect())
        })
    }

    fn client(&self) -> TicketServiceClient<Way> {
        TicketServiceClient::new(self.0.clone())
    }
}

fn customer(known: TicketCustomer) -> Option<(Uuid, Customer)> {
    let TicketCustomer { ticket_id, title, names, contacts, rooms, addresses } = known;
    Some((ticket_id.parse().ok()?, Customer { title, names, contacts, rooms, addresses }))
}

fn completion(work: &Assignment, resolution: &str, article_ids: &[String]) -> CompleteTicketRequest {
    CompleteTicketRequest {
        id: work.ticket.id.to_string(),
        resolution: resolution.to_owned(),
        article_ids: article_ids.to_vec(),
        assignment_id: work.id.to_string(),
        epoch: work.epoch,
        assignee: work.holder.clone(),
    }
}

fn key(work: &Assignment, step: Move) -> String {
    format!("dispatch:{}:{}:{}", work.id, work.epoch, step.name())
}

fn keyed<T>(message: T, key: &str) -> Result<Call<T>, Status> {
    let key = MetadataValue::try_from(key).map_err(|_| Error::IdempotencyKey)?;
    let mut request = Call::new(message);
    request.metadata_mut().insert(idempotency::HEADER, key);
    Ok(request)
}
