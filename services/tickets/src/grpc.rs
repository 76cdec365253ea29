//! The contract's methods: each reads its request, calls once, writes its reply.

use std::sync::Arc;

use hotline_core::caller;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_core::time::from_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::TicketType;
use hotline_proto::tickets::v1::ticket_service_server::TicketService;
use hotline_proto::tickets::v1::{
    CancelTicketRequest, Category as CategoryMessage, CloseTicketRequest, CompleteTicketRequest,
    CreateTicketRequest, ExtendTicketRequest, GetCategoryRequest, GetTicketRequest, GetTicketStatusRequest,
    HandOverTicketRequest, ImportTicketsRequest, ImportTicketsResponse, InformTicketRequest,
    ListCategoriesRequest, ListCategoriesResponse, ListTicketsRequest, ListTicketsResponse,
    ListTimelineRequest, ListTimelineResponse, PromiseTicketRequest, ReleaseTicketRequest,
    ReopenTicketRequest, ReprioritizeTicketRequest, ResolveTicketRequest, ResumeTicketRequest,
    SearchTicketsRequest, SearchTicketsResponse, SettleTicketRequest, StartTicketRequest, Ticket as Message,
    TicketStatus, UpdateTicketRequest, VerifyTicketRequest, WaitTicketRequest,
};
use tonic::{Request, Response, Status};

use crate::domain::catalogue::{Category, covers};
use crate::domain::draft::{Draft, Who};
use crate::domain::editing::Edit;
use crate::domain::number::Reference;
use crate::domain::registration::{Registration, register};
use crate::error::Error;
use crate::live_index::LiveIndex;
use crate::neighbours::Neighbours;
use crate::store::Store;

mod calendars;
mod catalogue;
mod contacts;
mod convert;
mod matters;
mod outages;
mod plans;
mod policies;
mod registers;
mod reply;
mod search;
mod sla;

pub(crate) use calendars::Calendars;
pub(crate) use calendars::telling::written as calendar_message;
pub(crate) use catalogue::Categories;
pub(crate) use contacts::Contacts;
pub(crate) use matters::Matters;
pub(crate) use outages::Outages;
pub(crate) use plans::Plans;
pub(crate) use policies::Policies;
pub(crate) use policies::convert::policy as policy_message;
pub(crate) use registers::Registers;
pub(crate) use sla::Promises;

type Reply<M> = Result<Response<M>, Status>;

/// The ticket service.
pub(crate) struct Tickets {
    store: Store,
    neighbours: Neighbours,
    search: Arc<LiveIndex>,
}

impl Tickets {
    /// Returns the service on a store, among the services that keep what tickets name, with the index that follows it.
    pub(crate) fn new(store: Store, neighbours: Neighbours, search: Arc<LiveIndex>) -> Self {
        Self { store, neighbours, search }
    }

    /// Reads a registration; what it leaves unsaid is what the customer's record knows.
    async fn registration(&self, request: CreateTicketRequest) -> Result<Registration, Error> {
        let given = convert::registration(request)?;
        let Some(customer_id) = given.customer_id else { return Ok(given) };
        let customer = self.neighbours.customer(customer_id).await?;
        Ok(convert::of_customer(given, &customer))
    }
}

#[tonic::async_trait]
impl TicketService for Tickets {
    async fn list_categories(
        &self,
        request: Request<ListCategoriesRequest>,
    ) -> Reply<ListCategoriesResponse> {
        let ListCategoriesRequest { parent_code, include_retired } = request.into_inner();
        let catalogue = self.store.catalogue().await?;
        let telling = catalogue::convert::Telling::of(&catalogue);
        let wanted = |category: &&Category| {
            (parent_code.is_empty() || covers(&parent_code, &category.code))
                && (include_retired || category.active)
        };
        let categories =
            catalogue.0.iter().filter(wanted).map(|category| telling.message(category)).collect();
        Ok(Response::new(ListCategoriesResponse { categories }))
    }

    async fn get_category(&self, request: Request<GetCategoryRequest>) -> Reply<CategoryMessage> {
        let code = request.into_inner().code;
        let catalogue = self.store.catalogue().await?;
        Ok(Response::new(catalogue::convert::Telling::of(&catalogue).named(&code)?))
    }

    async fn create_ticket(&self, request: Request<CreateTicketRequest>) -> Reply<Message> {
        let call = self.call(request.get_ref()).await?;
        if let Some(repeat) = self.repeat(call.as_ref()).await? {
            return Ok(repeat);
        }
        let mut given = self.registration(request.into_inner()).await?;
        given.outages = self.store.open_outages();
        let catalogue = self.store.catalogue().await?;
        let (now, rules) = (self.store.clock.now(), self.store.rules());
        if given.is_complaint(&catalogue) {
            given.earlier =
                self.store.earlier_complaint(given.customer_id, &given.category_code, now, None).await?;
        }
        let draft = register(given, &catalogue, &rules, id::new(), now, who()?)?;
        let (tx, ticket) = self.store.create(draft).await?;
        let reply = reply::message(&self.store, &ticket);
        self.first(tx, ticket, reply, call).await
    }

    async fn list_tickets(&self, request: Request<ListTicketsRequest>) -> Reply<ListTicketsResponse> {
        if !request.get_ref().q.is_empty() {
            return self.list_found(request.get_ref()).await;
        }
        let (tickets, next_page_token) = self.store.list(request.get_ref()).await?;
        let tickets = tickets.iter().map(|ticket| reply::message(&self.store, ticket)).collect();
        Ok(Response::new(ListTicketsResponse { tickets, next_page_token }))
    }

    async fn search_tickets(&self, request: Request<SearchTicketsRequest>) -> Reply<SearchTicketsResponse> {
        self.find(request.into_inner()).await
    }

    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Reply<Message> {
        let which = Reference::parse(&request.get_ref().id)?;
        Ok(Response::new(reply::message(&self.store, &self.store.get(&which).await?)))
    }

    async fn update_ticket(&self, request: Request<UpdateTicketRequest>) -> Reply<Message> {
        let UpdateTicketRequest { ticket: patch, update_mask, etag } = request.into_inner();
        let patch = patch.unwrap_or_default();
        let etag = if etag.is_empty() { patch.etag.clone() } else { etag };
        let (which, catalogue) = (Reference::parse(&patch.id)?, self.store.catalogue().await?);
        let mut earlier = None;
        if catalogue.get(&patch.category_code).is_some_and(|of| of.kind == TicketType::Complaint) {
            let known = self.store.get(&which).await?;
            let (customer, at) = (Some(known.customer_id), known.created_at);
            earlier =
                self.store.earlier_complaint(customer, &patch.category_code, at, Some(known.id)).await?;
        }
        let decide = |draft: &mut Draft<'_>| {
            let edit = convert::edit(&draft.ticket, &patch, update_mask.as_ref())?;
            draft.update(Edit { earlier, ..edit }, &catalogue)
        };
        let (tx, ticket) = self.store.change(&which, &etag, who()?, decide).await?;
        reply::answer(&self.store, tx, &ticket).await
    }

    async fn reprioritize_ticket(&self, request: Request<ReprioritizeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (urgency, impact) = (given.urgency(), given.impact());
        let decide = |draft: &mut Draft<'_>| draft.reprioritize(urgency, impact, &given.reason);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn hand_over_ticket(&self, request: Request<HandOverTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        // Named by its id, it is still its key that the ticket keeps.
        let team = self.neighbours.team(&given.team_key).await?;
        let decide = |draft: &mut Draft<'_>| draft.hand_over(&team.key, &given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn wait_ticket(&self, request: Request<WaitTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (reason, until) = (convert::wait_reason(given.reason()), from_proto(given.until.as_ref()));
        let decide = |draft: &mut Draft<'_>| draft.wait(reason, until, &given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn resume_ticket(&self, request: Request<ResumeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.resume(&given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn resolve_ticket(&self, request: Request<ResolveTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let articles = convert::articles(&given.article_ids)?;
        let decide = |draft: &mut Draft<'_>| draft.resolve(&given.resolution, articles);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn verify_ticket(&self, request: Request<VerifyTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.verify(&given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn close_ticket(&self, request: Request<CloseTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.close_by_hand(&given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn reopen_ticket(&self, request: Request<ReopenTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let senior = may_reopen_late()?;
        let decide = |draft: &mut Draft<'_>| {
            if senior { draft.reopen(&given.reason) } else { draft.reopen_in_time(&given.reason) }
        };
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn cancel_ticket(&self, request: Request<CancelTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.cancel(&given.reason);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn promise_ticket(&self, request: Request<PromiseTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.promise_answer(given.tier());
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn extend_ticket(&self, request: Request<ExtendTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let until = from_proto(given.until.as_ref()).unwrap_or_default();
        let consent = given.customer_consent.map(convert::consent);
        let decide = |draft: &mut Draft<'_>| draft.extend(until, &given.reason, consent);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn inform_ticket(&self, request: Request<InformTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let channel = given.channel();
        if !given.note.trim().is_empty() {
            let decide = |draft: &mut Draft<'_>| draft.inform(&given.note, channel);
            return reply::change(&self.store, &given.id, &given.etag, decide).await;
        }
        let ticket = self.store.get(&Reference::parse(&given.id)?).await?;
        let sentence = contacts::status(&self.store, ticket).await?.sentence_zh;
        let decide = |draft: &mut Draft<'_>| draft.tell_status(&sentence, channel);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn list_timeline(&self, request: Request<ListTimelineRequest>) -> Reply<ListTimelineResponse> {
        let page = Page::of(request.get_ref())?.oldest_first();
        let ticket = self.store.get(&Reference::parse(&request.get_ref().id)?).await?;
        let (entries, next_page_token) = self.store.timeline(ticket.id, &page).await?;
        let entries = entries.into_iter().map(convert::entry).collect();
        Ok(Response::new(ListTimelineResponse { entries, next_page_token }))
    }

    async fn get_ticket_status(&self, request: Request<GetTicketStatusRequest>) -> Reply<TicketStatus> {
        let ticket = self.store.get(&Reference::parse(&request.get_ref().id)?).await?;
        Ok(Response::new(contacts::status(&self.store, ticket).await?))
    }

    async fn start_ticket(&self, request: Request<StartTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let assignment = convert::assignment(&given.assignment_id, given.epoch)?;
        let decide = |draft: &mut Draft<'_>| draft.start(&given.assignee, &given.team_key, assignment);
        reply::change(&self.store, &given.id, "", decide).await
    }

    async fn release_ticket(&self, request: Request<ReleaseTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let assignment = convert::assignment(&given.assignment_id, given.epoch)?;
        let decide = |draft: &mut Draft<'_>| draft.release(&given.team_key, assignment, &given.reason);
        reply::change(&self.store, &given.id, "", decide).await
    }

    async fn complete_ticket(&self, request: Request<CompleteTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let assignment = convert::assignment(&given.assignment_id, given.epoch)?;
        let articles = convert::articles(&given.article_ids)?;
        let decide =
            |draft: &mut Draft<'_>| draft.complete(&given.assignee, assignment, &given.resolution, articles);
        reply::change(&self.store, &given.id, "", decide).await
    }

    async fn settle_ticket(&self, request: Request<SettleTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let callback = id::parse(&given.callback_id, "callbackId")?;
        let outcome = convert::outcome(&given);
        let decide = |draft: &mut Draft<'_>| draft.settle(outcome, &given.comment, callback);
        reply::change(&self.store, &given.id, "", decide).await
    }

    async fn import_tickets(&self, request: Request<ImportTicketsRequest>) -> Reply<ImportTicketsResponse> {
        let batch: Result<Vec<_>, Error> =
            request.into_inner().tickets.into_iter().map(convert::past).collect();
        let (tx, results) = self.store.import(batch?, &who()?).await?;
        let results = results.into_iter().map(convert::imported).collect();
        let reply = ImportTicketsResponse { results };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

/// Tells whether the caller may open again what was closed long ago.
fn may_reopen_late() -> Result<bool, Error> {
    let caller = caller::required()?;
    Ok(caller.is_above_teams() || caller.has(Role::ComplaintManager))
}

fn who() -> Result<Who, Error> {
    let caller = caller::required()?;
    Ok(Who { subject: caller.subject, team_key: caller.teams.into_iter().next().unwrap_or_default() })
}
