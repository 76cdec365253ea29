//! Tickets judged, investigated, merged, linked and talked about: between the contract and the domain.

use hotline_core::error::Error as Core;
use hotline_core::{caller, id};
use hotline_proto::common::v1::{Channel, TicketState};
use hotline_proto::tickets::v1::matter_service_server::MatterService;
use hotline_proto::tickets::v1::{
    Comment as CommentMessage, ConcludeTicketRequest, CountTicketsRequest, CountTicketsResponse,
    CreateCommentRequest, FeedBackTicketRequest, GetLifecycleRequest, InvestigateTicketRequest,
    JudgeTicketRequest, Lifecycle, LinkTicketRequest, ListCommentsRequest, ListCommentsResponse,
    ListLinksRequest, ListLinksResponse, MergeTicketRequest, StateCount, TagTicketRequest, Ticket as Message,
    UnlinkTicketRequest, UnmergeTicketRequest, UnwatchTicketRequest, Validity, WatchTicketRequest,
};
use tonic::{Request, Response};

use crate::agreeing::{Agreed, Statements};
use crate::articles::masker_of;
use crate::domain::comment::{Comment, Visibility};
use crate::domain::draft::Draft;
use crate::domain::number::Reference;
use crate::grpc::{Reply, reply, who};
use crate::neighbours::Neighbours;
use crate::store::{Store, append_comment};

mod lifecycle;
mod reading;
pub(super) mod told;

/// The service of what a kind of trouble asks for besides.
pub(crate) struct Matters {
    store: Store,
    neighbours: Neighbours,
    statements: Statements,
}

impl Matters {
    /// Returns the service on a store, among the services that keep what tickets name.
    pub(crate) fn new(store: Store, neighbours: Neighbours, statements: Statements) -> Self {
        Self { store, neighbours, statements }
    }

    /// Judges that a request is not valid: with the statement that is named, or with one that is to be agreed on.
    async fn judge_invalid(&self, given: &JudgeTicketRequest) -> Reply<Message> {
        let which = Reference::parse(&given.id)?;
        let ticket = self.store.get(&which).await?;
        reading::may_be_judged(&ticket)?;
        let agreed = match id::parse_optional(&given.statement_article_id, "statementArticleId")? {
            Some(named) => self.statements.named(named).await?,
            None => {
                let key = format!("tickets:{}:{}:statement", ticket.id, ticket.version);
                let rules = self.store.rules();
                let masker = masker_of(&ticket, &rules, &self.neighbours).await?;
                let draft = reading::statement_to_agree_on(&ticket, &given.note, &masker);
                Agreed::Awaited(self.neighbours.draft_article(draft, &key).await?)
            }
        };
        let decide = |draft: &mut Draft<'_>| match &agreed {
            Agreed::Approved(statement) => draft.explain(statement, &given.note),
            Agreed::Awaited(article) => draft.analyse(*article, &given.note),
        };
        let (tx, ticket) = self.store.change(&which, &given.etag, who()?, decide).await?;
        if let Agreed::Awaited(article) = agreed {
            self.store.await_statement(&tx, article, ticket.id);
        }
        reply::answer(&self.store, tx, &ticket).await
    }
}

#[tonic::async_trait]
impl MatterService for Matters {
    async fn get_lifecycle(&self, _: Request<GetLifecycleRequest>) -> Reply<Lifecycle> {
        Ok(Response::new(lifecycle::table()))
    }

    async fn judge_ticket(&self, request: Request<JudgeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        match given.validity() {
            Validity::Invalid => self.judge_invalid(&given).await,
            Validity::OutOfScope => {
                let decide = |draft: &mut Draft<'_>| draft.guide(&given.guidance, &given.note);
                reply::change(&self.store, &given.id, &given.etag, decide).await
            }
            Validity::Valid | Validity::Unspecified => {
                let decide = |draft: &mut Draft<'_>| draft.judge_valid(&given.note);
                reply::change(&self.store, &given.id, &given.etag, decide).await
            }
        }
    }

    async fn investigate_ticket(&self, request: Request<InvestigateTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let party = reading::party(given.party.unwrap_or_default());
        let decide = |draft: &mut Draft<'_>| draft.investigate(party, &given.note);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn conclude_ticket(&self, request: Request<ConcludeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let verdict = reading::verdict(given.verdict());
        let decide = |draft: &mut Draft<'_>| draft.conclude(verdict, &given.finding, &given.measures);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn feed_back_ticket(&self, request: Request<FeedBackTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.feed_back(&given.note, given.channel(), given.accepted);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn merge_ticket(&self, request: Request<MergeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (duplicate, into) = (Reference::parse(&given.id)?, Reference::parse(&given.into)?);
        let merged = self.store.merge(&duplicate, &into, &given.etag, who()?, &given.reason);
        let (tx, ticket) = merged.await?;
        reply::answer(&self.store, tx, &ticket).await
    }

    async fn unmerge_ticket(&self, request: Request<UnmergeTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let duplicate = Reference::parse(&given.id)?;
        let (tx, ticket) = self.store.unmerge(&duplicate, &given.etag, who()?, &given.reason).await?;
        reply::answer(&self.store, tx, &ticket).await
    }

    async fn link_ticket(&self, request: Request<LinkTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (one, other) = (Reference::parse(&given.id)?, Reference::parse(&given.other_id)?);
        let link = (reading::link(given.kind()), false);
        let (tx, ticket) = self.store.link(&one, link, &other, &given.etag, who()?, &given.note).await?;
        reply::answer(&self.store, tx, &ticket).await
    }

    async fn unlink_ticket(&self, request: Request<UnlinkTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (one, other) = (Reference::parse(&given.id)?, Reference::parse(&given.other_id)?);
        let link = (reading::link(given.kind()), true);
        let (tx, ticket) = self.store.link(&one, link, &other, &given.etag, who()?, &given.note).await?;
        reply::answer(&self.store, tx, &ticket).await
    }

    async fn list_links(&self, request: Request<ListLinksRequest>) -> Reply<ListLinksResponse> {
        let ticket = self.store.get(&Reference::parse(&request.get_ref().id)?).await?;
        let links = self.store.links(&ticket).await?;
        let links = links.iter().map(|(relation, other)| told::link(*relation, other)).collect();
        Ok(Response::new(ListLinksResponse { links, outage_id: id::text(ticket.outage_id) }))
    }

    async fn tag_ticket(&self, request: Request<TagTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide = |draft: &mut Draft<'_>| draft.tag(&given.add, &given.remove);
        reply::change(&self.store, &given.id, &given.etag, decide).await
    }

    async fn watch_ticket(&self, request: Request<WatchTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let subject = named_or_caller(&given.subject)?;
        reply::change(&self.store, &given.id, &given.etag, |draft: &mut Draft<'_>| draft.watch(&subject))
            .await
    }

    async fn unwatch_ticket(&self, request: Request<UnwatchTicketRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let subject = named_or_caller(&given.subject)?;
        reply::change(&self.store, &given.id, &given.etag, |draft: &mut Draft<'_>| draft.unwatch(&subject))
            .await
    }

    async fn create_comment(&self, request: Request<CreateCommentRequest>) -> Reply<CommentMessage> {
        let given = request.into_inner();
        let said_of = self.store.get(&Reference::parse(&given.ticket_id)?).await?;
        let channel = given.customer_channel();
        let from_customer = channel != Channel::Unspecified;
        let mut comment = Comment {
            id: id::new(),
            ticket_id: said_of.id,
            via_id: None,
            author: who()?.subject,
            visibility: if from_customer {
                Visibility::Public
            } else {
                reading::visibility(given.visibility())
            },
            customer_channel: from_customer.then_some(channel),
            text: given.text,
            created_at: self.store.clock.now(),
        };
        let decide = |draft: &mut Draft<'_>| {
            let landed = draft.ticket.id;
            comment.via_id = (landed != said_of.id).then_some(said_of.id);
            (comment.ticket_id, comment.created_at) = (landed, draft.at);
            draft.comment(&comment, given.unsatisfied && from_customer)
        };
        let (tx, _) = self.store.change_survivor(&Reference::Id(said_of.id), who()?, decide).await?;
        append_comment(&tx, &comment);
        let reply = told::comment(&comment);
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_comments(&self, request: Request<ListCommentsRequest>) -> Reply<ListCommentsResponse> {
        let ticket = self.store.get(&Reference::parse(&request.get_ref().ticket_id)?).await?;
        let (comments, next_page_token) = self.store.comments(ticket.id, request.get_ref()).await?;
        let comments = comments.iter().map(told::comment).collect();
        Ok(Response::new(ListCommentsResponse { comments, next_page_token }))
    }

    async fn count_tickets(&self, request: Request<CountTicketsRequest>) -> Reply<CountTicketsResponse> {
        let found = self.store.count_by_state(request.get_ref()).await?;
        let of = |state: TicketState| {
            found.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count)
        };
        let counts = crate::domain::lifecycle::STATES
            .map(|state| StateCount { state: state as i32, count: of(state) });
        let total = counts.iter().map(|count| count.count).sum();
        Ok(Response::new(CountTicketsResponse { counts: counts.to_vec(), total }))
    }
}

fn named_or_caller(subject: &str) -> Result<String, Core> {
    if subject.is_empty() { Ok(caller::required()?.subject) } else { Ok(subject.to_owned()) }
}
