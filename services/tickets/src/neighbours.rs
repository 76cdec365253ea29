//! What a ticket names and other services keep: customers and teams.

use hotline_core::error::Error as Core;
use hotline_core::upstream::{Upstreams, Way};
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{Customer, GetCustomerRequest};
use hotline_proto::dispatch::v1::dispatch_service_client::DispatchServiceClient;
use hotline_proto::dispatch::v1::{GetTeamRequest, Team};
use tonic::{Code, Response, Status};
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
}

fn found<T>(answer: Result<Response<T>, Status>, unknown: Core) -> Result<T, Error> {
    match answer {
        Ok(answer) => Ok(answer.into_inner()),
        Err(status) if status.code() == Code::NotFound => Err(unknown.into()),
        Err(status) => Err(Core::Upstream(status).into()),
    }
}
