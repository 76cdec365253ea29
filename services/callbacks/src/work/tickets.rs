//! What tickets are told, before the database notes it too, so that whoever gets the answer reads it there.

use futures::future::BoxFuture;
use hotline_core::error::Error;
use hotline_core::idempotency;
use hotline_core::upstream::Upstreams;
use hotline_proto::tickets::v1::SettleTicketRequest;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use http::{Request, Response};
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tonic::{Request as Call, Status};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

use crate::domain::Settlement;

/// The way to the service. Its error has a name because the compiler can't tell that a future over a boxed one may
/// change threads.
type Way = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// The ticket service.
#[derive(Clone)]
pub(super) struct Tickets(Way);

impl Tickets {
    /// Makes the way to the ticket service.
    pub(super) fn new(upstreams: &Upstreams) -> Self {
        Self(BoxCloneSyncService::new(upstreams.get("tickets").map_err(Status::from_error)))
    }

    /// Tells what came of the callback's try `attempt`, once however often it is told.
    ///
    /// # Errors
    /// What the ticket service answers.
    pub(super) fn settle(
        &self,
        ticket_id: Uuid,
        callback_id: Uuid,
        attempt: i32,
        settlement: Settlement,
        comment: String,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let key = format!("callbacks:{callback_id}:{attempt}");
        self.send(key, ticket_id, callback_id, settlement, comment)
    }

    /// Tells the same for one of several tickets that the callback is about. Sent again, the callback may have gone on
    /// about another of them: each is told under a key of its own.
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub(super) fn settle_one_of(
        &self,
        ticket_id: Uuid,
        callback_id: Uuid,
        attempt: i32,
        settlement: Settlement,
        comment: String,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let key = format!("callbacks:{callback_id}:{attempt}:{ticket_id}");
        self.send(key, ticket_id, callback_id, settlement, comment)
    }

    fn send(
        &self,
        key: String,
        ticket_id: Uuid,
        callback_id: Uuid,
        settlement: Settlement,
        comment: String,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let message = SettleTicketRequest {
            id: ticket_id.to_string(),
            satisfied: settlement == Settlement::Satisfied,
            unreachable: settlement == Settlement::Unanswered,
            comment,
            callback_id: callback_id.to_string(),
        };
        let mut client = TicketServiceClient::new(self.0.clone());
        Box::pin(async move {
            let key = MetadataValue::try_from(key).map_err(|_| Error::IdempotencyKey)?;
            let mut call = Call::new(message);
            call.metadata_mut().insert(idempotency::HEADER, key);
            client.settle_ticket(call).await?;
            Ok(())
        })
    }
}
