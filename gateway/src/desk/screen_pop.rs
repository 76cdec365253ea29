//! 弹屏: gathers what an agent needs when a call is answered. A service that does not answer in time is named and left
//! out; the rest is shown all the same (C3).

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::DateTime;
use chrono_tz::Tz;
use futures::FutureExt;
use futures::future::BoxFuture;
use hotline_core::upstream::Upstreams;
use hotline_proto::callbacks::v1::callback_service_client::CallbackServiceClient;
use hotline_proto::callbacks::v1::{Callback, CallbackState, ListCallbacksRequest};
use hotline_proto::common::v1::TicketState;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::customers::v1::{Customer, Interaction, ListCustomersRequest, ListInteractionsRequest};
use hotline_proto::desk::v1::ScreenPop;
use hotline_proto::locale::Locale;
use hotline_proto::tickets::v1::outage_service_client::OutageServiceClient;
use hotline_proto::tickets::v1::ticket_service_client::TicketServiceClient;
use hotline_proto::tickets::v1::{ListOutagesRequest, ListTicketsRequest, Outage, OutageState, Ticket};
use tokio::time::timeout;
use tonic::{Code, Request, Status};

use super::phrase;

/// How long each part may take; an agent with a caller on the line waits for the slowest.
const PATIENCE: Duration = Duration::from_secs(2);
/// Rows of each part.
const CUSTOMERS: i32 = 20;
const OPEN_TICKETS: i32 = 50;
const RECENT_TICKETS: i32 = 5;
const RECENT_INTERACTIONS: i32 = 10;
const CALLBACKS: i32 = 20;
const OUTAGES: i32 = 20;

/// A ticket that is not one of [`CLOSED`].
const OPEN: [TicketState; 6] = [
    TicketState::New,
    TicketState::Assigned,
    TicketState::InProgress,
    TicketState::Waiting,
    TicketState::Resolved,
    TicketState::Verified,
];
const CLOSED: [TicketState; 2] = [TicketState::Closed, TicketState::Cancelled];
const PROMISED: [CallbackState; 3] = [CallbackState::Scheduled, CallbackState::Open, CallbackState::Leased];

/// Gathers the screen for a number.
///
/// # Errors
/// A refusal of the request itself, such as a number that is none.
pub(super) async fn gather(
    upstreams: &Upstreams,
    phone: &str,
    now: DateTime<Tz>,
) -> Result<ScreenPop, Status> {
    let mut missing = BTreeSet::new();
    let mut customers = settle("customers", answered(customers(upstreams, phone)).await, &mut missing)?;
    // Who has a name comes before who is only a number.
    customers.sort_by_key(|customer| customer.anonymous);
    let mut customers = customers.into_iter();
    let customer = customers.next();
    let mut pop = ScreenPop {
        known: customer.is_some(),
        opening_phrase: phrase::opening(customer.as_ref(), now, Locale::current()),
        other_customers: customers.collect(),
        ..ScreenPop::default()
    };
    match customer {
        Some(customer) => {
            fill(&mut pop, upstreams, &customer, &mut missing).await?;
            pop.customer = Some(customer);
        }
        None => pop.outages = settle("tickets", answered(outages(upstreams, "")).await, &mut missing)?,
    }
    pop.unavailable = missing.into_iter().map(str::to_owned).collect();
    Ok(pop)
}

async fn fill(
    pop: &mut ScreenPop,
    upstreams: &Upstreams,
    customer: &Customer,
    missing: &mut BTreeSet<&'static str>,
) -> Result<(), Status> {
    let (open, recent, contacts, promised, notices) = tokio::join!(
        answered(tickets(upstreams, &customer.id, &OPEN, OPEN_TICKETS)),
        answered(tickets(upstreams, &customer.id, &CLOSED, RECENT_TICKETS)),
        answered(interactions(upstreams, &customer.id)),
        answered(callbacks(upstreams, &customer.id)),
        answered(outages(upstreams, &customer.project)),
    );
    pop.open_tickets = settle("tickets", open, missing)?;
    pop.recent_tickets = settle("tickets", recent, missing)?;
    pop.recent_interactions = settle("customers", contacts, missing)?;
    pop.promised_callbacks = settle("callbacks", promised, missing)?;
    pop.outages = settle("tickets", notices, missing)?;
    Ok(())
}

/// A service may be remote and hang; its own time limit does not help then.
async fn answered<T>(call: Call<T>) -> Result<T, Status> {
    let late = || Status::deadline_exceeded("no answer in time");
    timeout(PATIENCE, call).await.unwrap_or_else(|_| Err(late()))
}

/// A refusal concerns the caller and ends the request; a fault leaves out one part.
fn settle<T: Default>(
    service: &'static str,
    outcome: Result<T, Status>,
    missing: &mut BTreeSet<&'static str>,
) -> Result<T, Status> {
    match outcome {
        Ok(part) => Ok(part),
        Err(status) if matches!(status.code(), Code::InvalidArgument | Code::PermissionDenied) => Err(status),
        Err(status) => {
            tracing::warn!(service, code = ?status.code(), "a part of the screen is missing");
            missing.insert(service);
            Ok(T::default())
        }
    }
}

/// A call that has not begun.
type Call<T> = BoxFuture<'static, Result<T, Status>>;

fn customers(upstreams: &Upstreams, phone: &str) -> Call<Vec<Customer>> {
    let mut client = CustomerServiceClient::new(upstreams.way("customers"));
    let request =
        ListCustomersRequest { phone: phone.to_owned(), page_size: CUSTOMERS, ..Default::default() };
    async move { Ok(client.list_customers(timed(request)).await?.into_inner().customers) }.boxed()
}

fn tickets(upstreams: &Upstreams, customer: &str, states: &[TicketState], rows: i32) -> Call<Vec<Ticket>> {
    let mut client = TicketServiceClient::new(upstreams.way("tickets"));
    let request = ListTicketsRequest {
        customer_id: customer.to_owned(),
        state: states.iter().map(|state| (*state).into()).collect(),
        page_size: rows,
        ..Default::default()
    };
    async move { Ok(client.list_tickets(timed(request)).await?.into_inner().tickets) }.boxed()
}

fn interactions(upstreams: &Upstreams, customer: &str) -> Call<Vec<Interaction>> {
    let mut client = CustomerServiceClient::new(upstreams.way("customers"));
    let request = ListInteractionsRequest {
        customer_id: customer.to_owned(),
        page_size: RECENT_INTERACTIONS,
        ..Default::default()
    };
    async move { Ok(client.list_interactions(timed(request)).await?.into_inner().interactions) }.boxed()
}

fn callbacks(upstreams: &Upstreams, customer: &str) -> Call<Vec<Callback>> {
    let mut client = CallbackServiceClient::new(upstreams.way("callbacks"));
    let request = ListCallbacksRequest {
        customer_id: customer.to_owned(),
        state: PROMISED.iter().map(|state| (*state).into()).collect(),
        page_size: CALLBACKS,
        ..Default::default()
    };
    async move { Ok(client.list_callbacks(timed(request)).await?.into_inner().callbacks) }.boxed()
}

/// Asks for what concerns a project, or only for what concerns all of them where none is known.
fn outages(upstreams: &Upstreams, project: &str) -> Call<Vec<Outage>> {
    let mut client = OutageServiceClient::new(upstreams.way("tickets"));
    let request = ListOutagesRequest {
        state: vec![OutageState::Open.into()],
        project: project.to_owned(),
        every_project: project.is_empty(),
        page_size: OUTAGES,
        ..Default::default()
    };
    async move { Ok(client.list_outages(timed(request)).await?.into_inner().outages) }.boxed()
}

/// The service stops working when nobody waits any more.
fn timed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}
