//! What tickets are told before the database says it too, so that whoever gets the answer reads it there.

use futures::future::BoxFuture;
use hotline_core::error::Error;
use hotline_core::idempotency;
use hotline_core::upstream::Upstreams;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{CompleteTicketRequest, ReleaseTicketRequest, StartTicketRequest};
use http::{Request, Response};
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tonic::{Request as Call, Status};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::domain::assignment::Assignment;
use crate::domain::state::Move;

/// What the ticket service answered, as a status that passes through.
type Told = BoxFuture<'static, Result<(), Status>>;

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

    fn client(&self) -> TicketServiceClient<Way> {
        TicketServiceClient::new(self.0.clone())
    }
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
