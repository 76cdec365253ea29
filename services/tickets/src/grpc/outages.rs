//! The methods of outage notices.

use hotline_core::db::Tx;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_core::time::from_proto;
use hotline_proto::tickets::v1::outage_service_server::OutageService;
use hotline_proto::tickets::v1::{
    AcknowledgeOutageRequest, AddOutageUpdateRequest, CreateOutageRequest, GetOutageRequest,
    LinkOutageRequest, ListOutageReadersRequest, ListOutageReadersResponse, ListOutageToldRequest,
    ListOutageToldResponse, ListOutageUpdatesRequest, ListOutageUpdatesResponse, ListOutagesRequest,
    ListOutagesResponse, Outage as Message, PublishOutageRequest, RecoverOutageRequest, TellOutageRequest,
    Ticket, UpdateOutageRequest, WithdrawOutageRequest,
};
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Reply, who};
use crate::domain::number::Reference;
use crate::domain::outage::moves::Move;
use crate::domain::outage::recovery::Order;
use crate::domain::outage::{News, Outage};
use crate::error::Error;
use crate::events::outages as tell;
use crate::neighbours::Neighbours;
use crate::store::{Counts, Reader, Store, counts_of};

mod convert;
mod telling;

/// The service of outage notices.
pub(crate) struct Outages {
    store: Store,
    neighbours: Neighbours,
}

impl Outages {
    /// Returns the service on a store, beside the service that keeps contacts.
    pub(crate) fn new(store: Store, neighbours: Neighbours) -> Self {
        Self { store, neighbours }
    }

    /// Ends a command with the notice as it stands after it.
    async fn done(&self, tx: Tx, outage: &Outage) -> Reply<Message> {
        let counts = counts_of(&*tx, &[outage.id]).await?;
        let reply = convert::message(outage, counts.get(&outage.id).copied().unwrap_or_default());
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    /// Returns the notice as it stands.
    async fn read(&self, id: Uuid) -> Result<Message, Error> {
        let outage = self.store.outage(id).await?;
        let counts = counts_of(self.store.db.reader(), &[id]).await?;
        Ok(convert::message(&outage, counts.get(&id).copied().unwrap_or_default()))
    }
}

#[tonic::async_trait]
impl OutageService for Outages {
    async fn create_outage(&self, request: Request<CreateOutageRequest>) -> Reply<Message> {
        let (given, now) = (request.into_inner(), self.store.clock.now());
        let begins_at = from_proto(given.begins_at.as_ref());
        let catalogue = self.store.catalogue().await?;
        let notice = convert::notice(given);
        let outage = Outage::publish(id::new(), notice, begins_at, &catalogue, now, who()?.subject)?;
        let tx = self.store.publish(&outage).await?;
        tell::published(&tx, &outage)?;
        let reply = convert::message(&outage, Counts::default());
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_outages(&self, request: Request<ListOutagesRequest>) -> Reply<ListOutagesResponse> {
        let (outages, next_page_token) = self.store.outages(request.get_ref()).await?;
        let ids: Vec<Uuid> = outages.iter().map(|outage| outage.id).collect();
        let counts = counts_of(self.store.db.reader(), &ids).await?;
        let message =
            |outage: &Outage| convert::message(outage, counts.get(&outage.id).copied().unwrap_or_default());
        let outages = outages.iter().map(message).collect();
        Ok(Response::new(ListOutagesResponse { outages, next_page_token }))
    }

    async fn get_outage(&self, request: Request<GetOutageRequest>) -> Reply<Message> {
        Ok(Response::new(self.read(id::parse(&request.get_ref().id, "id")?).await?))
    }

    async fn update_outage(&self, request: Request<UpdateOutageRequest>) -> Reply<Message> {
        let UpdateOutageRequest { outage: patch, update_mask, etag } = request.into_inner();
        let patch = patch.unwrap_or_default();
        let which = id::parse(&patch.id, "id")?;
        let etag = if etag.is_empty() { &patch.etag } else { &etag };
        let (catalogue, now) = (self.store.catalogue().await?, self.store.clock.now());
        let decide = |outage: &mut Outage| {
            let notice = convert::edited(&outage.notice, &patch, update_mask.as_ref())?;
            outage.correct(notice, &catalogue, now)
        };
        let (tx, outage) = self.store.change_outage(which, etag, decide).await?;
        tell::updated(&tx, &outage, "")?;
        self.done(tx, &outage).await
    }

    async fn publish_outage(&self, request: Request<PublishOutageRequest>) -> Reply<Message> {
        let (given, now, by) = (request.into_inner(), self.store.clock.now(), who()?.subject);
        let decide = |outage: &mut Outage| outage.confirm(now, by);
        let which = id::parse(&given.id, "id")?;
        let (tx, outage) = self.store.change_outage(which, &given.etag, decide).await?;
        tell::published(&tx, &outage)?;
        self.done(tx, &outage).await
    }

    async fn withdraw_outage(&self, request: Request<WithdrawOutageRequest>) -> Reply<Message> {
        let (given, now) = (request.into_inner(), self.store.clock.now());
        let decide = |outage: &mut Outage| outage.withdraw(&given.reason, now);
        let which = id::parse(&given.id, "id")?;
        let (tx, outage) = self.store.change_outage(which, &given.etag, decide).await?;
        tell::withdrawn(&tx, &outage)?;
        self.done(tx, &outage).await
    }

    async fn add_outage_update(&self, request: Request<AddOutageUpdateRequest>) -> Reply<Message> {
        let (given, now, by) = (request.into_inner(), self.store.clock.now(), who()?.subject);
        let expected_recovery_at = from_proto(given.expected_recovery_at.as_ref());
        let news = News { text: given.text, progress: given.progress, expected_recovery_at };
        let (tx, before) = self.store.begin_outage(id::parse(&given.id, "id")?, "").await?;
        let mut outage = before.clone();
        let update = outage.update(id::new(), news, now, by)?;
        self.store.write_outage(&tx, &before, &outage).await?;
        self.store.add_update(&tx, outage.id, &update);
        tell::updated(&tx, &outage, &update.text)?;
        self.done(tx, &outage).await
    }

    async fn list_outage_updates(
        &self,
        request: Request<ListOutageUpdatesRequest>,
    ) -> Reply<ListOutageUpdatesResponse> {
        let page = Page::of(request.get_ref())?;
        let outage = self.store.outage(id::parse(&request.get_ref().id, "id")?).await?;
        let (updates, next_page_token) = self.store.updates(outage.id, &page).await?;
        let updates = updates.into_iter().map(convert::update).collect();
        Ok(Response::new(ListOutageUpdatesResponse { updates, next_page_token }))
    }

    async fn tell_outage(&self, request: Request<TellOutageRequest>) -> Reply<Message> {
        self.tell(request.into_inner()).await
    }

    async fn list_outage_told(
        &self,
        request: Request<ListOutageToldRequest>,
    ) -> Reply<ListOutageToldResponse> {
        let page = Page::of(request.get_ref())?;
        let outage = self.store.outage(id::parse(&request.get_ref().id, "id")?).await?;
        let (contacts, next_page_token) = self.store.contacts(outage.id, &page).await?;
        let contacts = contacts.into_iter().map(convert::contact).collect();
        Ok(Response::new(ListOutageToldResponse { contacts, next_page_token }))
    }

    async fn acknowledge_outage(&self, request: Request<AcknowledgeOutageRequest>) -> Reply<Message> {
        let (now, who) = (self.store.clock.now(), who()?);
        let (tx, outage) = self.store.begin_outage(id::parse(&request.get_ref().id, "id")?, "").await?;
        outage.must(Move::Acknowledge)?;
        let reader = Reader {
            id: id::new(),
            outage_id: outage.id,
            subject: who.subject,
            team_key: who.team_key,
            at: now,
            updates: outage.updates,
        };
        self.store.add_reader(&tx, reader).await?;
        self.done(tx, &outage).await
    }

    async fn list_outage_readers(
        &self,
        request: Request<ListOutageReadersRequest>,
    ) -> Reply<ListOutageReadersResponse> {
        let page = Page::of(request.get_ref())?;
        let outage = self.store.outage(id::parse(&request.get_ref().id, "id")?).await?;
        let (readers, next_page_token) = self.store.readers(outage.id, &page).await?;
        let readers = readers.into_iter().map(convert::reader).collect();
        Ok(Response::new(ListOutageReadersResponse { readers, next_page_token }))
    }

    async fn recover_outage(&self, request: Request<RecoverOutageRequest>) -> Reply<Message> {
        let (given, now, who) = (request.into_inner(), self.store.clock.now(), who()?);
        let order = Order {
            since: from_proto(given.recovered_at.as_ref()).unwrap_or(now),
            follow_up: given.follow_up(),
            resolution: given.resolution,
            by: who.subject,
            team_key: who.team_key,
        };
        let (tx, before) = self.store.begin_outage(id::parse(&given.id, "id")?, &given.etag).await?;
        let mut outage = before.clone();
        let open = self.store.open_of(&tx, outage.id).await?;
        outage.recover(order, open, now)?;
        self.store.write_outage(&tx, &before, &outage).await?;
        tell::recovered(&tx, &outage)?;
        self.done(tx, &outage).await
    }

    async fn link_outage(&self, request: Request<LinkOutageRequest>) -> Reply<Ticket> {
        let given = request.into_inner();
        let which = Reference::parse(&given.id)?;
        let outage = id::parse_optional(&given.outage_id, "outageId")?;
        let linked = self.store.link_outage(&which, &given.etag, who()?, outage, &given.note);
        let (tx, ticket) = linked.await?;
        super::reply::answer(&self.store, tx, &ticket).await
    }
}
