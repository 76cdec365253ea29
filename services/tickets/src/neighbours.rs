//! What a ticket names and other services keep: customers and teams.

use hotline_core::error::Error as Core;
use hotline_core::idempotency;
use hotline_core::upstream::{Upstreams, Way};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{Customer, EndInteractionRequest, GetCustomerRequest, Interaction};
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{GetTeamRequest, Team};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::error::Error;

/// The services that keep them. Cheap to clone; never asked while a transaction is open.
#[derive(Clone)]
pub(crate) struct Neighbours {
    customers: CustomerServiceClient<Way>,
    dispatch: DispatchServiceClient<Way>,
}

impl Neighbours {
    /// Makes the ways to the services.
    pub(crate) fn new(upstreams: &Upstreams) -> Self {
        Self {
            customers: CustomerServiceClient::new(upstreams.way("customers")),
            dispatch: DispatchServiceClient::new(upstreams.way("dispatch")),
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
}

fn found<T>(answer: Result<Response<T>, Status>, unknown: Core) -> Result<T, Error> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.code() == Code::NotFound => Err(unknown.into()),
        Err(status) => Err(Core::Upstream(status).into()),
    }
}
