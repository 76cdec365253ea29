//! What stands in for the services that keep customers and teams.

use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, Customer, EndInteractionRequest, GetCustomerRequest,
    Intent, Interaction, Outcome, Segment,
};
use hotline_proto::dispatch::v1::{GetTeamRequest, Team};
use hotline_proto::knowledge::v1::{Article, CreateArticleRequest};
use prost::Message;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

/// An id that no customer has; any other is that of an ordinary customer of no project.
pub(crate) const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

/// A key account in [`PROJECT`].
pub(crate) const KEY_ACCOUNT: &str = "01900000-0000-7000-8000-000000000001";

/// The project of [`KEY_ACCOUNT`].
pub(crate) const PROJECT: &str = "翠湖苑";

/// A customer whose record can't be read now.
pub(crate) const OUT_OF_REACH: &str = "01900000-0000-7000-8000-000000000002";

/// A customer whose record can be read by itself, and not among others.
pub(crate) const LOST_LATER: &str = "01900000-0000-7000-8000-000000000004";

/// The key of the one team there is.
pub(crate) const TEAM: &str = "on-site-east";

/// The id of that team.
pub(crate) const TEAM_ID: &str = "01900000-0000-7000-8000-000000000003";

/// A contact that nobody has had.
pub(crate) const NO_CONTACT: &str = "01900000-0000-7000-8000-000000000004";

/// The customer of every contact.
pub(crate) const CALLER: &str = "01900000-0000-7000-8000-000000000005";

/// Returns the customer service.
pub(crate) fn customers() -> Upstream {
    let (one, many, contacts) = (one_customer(), many_customers(), contacts());
    BoxCloneSyncService::new(service_fn(move |call: http::Request<Body>| {
        let many = call.uri().path().ends_with("/BatchGetCustomers").then(|| many.clone());
        let ends = call.uri().path().ends_with("/EndInteraction").then(|| contacts.clone());
        many.or(ends).unwrap_or_else(|| one.clone()).oneshot(call)
    }))
}

/// None of them has a name.
fn many_customers() -> Upstream {
    answering(|BatchGetCustomersRequest { ids }| {
        if ids.iter().any(|id| id == LOST_LATER) {
            return Err(Status::unavailable("the database is away"));
        }
        let customers = ids.into_iter().map(|id| Customer { id, ..Customer::default() });
        Ok(BatchGetCustomersResponse { customers: customers.collect() })
    })
}

/// Returns what ends contacts, only as those in which an outage was told.
fn contacts() -> Upstream {
    answering(|record: EndInteractionRequest| {
        if record.id == NO_CONTACT {
            return Err(Status::not_found("no such contact"));
        }
        let told = (record.intent(), record.outcome()) == (Intent::Fault, Outcome::Answered);
        if !told || record.outage_id.is_empty() || record.summary.is_empty() || !record.ticket_id.is_empty() {
            return Err(Status::invalid_argument(format!("{record:?}")));
        }
        let (channel, customer_id) = (Channel::Phone as i32, CALLER.to_owned());
        Ok(Interaction { id: record.id, channel, customer_id, ..Interaction::default() })
    })
}

fn one_customer() -> Upstream {
    answering(|GetCustomerRequest { id }| match id.as_str() {
        NOBODY => Err(Status::not_found("no such customer")),
        OUT_OF_REACH => Err(Status::unavailable("the database is away")),
        KEY_ACCOUNT => {
            let segment = Segment::KeyAccount as i32;
            Ok(Customer { id, project: PROJECT.into(), segment, ..Customer::default() })
        }
        _ => Ok(Customer { id, ..Customer::default() }),
    })
}

/// Returns dispatch.
pub(crate) fn dispatch() -> Upstream {
    answering(|GetTeamRequest { id }| match id.as_str() {
        TEAM | TEAM_ID => Ok(Team { id: TEAM_ID.into(), key: TEAM.into(), ..Team::default() }),
        _ => Err(Status::not_found("no such team")),
    })
}

/// Returns a knowledge base that takes every draft in.
pub(crate) fn knowledge() -> Upstream {
    answering(|CreateArticleRequest { .. }| {
        Ok(Article { id: hotline_core::id::new().to_string(), ..Article::default() })
    })
}

/// Returns a service that takes every call for one of its only method.
fn answering<Q, A>(answer: fn(Q) -> Result<A, Status>) -> Upstream
where
    Q: Message + Default + Send + Sync + 'static,
    A: Message + Default + Send + Sync + 'static,
{
    BoxCloneSyncService::new(service_fn(move |call: http::Request<Body>| async move {
        let method =
            service_fn(
                move |request: Request<Q>| async move { answer(request.into_inner()).map(Response::new) },
            );
        Ok(Grpc::new(ProstCodec::default()).unary(method, call).await)
    }))
}
