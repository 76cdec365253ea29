//! Tickets as requests to other services name them: by id, or by the number that customers read out (T4).

use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{GetTicketRequest, Ticket};
use tonic::Code;
use uuid::Uuid;

use super::{Upstreams, Way};
use crate::error::Error;

/// Finds what a request means by its `ticketId`. Cheap to clone; never asked while a transaction is open.
#[derive(Clone)]
pub struct TicketNames(TicketServiceClient<Way>);

impl TicketNames {
    /// Makes the way to the ticket service.
    pub fn new(upstreams: &Upstreams) -> Self {
        Self(TicketServiceClient::new(upstreams.way("tickets")))
    }

    /// Returns the ticket of this id or number.
    ///
    /// # Errors
    /// [`Error::Field`] where there is none; else what the ticket service answers, such as `TICKET_NUMBER_INVALID`
    /// for a misheard digit.
    pub async fn get(&self, named: &str) -> Result<Ticket, Error> {
        match self.0.clone().get_ticket(GetTicketRequest { id: named.to_owned() }).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) if status.code() == Code::NotFound => Err(unknown()),
            Err(status) => Err(Error::Upstream(status)),
        }
    }

    /// Returns the id a list is filtered by; none for an empty text. An id is taken as it is, so that lists don't
    /// depend on the ticket service.
    ///
    /// # Errors
    /// As [`TicketNames::get`], for a number.
    pub async fn id(&self, named: &str) -> Result<Option<Uuid>, Error> {
        if named.is_empty() {
            return Ok(None);
        }
        if let Ok(id) = named.parse() {
            return Ok(Some(id));
        }
        let ticket = self.get(named).await?;
        ticket.id.parse().map(Some).map_err(|_| unknown())
    }
}

fn unknown() -> Error {
    Error::Field { field: "ticketId", en: "names no ticket", zh: "没有这张工单" }
}
