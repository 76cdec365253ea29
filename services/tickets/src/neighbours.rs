//! What a ticket names and other services keep: customers, teams, knowledge.

use hotline_core::error::Error as Core;
use hotline_core::upstream::{Upstreams, Way};
use hotline_core::{id, idempotency};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{Customer, GetCustomerRequest};
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{GetTeamRequest, Team};
use hotline_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use hotline_proto::knowledge::v1::{Article, CreateArticleRequest};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;

/// The services that keep them. Cheap to clone; never asked while a transaction is open.
#[derive(Clone)]
pub(crate) struct Neighbours {
    customers: CustomerServiceClient<Way>,
    dispatch: DispatchServiceClient<Way>,
    knowledge: KnowledgeServiceClient<Way>,
}

impl Neighbours {
    /// Makes the ways to the services.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self {
            customers: CustomerServiceClient::new(upstreams.way("customers")),
            dispatch: DispatchServiceClient::new(upstreams.way("dispatch")),
            knowledge: KnowledgeServiceClient::new(upstreams.way("knowledge")),
        }
    }

    /// Returns the customer that a request names in `customerId`.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none; else what the customer service answers.
    pub(crate) async fn customer(&self, id: Uuid) -> Result<Customer, Error> {
        let request = GetCustomerRequest { id: id.to_string() };
        let answer = self.customers.clone().get_customer(request).await;
        found(answer, Core::Field { field: "customerId", en: "names no customer", zh: "没有这位客户" })
    }

    /// Returns the team that a request names, by key or id, in `teamKey`.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none; else what dispatch answers.
    pub(crate) async fn team(&self, key: &str) -> Result<Team, Error> {
        let answer = self.dispatch.clone().get_team(GetTeamRequest { id: key.to_owned() }).await;
        found(answer, Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" })
    }

    /// Drafts an article in the knowledge base, once however often it is asked for under one key.
    ///
    /// # Errors
    /// What the knowledge service answers.
    pub(crate) async fn draft_article(&self, article: Article, key: &str) -> Result<Uuid, Error> {
        let mut request = Request::new(CreateArticleRequest { article: Some(article) });
        let key = MetadataValue::try_from(key).map_err(|_| Core::IdempotencyKey)?;
        request.metadata_mut().insert(idempotency::HEADER, key);
        let answer = self.knowledge.clone().create_article(request).await.map_err(Core::Upstream)?;
        Ok(id::parse(&answer.into_inner().id, "id")?)
    }
}

fn found<T>(answer: Result<Response<T>, Status>, unknown: Core) -> Result<T, Error> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.code() == Code::NotFound => Err(unknown.into()),
        Err(status) => Err(Core::Upstream(status).into()),
    }
}
