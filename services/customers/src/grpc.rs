//! The service's methods: each reads its request, makes one step, and answers.

use hotline_core::caller;
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::page::Page;
use hotline_core::{etag, id, mask, outbox};
use hotline_proto::customers::v1::customer_service_server::CustomerService;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, CreateCustomerRequest, Customer,
    EndInteractionRequest, GetCustomerRequest, GetInteractionRequest, ImportCustomersRequest,
    ImportCustomersResponse, Interaction, ListCustomersRequest, ListCustomersResponse,
    ListInteractionsRequest, ListInteractionsResponse, StartInteractionRequest, UpdateCustomerRequest,
};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::{self, NumberPlan, Profile};
use crate::neighbours::Neighbours;
use crate::{Error, store};

mod messages;

/// What `updateMask` may name.
const CHANGEABLE: &[&str] =
    &["name", "title", "phones", "emails", "project", "room", "segment", "contract_status", "notes"];

/// The methods of the service.
pub(crate) struct Customers {
    db: Db,
    clock: Clock,
    numbers: NumberPlan,
    neighbours: Neighbours,
}

impl Customers {
    pub(crate) fn new(db: Db, clock: Clock, numbers: NumberPlan, neighbours: Neighbours) -> Self {
        Self { db, clock, numbers, neighbours }
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
        let agent = caller::required()?.subject;
        let request = request.into_inner();
        let phone = self.number(&request.phone, "phone")?;
        let customer_id = id::parse_optional(&request.customer_id, "customerId")?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let customer_id = match (customer_id, &phone) {
            (Some(id), _) => {
                store::customers::check(&tx, id).await?;
                id
            }
            (None, Some(phone)) => {
                let first = domain::Customer::new(id::new(), Profile::caller(phone), now);
                store::customers::of_number(&tx, phone, &first).await?
            }
            (None, None) => return Err(Error::Nobody.into()),
        };
        let interaction = domain::Interaction {
            id: id::new(),
            customer_id,
            channel: request.channel(),
            direction: request.direction(),
            phone: phone.unwrap_or_default(),
            agent,
            started_at: now,
            ended_at: None,
            activity: domain::Activity::default(),
            version: 1,
        };
        store::interactions::insert(&tx, &interaction);
        done(tx, interaction.into()).await
    }

    async fn end_interaction(
        &self,
        request: Request<EndInteractionRequest>,
    ) -> Result<Response<Interaction>, Status> {
        let request = request.into_inner();
        let id = id::parse(&request.id, "id")?;
        self.neighbours.category(&request.category_code).await?;
        let ticket_id = self.neighbours.ticket(&request.ticket_id).await?;
        let outage_id = self.neighbours.outage(&request.outage_id).await?;
        let activity = domain::Activity { outage_id, ..messages::activity(request, ticket_id) };
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let (interaction, project) = store::interactions::lock_to_end(&tx, id).await?;
        let interaction = interaction.end(activity, now)?;
        store::interactions::update(&tx, &interaction);
        outbox::put(&tx, id, now, &interaction.ended_event(&project))?;
        done(tx, interaction.into()).await
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
            store::interactions::list(self.db.reader(), &page, customer_id).await?;
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
