//! The methods of remote sessions (C10).

use hotline_core::caller;
use hotline_core::clock::Clock;
use hotline_core::db::Db;
use hotline_core::page::Page;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id};
use hotline_proto::customers::v1::remote_session_service_server::RemoteSessionService;
use hotline_proto::customers::v1::{
    EndRemoteSessionRequest, GetRemoteSessionRequest, ListRemoteSessionsRequest, ListRemoteSessionsResponse,
    RecordRemoteChangeRequest, RecordedConsent, RemoteChange, RemoteSession as Message,
    StartRemoteSessionRequest,
};
use tonic::{Request, Response, Status};

use super::done;
use crate::domain::remote::{About, Beginning, Change, Consent, Limits, RemoteSession};
use crate::neighbours::Neighbours;
use crate::{Error, events, store};

/// The service of remote sessions.
pub(crate) struct Remote {
    db: Db,
    clock: Clock,
    neighbours: Neighbours,
    limits: Limits,
}

impl Remote {
    /// Returns the service.
    pub(crate) fn new(db: Db, clock: Clock, neighbours: Neighbours, limits: Limits) -> Self {
        Self { db, clock, neighbours, limits }
    }

    /// Finds whose device it is by the contact, the ticket, or both.
    async fn about(&self, interaction_id: &str, ticket_id: &str) -> Result<About, Error> {
        let interaction = match id::parse_optional(interaction_id, "interactionId")? {
            Some(id) => Some(store::interactions::get(self.db.reader(), id).await?),
            None => None,
        };
        if let Some(interaction) = &interaction {
            interaction.goes_on()?;
        }
        let ticket = match ticket_id {
            "" => None,
            named => Some(self.neighbours.ticket_itself(named).await?),
        };
        let of_ticket =
            ticket.as_ref().map(|ticket| id::parse(&ticket.customer_id, "ticketId")).transpose()?;
        let customer_id = match (interaction.as_ref().map(|interaction| interaction.customer_id), of_ticket) {
            (Some(one), Some(other)) if one != other => return Err(Error::TwoCustomers),
            (one, other) => one.or(other).ok_or(Error::NoDevice)?,
        };
        let said = interaction.as_ref().map(|interaction| interaction.activity.category_code.clone());
        Ok(About {
            customer_id,
            interaction_id: interaction.map(|interaction| interaction.id),
            ticket_id: ticket.as_ref().map(|ticket| id::parse(&ticket.id, "ticketId")).transpose()?,
            category_code: ticket.map(|ticket| ticket.category_code).or(said).unwrap_or_default(),
        })
    }
}

#[tonic::async_trait]
impl RemoteSessionService for Remote {
    async fn start_remote_session(
        &self,
        request: Request<StartRemoteSessionRequest>,
    ) -> Result<Response<Message>, Status> {
        let given = request.into_inner();
        let caller = caller::required()?;
        let beginning = Beginning {
            about: self.about(&given.interaction_id, &given.ticket_id).await?,
            agent: caller.subject,
            team_key: caller.teams.into_iter().next().unwrap_or_default(),
            purpose: given.purpose,
            tool: given.tool,
            consent: given.customer_consent.map(consent),
        };
        let session = RemoteSession::start(id::new(), beginning, self.clock.now(), self.limits)?;
        let tx = self.db.begin().await?;
        store::remote::insert(&tx, &session);
        events::started(&tx, &session)?;
        done(tx, session.into()).await
    }

    async fn record_remote_change(
        &self,
        request: Request<RecordRemoteChangeRequest>,
    ) -> Result<Response<Message>, Status> {
        let given = request.into_inner();
        let (id, now) = (id::parse(&given.id, "id")?, self.clock.now());
        let by = caller::required()?.subject;
        let tx = self.db.begin().await?;
        let session = store::remote::locked(&tx, id).await?;
        etag::check(&given.etag, session.version)?;
        let change = |consent| Change {
            at: now,
            by,
            scope: given.scope,
            effect: given.effect,
            what: given.what,
            consent,
        };
        let session = session.change(change, given.customer_consent.map(consent), now, self.limits)?;
        store::remote::update(&tx, &session);
        events::changed(&tx, &session)?;
        done(tx, session.into()).await
    }

    async fn end_remote_session(
        &self,
        request: Request<EndRemoteSessionRequest>,
    ) -> Result<Response<Message>, Status> {
        let given = request.into_inner();
        let id = id::parse(&given.id, "id")?;
        let by = caller::required()?.subject;
        let tx = self.db.begin().await?;
        let session = store::remote::locked(&tx, id).await?;
        etag::check(&given.etag, session.version)?;
        let session = session.end(given.result, by, self.clock.now())?;
        store::remote::update(&tx, &session);
        events::ended(&tx, &session)?;
        done(tx, session.into()).await
    }

    async fn get_remote_session(
        &self,
        request: Request<GetRemoteSessionRequest>,
    ) -> Result<Response<Message>, Status> {
        let id = id::parse(&request.get_ref().id, "id")?;
        Ok(Response::new(store::remote::get(self.db.reader(), id).await?.into()))
    }

    async fn list_remote_sessions(
        &self,
        request: Request<ListRemoteSessionsRequest>,
    ) -> Result<Response<ListRemoteSessionsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::of(&request)?;
        let of = store::remote::Of {
            customer_id: id::parse_optional(&request.customer_id, "customerId")?,
            ticket_id: self.neighbours.ticket_id(&request.ticket_id).await?,
            interaction_id: id::parse_optional(&request.interaction_id, "interactionId")?,
        };
        let (sessions, next_page_token) = store::remote::list(self.db.reader(), &page, of).await?;
        let sessions = sessions.into_iter().map(Into::into).collect();
        Ok(Response::new(ListRemoteSessionsResponse { sessions, next_page_token }))
    }
}

fn consent(given: RecordedConsent) -> Consent {
    let at = from_proto(given.at.as_ref()).unwrap_or_default();
    Consent { by: given.by, at, channel: given.channel }
}

fn recorded(consent: Consent) -> RecordedConsent {
    RecordedConsent { channel: consent.channel().into(), at: Some(to_proto(consent.at)), by: consent.by }
}

impl From<Change> for RemoteChange {
    fn from(change: Change) -> Self {
        Self {
            at: Some(to_proto(change.at)),
            by: change.by,
            scope: change.scope,
            effect: change.effect,
            what: change.what,
            customer_consent: Some(recorded(change.consent)),
        }
    }
}

impl From<RemoteSession> for Message {
    fn from(session: RemoteSession) -> Self {
        let ended_at = session.ending.as_ref().map(|ending| ending.at);
        let expired = session.ending.as_ref().is_some_and(|ending| ending.expired);
        let (ended_by, result) = session.ending.map(|ending| (ending.by, ending.result)).unwrap_or_default();
        Self {
            id: session.id.to_string(),
            customer_id: session.about.customer_id.to_string(),
            interaction_id: id::text(session.about.interaction_id),
            ticket_id: id::text(session.about.ticket_id),
            agent: session.agent,
            team_key: session.team_key,
            purpose: session.purpose,
            tool: session.tool,
            customer_consent: Some(recorded(session.consent)),
            started_at: Some(to_proto(session.started_at)),
            ends_by: Some(to_proto(session.ends_by)),
            ended_at: to_proto_optional(ended_at),
            ended_by,
            result,
            expired,
            changes: session.changes.into_iter().map(Into::into).collect(),
            etag: etag::of(session.version),
        }
    }
}
