//! The methods of repeat contacts, and what a registration in a call has to do with them (C7, C8).

use std::collections::{BTreeSet, HashMap};

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::time::to_proto_optional;
use hotline_proto::common::v1::TicketState as State;
use hotline_proto::customers::v1::Customer;
use hotline_proto::tickets::v1::contact_service_server::ContactService;
use hotline_proto::tickets::v1::ticket_service_server::TicketService;
use hotline_proto::tickets::v1::{
    BatchGetTicketCustomersRequest, BatchGetTicketCustomersResponse, ContactTicketRequest,
    CreateTicketRequest, CustomerTicketStatus, ListTicketStatusesRequest, ListTicketStatusesResponse,
    ListTicketsRequest, OutageState, RecognizeTicketRequest, RecognizeTicketResponse, RecognizedBy,
    Ticket as Message, TicketStatus,
};
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Reply, Tickets, reply, who};
use crate::domain::clock::CUSTOMER;
use crate::domain::contact::{Contact, recognised};
use crate::domain::lifecycle::is_open;
use crate::domain::number::Reference;
use crate::domain::outage::Notice;
use crate::domain::sentence::{self, Around, Cause};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::neighbours::Neighbours;
use crate::store::{Matter, Seen, Store, is_too_late};

mod known;

const OPEN: [State; 4] = [State::New, State::Assigned, State::InProgress, State::Waiting];
const SOLVED: [State; 3] = [State::Resolved, State::Verified, State::Closed];
/// Solved and not over: the customer may still say that it is not.
const UNCONFIRMED: [State; 2] = [State::Resolved, State::Verified];
/// Open tickets of a customer that are looked at.
const MANY: u64 = 20;
/// Solved tickets of a customer whose sentence is told.
const FEW: u64 = 5;

/// A registration in a call: what it is about, and what there is of that already.
pub(super) struct Call {
    request: CreateTicketRequest,
    matter: Matter,
    seen: Seen,
}

impl Tickets {
    /// Returns the call in which a ticket is to be registered; none of other registrations, and where the agent says that it
    /// is another matter.
    pub(super) async fn call(&self, request: &CreateTicketRequest) -> Result<Option<Call>, Error> {
        let interaction_id = id::parse_optional(&request.interaction_id, "interactionId")?;
        let customer_id = id::parse_optional(&request.customer_id, "customerId")?;
        let (Some(interaction_id), Some(customer_id), false) =
            (interaction_id, customer_id, request.separate_matter)
        else {
            return Ok(None);
        };
        let contact = Contact { interaction_id, channel: request.channel(), note: request.subject.clone() };
        let matter = Matter { customer_id, category_code: request.category_code.clone(), contact };
        let seen = self.store.seen(&matter).await?;
        Ok(Some(Call { request: request.clone(), matter, seen }))
    }

    /// Answers with the open ticket of the same matter, where there is one, and counts the contact on it.
    pub(super) async fn repeat(&self, call: Option<&Call>) -> Result<Option<Response<Message>>, Error> {
        let Some((call, open)) = call.and_then(|call| Some((call, call.seen.open?))) else { return Ok(None) };
        let counted = self.store.contact(&Reference::Id(open), &call.matter.contact, who()?).await;
        let (tx, ticket) = match counted {
            // Given up or solved a moment ago: then this call is about something new.
            Err(Error::State { .. }) => return Ok(None),
            Ok((_, ticket)) if !is_open(ticket.state) => return Ok(None),
            counted => counted?,
        };
        let reply = Message { repeat_contact: true, ..reply::message(&self.store, &ticket) };
        tx.commit_reply(&reply).await?;
        Ok(Some(Response::new(reply)))
    }

    /// Commits a registration. Where another call about the same matter was first, that ticket is the answer.
    pub(super) async fn first(
        &self,
        tx: Tx,
        ticket: Ticket,
        reply: Message,
        call: Option<Call>,
    ) -> Reply<Message> {
        let Some(call) = call else {
            tx.commit_reply(&reply).await?;
            return Ok(Response::new(reply));
        };
        self.store.registered_in(&tx, &ticket, &call.matter, &call.seen);
        match tx.commit_reply(&reply).await {
            Ok(()) => Ok(Response::new(reply)),
            Err(error) if is_too_late(&error) => {
                if self.store.seen(&call.matter).await?.open.is_none() {
                    self.store.unclaim(&call.matter, &call.seen).await?;
                }
                Box::pin(self.create_ticket(Request::new(call.request))).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The service of repeat contacts.
pub(crate) struct Contacts {
    store: Store,
    neighbours: Neighbours,
}

impl Contacts {
    /// Returns the service on a store, beside the service that keeps the customers.
    pub(crate) fn new(store: Store, neighbours: Neighbours) -> Self {
        Self { store, neighbours }
    }

    /// Finds the ticket whose number was read out; none where no ticket has it.
    async fn named(&self, number: &str) -> Result<Option<Ticket>, Error> {
        if number.is_empty() {
            return Ok(None);
        }
        match self.store.survivor(&Reference::parse(number)?).await {
            Ok(ticket) => Ok(Some(ticket)),
            Err(Error::Core(Core::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[tonic::async_trait]
impl ContactService for Contacts {
    async fn recognize_ticket(
        &self,
        request: Request<RecognizeTicketRequest>,
    ) -> Reply<RecognizeTicketResponse> {
        let asked = request.into_inner();
        let customer_id = id::parse_optional(&asked.customer_id, "customerId")?;
        if customer_id.is_none() && asked.number.is_empty() {
            return Err(Error::Core(Core::Field {
                field: "customerId",
                en: "is required where no ticket number is given",
                zh: "未提供工单号时必填",
            })
            .into());
        }
        let named = self.named(&asked.number).await?;
        let candidates = match customer_id {
            Some(customer) => {
                self.store.of_customer(customer, OPEN.into_iter().chain(UNCONFIRMED), MANY).await?
            }
            None => Vec::new(),
        };
        let found = match &named {
            Some(ticket) => Some((ticket, RecognizedBy::Number)),
            None => recognised(&candidates, &asked.category_code),
        };
        Ok(Response::new(RecognizeTicketResponse {
            ticket: found.map(|(ticket, _)| reply::message(&self.store, ticket)),
            by: found.map_or(RecognizedBy::Unspecified, |(_, by)| by).into(),
            candidates: candidates.iter().map(|ticket| reply::message(&self.store, ticket)).collect(),
        }))
    }

    async fn contact_ticket(&self, request: Request<ContactTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let contact = Contact {
            interaction_id: id::parse(&given.interaction_id, "interactionId")?,
            channel: given.channel(),
            note: given.note,
        };
        let (tx, ticket) = self.store.contact(&Reference::parse(&given.id)?, &contact, who()?).await?;
        let reply = reply::message(&self.store, &ticket);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_ticket_statuses(
        &self,
        request: Request<ListTicketStatusesRequest>,
    ) -> Reply<ListTicketStatusesResponse> {
        let customer_id = id::parse(&request.get_ref().customer_id, "customerId")?;
        let mut tickets = self.store.of_customer(customer_id, OPEN, MANY).await?;
        let solved = self.store.of_customer(customer_id, SOLVED, FEW).await?;
        // A duplicate is spoken of with its survivor.
        tickets.extend(solved.into_iter().filter(|ticket| ticket.survivor_id.is_none()));
        let arounds = arounds(&self.store, &tickets).await?;
        let statuses = tickets.iter().zip(arounds).map(|(ticket, around)| CustomerTicketStatus {
            ticket_id: ticket.id.to_string(),
            number: ticket.number.clone(),
            subject: ticket.subject.clone(),
            status: Some(say(&self.store, ticket, &around)),
        });
        Ok(Response::new(ListTicketStatusesResponse { statuses: statuses.collect() }))
    }

    async fn batch_get_ticket_customers(
        &self,
        request: Request<BatchGetTicketCustomersRequest>,
    ) -> Reply<BatchGetTicketCustomersResponse> {
        let ids = request.get_ref().ids.iter().map(|id| id::parse(id, "ids"));
        let ids: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
        let tickets = self.store.among(&ListTicketsRequest::default(), ids).await?;
        let wanted = tickets.values().map(|ticket| ticket.customer_id).collect();
        let people = self.neighbours.customers(&wanted).await?;
        let people: HashMap<&str, &Customer> =
            people.iter().map(|customer| (customer.id.as_str(), customer)).collect();
        let rules = self.store.rules();
        let customers = tickets.values().map(|ticket| {
            let record = people.get(ticket.customer_id.to_string().as_str());
            known::customer(ticket, record.copied(), &rules.numbers)
        });
        Ok(Response::new(BatchGetTicketCustomersResponse { customers: customers.collect() }))
    }
}

/// Returns what to say of a ticket; of a merged one, how its survivor stands.
pub(super) async fn status(store: &Store, ticket: Ticket) -> Result<TicketStatus, Error> {
    let (merged, ticket) = match ticket.survivor_id {
        Some(survivor) => (Some(ticket), store.survivor(&Reference::Id(survivor)).await?),
        None => (None, ticket),
    };
    let around = arounds(store, std::slice::from_ref(&ticket)).await?.into_iter().next().unwrap_or_default();
    Ok(say(store, &ticket, &Around { merged, ..around }))
}

fn say(store: &Store, ticket: &Ticket, around: &Around) -> TicketStatus {
    let (now, rules) = (store.clock.now(), store.rules());
    let expected = ticket.expected_at(now, &rules.calendars);
    let sentence = sentence::told(ticket, around, expected, now, rules.zone);
    let recovery = around.outage.as_ref().and_then(|outage| outage.expected_recovery_at);
    let expected = expected.and(recovery).or(expected);
    TicketStatus {
        sentence_zh: sentence.zh,
        sentence_en: sentence.en,
        expected_at: to_proto_optional(expected),
        state: ticket.state as i32,
    }
}

/// Returns what is known around each of these tickets, in their order.
async fn arounds(store: &Store, tickets: &[Ticket]) -> Result<Vec<Around>, Error> {
    let mut causes: HashMap<Uuid, Cause> = HashMap::new();
    for id in tickets.iter().filter_map(|ticket| ticket.outage_id).collect::<BTreeSet<_>>() {
        let outage = store.outage(id).await?;
        if outage.state == OutageState::Open {
            causes.insert(id, cause(outage.notice));
        }
    }
    let waiting = tickets.iter().filter(|ticket| ticket.waiting_for() == CUSTOMER).map(|ticket| ticket.id);
    let waiting: Vec<Uuid> = waiting.collect();
    let mut needs = if waiting.is_empty() { HashMap::new() } else { store.wait_notes(waiting).await? };
    let around = |ticket: &Ticket| Around {
        merged: None,
        outage: ticket.outage_id.and_then(|id| causes.get(&id).cloned()),
        need: needs.remove(&ticket.id).unwrap_or_default(),
    };
    Ok(tickets.iter().map(around).collect())
}

fn cause(notice: Notice) -> Cause {
    Cause {
        title: notice.title,
        cause: notice.cause,
        progress: notice.progress,
        expected_recovery_at: notice.expected_recovery_at,
    }
}
