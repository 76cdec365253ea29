//! What a ticket names and other services keep: customers, teams, knowledge.

use std::collections::BTreeSet;

use hotline_core::error::Error as Core;
use hotline_core::upstream::{Upstreams, Way};
use hotline_core::{id, idempotency};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, Customer, EndInteractionRequest, GetCustomerRequest, Interaction,
};
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{GetTeamRequest, Team};
use hotline_proto::knowledge::v1::knowledge_service_client::KnowledgeServiceClient;
use hotline_proto::knowledge::v1::{
    Article, CreateArticleRequest, GetArticleRequest, ListArticleVersionsRequest,
};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;

/// Bytes of 500 customers at most, each with every field filled.
const MANY_CUSTOMERS: usize = 16 << 20;

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

    /// Returns those of these customers that there are, at most 500 at once.
    ///
    /// # Errors
    /// What the customer service answers.
    pub(crate) async fn customers(&self, ids: &BTreeSet<Uuid>) -> Result<Vec<Customer>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = BatchGetCustomersRequest { ids: ids.iter().map(Uuid::to_string).collect() };
        let mut customers = self.customers.clone().max_decoding_message_size(MANY_CUSTOMERS);
        let answer = customers.batch_get_customers(request).await.map_err(Core::Upstream)?;
        Ok(answer.into_inner().customers)
    }

    /// Ends the contact that a request names in `interactionId`, with its activity record; once however often it is told.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none; else what the customer service answers, such as that it has ended otherwise.
    pub(crate) async fn end_interaction(&self, record: EndInteractionRequest) -> Result<Interaction, Error> {
        let key = format!("outage:{}:told:{}", record.outage_id, record.id);
        let key = MetadataValue::try_from(key).map_err(|_| Core::IdempotencyKey)?;
        let mut call = Request::new(record);
        call.metadata_mut().insert(idempotency::HEADER, key);
        let answer = self.customers.clone().end_interaction(call).await;
        found(answer, Core::Field { field: "interactionId", en: "names no contact", zh: "没有这次联络" })
    }

    /// Returns the team that a request names, by key or id, in `teamKey`.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none; else what dispatch answers.
    pub(crate) async fn team(&self, key: &str) -> Result<Team, Error> {
        let answer = self.dispatch.clone().get_team(GetTeamRequest { id: key.to_owned() }).await;
        found(answer, Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" })
    }

    /// Returns the team of a key or id, where there is one.
    ///
    /// # Errors
    /// What dispatch answers, unless there is none.
    pub(crate) async fn team_if_any(&self, key: &str) -> Result<Option<Team>, Error> {
        match self.dispatch.clone().get_team(GetTeamRequest { id: key.to_owned() }).await {
            Ok(answer) => Ok(Some(answer.into_inner())),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(Core::Upstream(status).into()),
        }
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

impl Neighbours {
    /// Returns the article that a request names in `statementArticleId`, as the caller may see it.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none; else what knowledge answers.
    pub(crate) async fn article(&self, id: Uuid) -> Result<Article, Error> {
        let request = GetArticleRequest { id: id.to_string() };
        let answer = self.knowledge.clone().get_article(request).await;
        let unknown =
            Core::Field { field: "statementArticleId", en: "names no article", zh: "没有这篇知识" };
        found(answer, unknown)
    }

    /// Returns what is published of an article, which may be an older version than the one in work; `None` while nothing is.
    ///
    /// # Errors
    /// What knowledge answers.
    pub(crate) async fn published(&self, article: &Article) -> Result<Option<Article>, Error> {
        let wanted = article.published_version;
        if wanted == 0 || wanted == article.version {
            return Ok((wanted != 0).then(|| article.clone()));
        }
        let mut request = ListArticleVersionsRequest { id: article.id.clone(), ..Default::default() };
        loop {
            let page = self.knowledge.clone().list_article_versions(request.clone()).await;
            let page = page.map_err(Core::Upstream)?.into_inner();
            let found = page.versions.into_iter().find(|version| version.version == wanted);
            if found.is_some() || page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn found<T>(answer: Result<Response<T>, Status>, unknown: Core) -> Result<T, Error> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.code() == Code::NotFound => Err(unknown.into()),
        Err(status) => Err(Core::Upstream(status).into()),
    }
}
