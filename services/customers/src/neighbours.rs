//! What an activity record names and the ticket service keeps: tickets and categories.

use hotline_core::error::Error as CoreError;
use hotline_core::upstream::{TicketNames, Upstreams, Way};
use hotline_proto::tickets::v1::outage_service_client::OutageServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{GetCategoryRequest, GetOutageRequest};
use tonic::Code;
use uuid::Uuid;

use crate::Error;

/// The ticket service. Never asked while a transaction is open.
///
/// While it can't be reached, what is said is taken as it is: a call must be able to end (C4).
#[derive(Clone)]
pub(crate) struct Neighbours {
    names: TicketNames,
    tickets: TicketServiceClient<Way>,
    outages: OutageServiceClient<Way>,
}

impl Neighbours {
    /// Makes the way to the service.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self {
            names: TicketNames::new(upstreams),
            tickets: TicketServiceClient::new(upstreams.way("tickets")),
            outages: OutageServiceClient::new(upstreams.way("tickets")),
        }
    }

    /// Returns the id of the ticket of this id or number; none for an empty text.
    ///
    /// # Errors
    /// [`CoreError::Field`] where there is none; else what the ticket service answers, also that it can't be reached
    /// where only it knows the id.
    pub(crate) async fn ticket(&self, named: &str) -> Result<Option<Uuid>, Error> {
        if named.is_empty() {
            return Ok(None);
        }
        let id = match self.names.get(named).await {
            Ok(ticket) => ticket.id,
            Err(CoreError::Upstream(status)) if is_away(status.code()) && named.parse::<Uuid>().is_ok() => {
                named.to_owned()
            }
            Err(error) => return Err(error.into()),
        };
        Ok(hotline_core::id::parse_optional(&id, "ticketId")?)
    }

    /// Returns the id of the outage notice that a contact was about; none for an empty text.
    ///
    /// # Errors
    /// [`CoreError::Field`] where there is none; else what the ticket service answers.
    pub(crate) async fn outage(&self, named: &str) -> Result<Option<Uuid>, Error> {
        let Some(id) = hotline_core::id::parse_optional(named, "outageId")? else { return Ok(None) };
        match self.outages.clone().get_outage(GetOutageRequest { id: id.to_string() }).await {
            Ok(_) => Ok(Some(id)),
            Err(status) if is_away(status.code()) => Ok(Some(id)),
            Err(status) if status.code() == Code::NotFound => Err(CoreError::Field {
                field: "outageId",
                en: "names no outage notice",
                zh: "没有这个故障通知",
            }
            .into()),
            Err(status) => Err(CoreError::Upstream(status).into()),
        }
    }

    /// Checks that there is a category of this code; an empty one says nothing.
    ///
    /// # Errors
    /// [`CoreError::Field`] where there is none; else what the ticket service answers.
    pub(crate) async fn category(&self, code: &str) -> Result<(), Error> {
        if code.is_empty() {
            return Ok(());
        }
        match self.tickets.clone().get_category(GetCategoryRequest { code: code.to_owned() }).await {
            Ok(_) => Ok(()),
            Err(status) if is_away(status.code()) => Ok(()),
            Err(status) if status.code() == Code::NotFound => {
                Err(CoreError::Field {
                    field: "categoryCode", en: "names no category", zh: "没有这个分类"
                }
                .into())
            }
            Err(status) => Err(CoreError::Upstream(status).into()),
        }
    }
}

fn is_away(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::DeadlineExceeded)
}
