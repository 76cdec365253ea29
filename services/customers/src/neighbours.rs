//! What contacts name and other services keep: tickets, categories, and the teams that routing sends them to.

use hotline_core::error::Error as CoreError;
use hotline_core::idempotency;
use hotline_core::time::to_proto;
use hotline_core::upstream::{TicketNames, Upstreams, Way};
use hotline_proto::common::v1::Channel;
use hotline_proto::dispatch::v1::DryRunRoutingRequest;
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::tickets::v1::outage_service_client::OutageServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{
    GetCategoryRequest, GetOutageRequest, HandOverTicketRequest, ListTicketsRequest, Ticket,
};
use tonic::{Code, Request};
use uuid::Uuid;

use crate::Error;
use crate::domain::Interaction;

/// A customer has no more tickets from one call.
const TICKETS_OF_A_CALL: i32 = 20;

/// The ticket service and dispatch. Never asked while a transaction is open.
///
/// While tickets can't be reached, what is said is taken as it is: a call must be able to end (C4).
#[derive(Clone)]
pub(crate) struct Neighbours {
    names: TicketNames,
    tickets: TicketServiceClient<Way>,
    outages: OutageServiceClient<Way>,
    dispatch: DispatchServiceClient<Way>,
}

impl Neighbours {
    /// Makes the way to the service.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self {
            names: TicketNames::new(upstreams),
            tickets: TicketServiceClient::new(upstreams.way("tickets")),
            outages: OutageServiceClient::new(upstreams.way("tickets")),
            dispatch: DispatchServiceClient::new(upstreams.way("dispatch")),
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

    /// Returns the ticket of this id or number.
    ///
    /// # Errors
    /// [`CoreError::Field`] where there is none; else what the ticket service answers.
    pub(crate) async fn ticket_itself(&self, named: &str) -> Result<Ticket, Error> {
        Ok(self.names.get(named).await?)
    }

    /// Returns the id a list is filtered by; none for an empty text.
    ///
    /// # Errors
    /// As [`TicketNames::id`].
    pub(crate) async fn ticket_id(&self, named: &str) -> Result<Option<Uuid>, Error> {
        Ok(self.names.id(named).await?)
    }

    /// Returns the team to which routing sends calls of a category; empty where dispatch can't tell now: the prompt is
    /// needed all the same.
    pub(crate) async fn team_for(&self, category_code: &str, channel: Channel) -> String {
        if category_code.is_empty() {
            return String::new();
        }
        let asked = DryRunRoutingRequest {
            category_code: category_code.to_owned(),
            channel: channel.into(),
            ..DryRunRoutingRequest::default()
        };
        match self.dispatch.clone().dry_run_routing(asked).await {
            Ok(answer) => answer.into_inner().team_key,
            Err(status) => {
                tracing::warn!(code = ?status.code(), category_code, "no team can be suggested for a long call");
                String::new()
            }
        }
    }

    /// Returns the ticket that was registered in a contact; none also where tickets can't be reached.
    pub(crate) async fn registered_in(&self, interaction: &Interaction) -> Option<Ticket> {
        let asked = ListTicketsRequest {
            customer_id: interaction.customer_id.to_string(),
            created_after: Some(to_proto(interaction.started_at)),
            page_size: TICKETS_OF_A_CALL,
            ..ListTicketsRequest::default()
        };
        let listed = self.tickets.clone().list_tickets(asked).await.ok()?.into_inner();
        let id = interaction.id.to_string();
        listed.tickets.into_iter().find(|ticket| ticket.interaction_id == id)
    }

    /// Hands a ticket over to a team; the same call again does so once.
    ///
    /// # Errors
    /// What the ticket service answers.
    pub(crate) async fn hand_over(
        &self,
        interaction: Uuid,
        ticket: &str,
        team_key: &str,
        note: &str,
    ) -> Result<Ticket, Error> {
        let mut request = Request::new(HandOverTicketRequest {
            id: ticket.to_owned(),
            team_key: team_key.to_owned(),
            note: note.to_owned(),
            ..HandOverTicketRequest::default()
        });
        let key = format!("interaction:{interaction}:{ticket}:{team_key}:handOver");
        let key = key.parse().map_err(|_| CoreError::Field {
            field: "teamKey",
            en: "names no team",
            zh: "没有这个班组",
        })?;
        request.metadata_mut().insert(idempotency::HEADER, key);
        let answer = self.tickets.clone().hand_over_ticket(request).await;
        Ok(answer.map_err(CoreError::Upstream)?.into_inner())
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
