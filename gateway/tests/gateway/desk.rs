//! The agent's desk: sign-in, who am I, and the screen that pops up when a call comes in (C3).

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;
use hotline_core::upstream::Upstream;
use hotline_gateway::{Account, Config};
use hotline_proto::auth::v1::Role;
use hotline_proto::callbacks::v1::{Callback, ListCallbacksResponse};
use hotline_proto::customers::v1::{Customer, Interaction, ListCustomersResponse, ListInteractionsResponse};
use hotline_proto::tickets::v1::{
    ListOutagesRequest, ListOutagesResponse, ListTicketsRequest, ListTicketsResponse, Outage, OutageState,
    Ticket,
};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::Message;
use serde_json::json;
use tonic::Status;
use tonic::body::Body;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::bench::{Bench, Shared};

const CUSTOMER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Stands in for a service: `answer` gets the method's name and the request's bytes.
fn service(
    answer: impl Fn(&str, &[u8]) -> Result<Vec<u8>, Status> + Clone + Send + Sync + 'static,
) -> Upstream {
    BoxCloneSyncService::new(service_fn(move |request: Request<Body>| {
        let answer = answer.clone();
        async move {
            let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
            let body = request.into_body().collect().await?.to_bytes();
            Ok(answer(&method, &body[5..]).map_or_else(Status::into_http, |reply| framed(&reply)))
        }
    }))
}

fn framed(reply: &[u8]) -> Response<Body> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(reply.len()).expect("small").to_be_bytes());
    frame.extend(reply);
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(bytes::Bytes::from(frame)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

fn customers(method: &str, _: &[u8]) -> Result<Vec<u8>, Status> {
    let named = Customer {
        id: CUSTOMER.into(),
        name: "王芳".into(),
        title: "女士".into(),
        project: "阳光花园".into(),
        ..Customer::default()
    };
    let number = Customer { id: "2".into(), anonymous: true, ..Customer::default() };
    Ok(match method {
        "ListCustomers" => {
            ListCustomersResponse { customers: vec![number, named], ..Default::default() }.encode_to_vec()
        }
        _ => {
            let interactions = vec![Interaction { id: "i-1".into(), ..Interaction::default() }];
            ListInteractionsResponse { interactions, ..Default::default() }.encode_to_vec()
        }
    })
}

fn tickets(asked: Shared<Vec<ListTicketsRequest>>) -> Upstream {
    service(move |method, request| {
        if method == "ListOutages" {
            return Ok(outages(&ListOutagesRequest::decode(request).expect("the request")).encode_to_vec());
        }
        let request = ListTicketsRequest::decode(request).expect("the request");
        let id = if request.page_size == 5 { "closed" } else { "open" };
        asked.lock().expect("not poisoned").push(request);
        let tickets = vec![Ticket { id: id.into(), ..Ticket::default() }];
        Ok(ListTicketsResponse { tickets, ..Default::default() }.encode_to_vec())
    })
}

fn outages(asked: &ListOutagesRequest) -> ListOutagesResponse {
    assert_eq!(asked.state, [OutageState::Open as i32]);
    assert_eq!(asked.every_project, asked.project.is_empty());
    let id = if asked.every_project { "everywhere" } else { "of the project" };
    let outages = vec![Outage { id: id.into(), ..Outage::default() }];
    ListOutagesResponse { outages, ..Default::default() }
}

fn callbacks(_: &str, _: &[u8]) -> Result<Vec<u8>, Status> {
    let callbacks = vec![Callback { id: "c-1".into(), ..Callback::default() }];
    Ok(ListCallbacksResponse { callbacks, ..Default::default() }.encode_to_vec())
}

async fn in_the_morning() -> Bench {
    let nine: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().expect("a time");
    Bench::with(Config::default(), Clock::manual(nine)).await
}

#[tokio::test]
async fn the_screen_shows_all_that_is_known_of_a_caller() {
    let bench = in_the_morning().await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    bench.stand_in("customers", service(customers));
    bench.stand_in("tickets", tickets(asked.clone()));
    bench.stand_in("callbacks", service(callbacks));
    let pop = bench.call("GET", "/v1/screen-pop?phone=%2B8613800138000", "").await;
    assert_eq!(pop.status, 200, "{:?}", pop.body);
    let pop = pop.json();
    assert_eq!(pop["known"], true);
    assert_eq!(pop["customer"]["id"], CUSTOMER, "who has a name comes first");
    assert_eq!(pop["otherCustomers"][0]["id"], "2");
    assert_eq!(pop["openTickets"][0]["id"], "open");
    assert_eq!(pop["recentTickets"][0]["id"], "closed");
    assert_eq!(pop["recentInteractions"][0]["id"], "i-1");
    assert_eq!(pop["promisedCallbacks"][0]["id"], "c-1");
    assert_eq!(pop["outages"][0]["id"], "of the project");
    assert_eq!(pop["openingPhrase"], "Good morning, 王芳, this is the service desk. How may I help you?");
    assert_eq!(pop["unavailable"], json!([]));
    let asked = asked.lock().expect("not poisoned");
    assert!(asked.iter().all(|request| request.customer_id == CUSTOMER && !request.state.is_empty()));
}

#[tokio::test]
async fn a_part_that_fails_is_named_and_the_rest_is_shown() {
    let bench = in_the_morning().await;
    bench.stand_in("customers", service(customers));
    bench.stand_in("callbacks", service(|_, _| Err(Status::internal("x"))));
    let pop = bench.call("GET", "/v1/screen-pop?phone=13800138000", "").await.json();
    assert_eq!(pop["known"], true);
    assert_eq!(pop["recentInteractions"][0]["id"], "i-1");
    assert_eq!(pop["openTickets"], json!([]));
    assert_eq!(pop["unavailable"], json!(["callbacks", "tickets"]));
}

#[tokio::test]
async fn an_unknown_number_pops_an_empty_screen() {
    let bench = in_the_morning().await;
    bench.stand_in("customers", service(|_, _| Ok(ListCustomersResponse::default().encode_to_vec())));
    bench.stand_in("tickets", tickets(Arc::default()));
    let bearer = format!("Bearer {}", bench.token("agent", "agent"));
    let headers = [("authorization", bearer.as_str()), ("accept-language", "zh")];
    let pop = bench.send("GET", "/v1/screen-pop?phone=13800138000", &headers, "").await;
    assert_eq!(pop.status, 200);
    assert_eq!(pop.json()["known"], false);
    assert_eq!(pop.json()["outages"][0]["id"], "everywhere");
    assert_eq!(pop.json()["openingPhrase"], "早上好，这里是服务热线，请问有什么可以帮您？");
    assert!(pop.json().get("customer").is_none());
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    let bench = in_the_morning().await;
    bench.stand_in("customers", service(|_, _| Err(Status::invalid_argument("not a number"))));
    assert_eq!(bench.call("GET", "/v1/screen-pop?phone=abc", "").await.problem().0, 400);
    let empty = bench.call("GET", "/v1/screen-pop", "").await;
    assert_eq!(empty.problem().0, 400);
    assert_eq!(empty.json()["errors"][0]["field"], "phone");
}

async fn sign_in(bench: &Bench, username: &str, password: &str) -> crate::bench::Answer {
    let body = json!({"username": username, "password": password}).to_string();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
    bench.send("POST", "/v1/auth/token", &headers, &body).await
}

async fn with_account(config: Config) -> Bench {
    let bench = Bench::with(config, Clock::system()).await;
    let account = Account {
        username: "agent".into(),
        name: "坐席甲".into(),
        roles: vec![Role::Agent],
        teams: vec!["first-line".into()],
    };
    assert!(bench.gateway.accounts().create(&account, "correct horse").await.expect("made"));
    bench
}

#[tokio::test]
async fn who_signs_in_is_who_the_token_names() {
    let bench = with_account(Config::default()).await;
    let signed_in = sign_in(&bench, "agent", "correct horse").await;
    assert_eq!(signed_in.status, 200, "{:?}", signed_in.body);
    let token = signed_in.json();
    assert_eq!((&token["tokenType"], &token["expiresIn"]), (&json!("Bearer"), &json!(8 * 3600)));
    let bearer = format!("Bearer {}", token["accessToken"].as_str().expect("a token"));
    let me = bench.send("GET", "/v1/me", &[("authorization", &bearer)], "").await.json();
    assert_eq!(me["subject"], "agent");
    assert_eq!(me["name"], "坐席甲");
    assert_eq!((&me["roles"], &me["teams"]), (&json!(["agent"]), &json!(["first-line"])));
    let expires: DateTime<Utc> = me["expiresAt"].as_str().expect("a time").parse().expect("a time");
    assert!(expires > hotline_core::clock::wall() + chrono::TimeDelta::hours(7));
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_name_are_told_the_same() {
    let bench = with_account(Config::default()).await;
    let wrong = sign_in(&bench, "agent", "wrong").await;
    assert_eq!(wrong.problem(), (401, "WRONG_PASSWORD".into()));
    assert_eq!(sign_in(&bench, "nobody", "wrong").await.body, wrong.body);
}

#[tokio::test]
async fn who_guesses_passwords_is_slowed_without_locking_anybody_else_out() {
    let bench = with_account(Config { sign_ins_per_minute: 2, ..Config::default() }).await;
    for _ in 0..2 {
        assert_eq!(sign_in(&bench, "agent", "wrong").await.status, 401);
    }
    assert_eq!(sign_in(&bench, "agent", "wrong").await.problem(), (429, "RATE_LIMITED".into()));
    assert_eq!(sign_in(&bench, "nobody", "wrong").await.status, 401);
}
