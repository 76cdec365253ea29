//! The service's methods: each reads its request, makes one step, and answers.

use std::time::Duration;

use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as CoreError;
use hotline_core::page::Page;
use hotline_core::{id, idempotency};
use hotline_proto::callbacks::v1::callback_service_server::CallbackService;
use hotline_proto::callbacks::v1::{
    Callback, ClaimCallbacksRequest, ClaimCallbacksResponse, CreateCallbackRequest, EndCallbackRequest,
    GetCallbackRequest, HeartbeatCallbackRequest, ListCallbacksRequest, ListCallbacksResponse,
    RecordAttemptRequest,
};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain;
use crate::store::{attempts, callbacks};
use crate::work::{Holder, Work};

mod messages;

/// The methods of the service.
pub(crate) struct Callbacks(Work);

impl Callbacks {
    pub(crate) fn new(work: Work) -> Self {
        Self(work)
    }

    /// Answers with a callback that was just changed, and its tries.
    async fn done(
        &self,
        tx: Tx,
        callback: domain::Callback,
        viewer: &str,
    ) -> Result<Response<Callback>, Status> {
        let tries = attempts::of(&*tx, callback.id).await?;
        commit(tx, messages::callback(callback, tries, viewer)).await
    }
}

async fn commit<M: Message>(tx: Tx, reply: M) -> Result<Response<M>, Status> {
    tx.commit_reply(&reply).await?;
    Ok(Response::new(reply))
}

/// Returns how long a lease runs, 60 s where nothing is said.
fn lease(said: Option<&prost_types::Duration>) -> Duration {
    hotline_core::time::delta(said).and_then(|lease| lease.to_std().ok()).unwrap_or(Duration::from_secs(60))
}

fn holder(id: &str, token: String) -> Result<Holder, CoreError> {
    Ok(Holder { id: id::parse(id, "id")?, subject: caller::required()?.subject, token })
}

#[tonic::async_trait]
impl CallbackService for Callbacks {
    async fn create_callback(
        &self,
        request: Request<CreateCallbackRequest>,
    ) -> Result<Response<Callback>, Status> {
        let viewer = caller::required()?.subject;
        let (tx, callback) = self.0.create(request.into_inner()).await?;
        self.done(tx, callback, &viewer).await
    }

    async fn list_callbacks(
        &self,
        request: Request<ListCallbacksRequest>,
    ) -> Result<Response<ListCallbacksResponse>, Status> {
        let viewer = caller::required()?.subject;
        let request = request.into_inner();
        let page = Page::of(&request)?;
        let filter = callbacks::Filter {
            customer_id: id::parse_optional(&request.customer_id, "customerId")?,
            ticket_id: self.0.ticket_names.id(&request.ticket_id).await?,
            states: request.state().collect(),
        };
        let (found, next_page_token) = callbacks::list(self.0.db.reader(), &page, &filter).await?;
        let ids: Vec<_> = found.iter().map(|callback| callback.id).collect();
        let tries = attempts::of_all(self.0.db.reader(), &ids).await?;
        let callbacks = messages::callbacks(found, tries, &viewer);
        Ok(Response::new(ListCallbacksResponse { callbacks, next_page_token }))
    }

    async fn get_callback(&self, request: Request<GetCallbackRequest>) -> Result<Response<Callback>, Status> {
        let viewer = caller::required()?.subject;
        let id = id::parse(&request.get_ref().id, "id")?;
        let callback = callbacks::get(self.0.db.reader(), id).await?;
        let tries = attempts::of(self.0.db.reader(), id).await?;
        Ok(Response::new(messages::callback(callback, tries, &viewer)))
    }

    async fn claim_callbacks(
        &self,
        request: Request<ClaimCallbacksRequest>,
    ) -> Result<Response<ClaimCallbacksResponse>, Status> {
        let claim = messages::claim(request.get_ref(), caller::required()?.subject);
        let Some((tx, granted)) = self.0.claim(&claim).await? else {
            idempotency::nothing_to_store();
            return Ok(Response::new(ClaimCallbacksResponse::default()));
        };
        let ids: Vec<_> = granted.iter().map(|callback| callback.id).collect();
        let replied = async {
            let tries = attempts::of_all(&*tx, &ids).await?;
            let callbacks = messages::callbacks(granted, tries, &claim.subject);
            commit(tx, ClaimCallbacksResponse { callbacks }).await
        };
        let replied: Result<_, Status> = replied.await;
        if replied.is_err() {
            self.0.not_granted(&ids).await;
        }
        replied
    }

    async fn heartbeat_callback(
        &self,
        request: Request<HeartbeatCallbackRequest>,
    ) -> Result<Response<Callback>, Status> {
        let request = request.into_inner();
        let holder = holder(&request.id, request.lease_token)?;
        let (tx, callback) = self.0.heartbeat(&holder, lease(request.lease.as_ref())).await?;
        self.done(tx, callback, &holder.subject).await
    }

    async fn record_attempt(
        &self,
        request: Request<RecordAttemptRequest>,
    ) -> Result<Response<Callback>, Status> {
        let request = request.into_inner();
        let holder = holder(&request.id, request.lease_token.clone())?;
        let report = messages::report(request);
        let (tx, callback, tries) = self.0.record(&holder, &report).await?;
        commit(tx, messages::callback(callback, tries, &holder.subject)).await
    }

    async fn end_callback(&self, request: Request<EndCallbackRequest>) -> Result<Response<Callback>, Status> {
        let viewer = caller::required()?.subject;
        let id = id::parse(&request.get_ref().id, "id")?;
        let (tx, callback) = self.0.end(id, &request.get_ref().reason).await?;
        self.done(tx, callback, &viewer).await
    }
}
