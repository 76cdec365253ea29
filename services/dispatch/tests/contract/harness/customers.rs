//! Customers that are known as a test says.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, ContractStatus, Customer, ListCustomersRequest,
    ListCustomersResponse,
};
use http::{Request, Response};
use http_body_util::BodyExt;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt, service_fn};

/// See the module; knows nobody at first.
#[derive(Default)]
pub(crate) struct Customers {
    known: Mutex<Vec<Customer>>,
    away: Mutex<bool>,
}

impl Customers {
    /// Knows somebody from now on.
    pub(crate) fn know(&self, id: &str, phone: &str, project: &str, contract: ContractStatus) {
        let customer = Customer {
            id: id.into(),
            phones: vec![phone.into()],
            project: project.into(),
            contract_status: contract.into(),
            ..Customer::default()
        };
        self.known.lock().expect("no test panics here").push(customer);
    }

    /// Can't be reached from now on, or can again.
    pub(crate) fn go_away(&self, away: bool) {
        *self.away.lock().expect("no test panics here") = away;
    }

    /// Returns the service as others reach it.
    pub(crate) fn stack(self: Arc<Self>) -> Upstream {
        let answer = move |request| {
            let this = self.clone();
            async move { Ok::<_, Infallible>(this.answer(request).await) }
        };
        BoxCloneSyncService::new(service_fn(answer).map_err(BoxError::from))
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if *self.away.lock().expect("no test panics here") {
            return Status::unavailable("the customers are away").into_http();
        }
        let (parts, body) = request.into_parts();
        let message = body.collect().await.expect("a whole request").to_bytes().slice(5..);
        let known = self.known.lock().expect("no test panics here").clone();
        let among =
            |fits: &dyn Fn(&Customer) -> bool| known.iter().filter(|one| fits(one)).cloned().collect();
        match parts.uri.path().rsplit('/').next() {
            Some("ListCustomers") => {
                let phone = ListCustomersRequest::decode(message).expect("decodes").phone;
                let customers = among(&|one| one.phones.contains(&phone));
                grpc_answer(&ListCustomersResponse { customers, ..ListCustomersResponse::default() })
            }
            Some("BatchGetCustomers") => {
                let ids = BatchGetCustomersRequest::decode(message).expect("decodes").ids;
                grpc_answer(&BatchGetCustomersResponse { customers: among(&|one| ids.contains(&one.id)) })
            }
            other => panic!("dispatch does not call {other:?}"),
        }
    }
}
