//! The service's methods: each reads its request, makes one step, and answers.

use chrono::TimeDelta;
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::page::Page;
use hotline_core::{etag, id, mask};
use hotline_proto::customers::v1::customer_service_server::CustomerService;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, ClassifyInteractionRequest,
    ContinueInteractionRequest, CreateCustomerRequest, Customer, EndInteractionRequest, GetCustomerRequest,
    GetInteractionRequest, HandOverInteractionRequest, ImportCustomersRequest, ImportCustomersResponse,
    Interaction, ListCustomersRequest, ListCustomersResponse, ListInteractionsRequest,
    ListInteractionsResponse, StartInteractionRequest, UpdateCustomerRequest,
};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::{self, NumberPlan};
use crate::neighbours::Neighbours;
use crate::{Error, store};

mod calls;
mod messages;
mod remote;

pub(crate) use remote::Remote;

/// What `updateMask` may name.
const CHANGEABLE: &[&str] =
    &["name", "title", "phones", "emails", "project", "room", "segment", "contract_status", "notes"];

/// The methods of the service.
pub(crate) struct Customers {
    db: Db,
    clock: Clock,
    numbers: NumberPlan,
    neighbours: Neighbours,
    /// How long a call may last (C9).
    call_limit: TimeDelta,
}

impl Customers {
    pub(crate) fn new(
        db: Db,
        clock: Clock,
        numbers: NumberPlan,
        neighbours: Neighbours,
        call_limit: TimeDelta,
    ) -> Self {
        Self { db, clock, numbers, neighbours, call_limit }
    }

    fn number(&self, text: &str, field: &str) -> Result<Option<String>, Error> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let number = self.numbers.read(text).ok_or_else(|| Error::Phone { field: field.into() })?;
        Ok(Some(number))
    }
}

async fn done<M: Message>(tx: Tx, reply: M) -> Result<Response<M>, Status> {
    tx.commit_reply(&reply).await?;
    Ok(Response::new(reply))
}

#[tonic::async_trait]
impl CustomerService for Customers {
    async fn create_customer(
        &self,
        request: Request<CreateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let asked = request.into_inner().customer.unwrap_or_default();
        let profile = messages::profile(&self.numbers, asked)?;
        let customer = domain::Customer::new(id::new(), profile, self.clock.now());
        let tx = self.db.begin().await?;
        store::customers::insert(&tx, &customer)?;
        done(tx, customer.into()).await
    }

    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Result<Response<ListCustomersResponse>, Status> {
        let request = request.into_inner();
        let page = Page::of(&request)?;
        let number = self.number(&request.phone, "phone")?;
        let part = request.q.trim();
        let (customers, next_page_token) =
            store::customers::list(self.db.reader(), &page, number.as_deref(), part).await?;
        Ok(Response::new(ListCustomersResponse {
            customers: customers.into_iter().map(Into::into).collect(),
            next_page_token,
        }))
    }

    async fn get_customer(&self, request: Request<GetCustomerRequest>) -> Result<Response<Customer>, Status> {
        let id = id::parse(&request.get_ref().id, "id")?;
        let customer = store::customers::get(self.db.reader(), id).await?;
        Ok(Response::new(customer.into()))
    }

    async fn batch_get_customers(
        &self,
        request: Request<BatchGetCustomersRequest>,
    ) -> Result<Response<BatchGetCustomersResponse>, Status> {
        let ids = request.get_ref().ids.iter().map(|text| id::parse(text, "ids"));
        let ids: Vec<_> = ids.collect::<Result<_, _>>()?;
        let customers = store::customers::of_ids(self.db.reader(), ids).await?;
        Ok(Response::new(BatchGetCustomersResponse {
            customers: customers.into_iter().map(Into::into).collect(),
        }))
    }

    async fn update_customer(
        &self,
        request: Request<UpdateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let request = request.into_inner();
        let patch = request.customer.unwrap_or_default();
        let id = id::parse(&patch.id, "customer.id")?;
        let tx = self.db.begin().await?;
        let customer = store::customers::locked(&tx, id).await?;
        etag::check(&request.etag, customer.version)?;
        etag::check(&patch.etag, customer.version)?;
        let current = customer.clone().into();
        let merged = mask::apply(&current, &patch, request.update_mask.as_ref(), CHANGEABLE)?;
        let profile = messages::profile(&self.numbers, merged)?;
        let customer = customer.with(profile, self.clock.now());
        store::customers::update(&tx, &customer)?;
        done(tx, customer.into()).await
    }

    async fn start_interaction(
        &self,
        request: Request<StartInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        self.start(request.into_inner()).await
    }

    async fn classify_interaction(
        &self,
        request: Request<ClassifyInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        self.classify(request.into_inner()).await
    }

    async fn continue_interaction(
        &self,
        request: Request<ContinueInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        self.go_on(request.into_inner()).await
    }

    async fn hand_over_interaction(
        &self,
        request: Request<HandOverInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        self.hand_over(request.into_inner()).await
    }

    async fn end_interaction(
        &self,
        request: Request<EndInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        self.end(request.into_inner()).await
    }

    async fn get_interaction(
        &self,
        request: Request<GetInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        let id = id::parse(&request.get_ref().id, "id")?;
        let interaction = store::interactions::get(self.db.reader(), id).await?;
        Ok(Response::new(interaction.into()))
    }

    async fn list_interactions(
        &self,
        request: Request<ListInteractionsRequest>,
    ) -> Result<Response<ListInteractionsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::of(&request)?;
        let customer_id = id::parse_optional(&request.customer_id, "customerId")?;
        let (interactions, next_page_token) =
            store::interactions::list(self.db.reader(), &page, customer_id, &request.overrun).await?;
        Ok(Response::new(ListInteractionsResponse {
            interactions: interactions.into_iter().map(Into::into).collect(),
            next_page_token,
        }))
    }

    async fn import_customers(
        &self,
        request: Request<ImportCustomersRequest>,
    ) -> Result<Response<ImportCustomersResponse>, Status> {
        let imported = request.into_inner().customers;
        let customers: Vec<_> = imported
            .into_iter()
            .map(|imported| messages::imported(&self.numbers, imported, self.clock.now()))
            .collect();
        let tx = self.db.begin().await?;
        let found = store::imports::find_or_make(&tx, &customers).await?;
        done(tx, messages::import_reply(&customers, &found)).await
    }
}
