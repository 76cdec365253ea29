//! A call in the process and a call over TCP are the same call.

use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use hotline_core::db::Db;
use hotline_core::error::reason_of;
use hotline_core::server::{Exposed, serve};
use hotline_core::testing::{databases, eventually, sqlite};
use hotline_core::upstream::Directory;
use hotline_proto::callbacks::v1::callback_service_client::CallbackServiceClient;
use hotline_proto::customers::v1::GetCustomerRequest;
use hotline_proto::customers::v1::customer_service_client::CustomerServiceClient;
use hotline_proto::locale::Locale;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use uuid::Uuid;

use crate::fake::{Client, Contraband, Fake, Gate, HELD, MISSING, PANICS, client, create, get, keys, person};
use crate::toys::{Migrator, effects, new_counter};

/// A fake service behind a port.
struct Port {
    address: SocketAddr,
    gate: Gate,
    stop: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Port {
    async fn open(db: &Db) -> Self {
        let (fake, gate) = Fake::new(db);
        let stack = fake.service("callbacks").stack(keys());
        let exposed = Exposed { name: "callbacks", stack, db: db.clone() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let served = tokio::spawn(serve(listener, vec![exposed], stop.clone()));
        Self { address, gate, stop, served }
    }

    fn client(&self) -> Client {
        remote(self.address)
    }

    async fn channel(&self) -> Channel {
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }
}

fn remote(address: SocketAddr) -> Client {
    let addresses = HashMap::from([("callbacks".to_owned(), format!("http://{address}"))]);
    let directory = Directory::new(keys(), &[], &addresses).unwrap();
    Client::new(directory.of("gateway").way("callbacks"))
}

/// Returns a client in this process and one over TCP, with the gates of their services.
async fn both(db: &Db) -> ([Client; 2], [Gate; 2], CancellationToken) {
    let (fake, gate) = Fake::new(db);
    let local = client(fake.service("callbacks").stack(keys()));
    let port = Port::open(db).await;
    ([local, port.client()], [gate, port.gate], port.stop)
}

fn said(status: &Status) -> (Code, String, Vec<u8>, String) {
    (status.code(), status.message().to_owned(), status.details().to_vec(), reason_of(status))
}

#[tokio::test]
async fn a_handler_sees_the_same_caller_and_language_and_nothing_smuggled() {
    let test = sqlite::<Migrator>("callbacks").await;
    let (clients, _gates, _stop) = both(&test.db).await;
    let mut replies = Vec::new();
    for mut client in clients {
        let mut request = Request::new(get(Uuid::from_u128(1)));
        request.extensions_mut().insert(Contraband);
        let call = Locale::Zh.scope(person("anna").scope(async { client.get_callback(request).await }));
        let reply = call.await.unwrap();
        assert!(reply.extensions().get::<Contraband>().is_none());
        replies.push(reply.into_inner());
    }
    assert_eq!(replies[0], replies[1]);
    let seen = &replies[0];
    assert_eq!((seen.assignee.as_str(), seen.customer_id.as_str()), ("anna", "gateway"));
    assert_eq!((seen.ticket_number.as_str(), seen.end_reason.as_str()), ("zh-CN", "false"));
    assert_eq!(seen.subject, "ANNA {TeamLead, CallbackAgent} [\"night\", \"夜班\"]");
}

#[tokio::test]
async fn a_call_without_a_person_is_the_calling_services_own() {
    let test = sqlite::<Migrator>("callbacks").await;
    let (clients, _gates, _stop) = both(&test.db).await;
    for mut client in clients {
        let seen = client.get_callback(get(Uuid::from_u128(1))).await.unwrap().into_inner();
        assert_eq!((seen.assignee.as_str(), seen.ticket_number.as_str()), ("service:gateway", "en"));
    }
}

#[tokio::test]
async fn errors_are_the_same_to_the_last_detail_and_in_the_callers_language() {
    let test = sqlite::<Migrator>("callbacks").await;
    new_counter(&test.db, "calls").await;
    let (clients, _gates, _stop) = both(&test.db).await;
    for (locale, text) in [(Locale::En, "not found"), (Locale::Zh, "找不到")] {
        let mut heard = Vec::new();
        for mut client in clients.clone() {
            let missing = locale.scope(async { client.get_callback(get(MISSING)).await }).await.unwrap_err();
            let refused = locale.scope(async { client.create_callback(create("refused")).await }).await;
            let invalid = locale.scope(async { client.create_callback(create("")).await }).await;
            let panicked = locale.scope(async { client.get_callback(get(PANICS)).await }).await;
            let localized = String::from_utf8_lossy(missing.details()).into_owned();
            assert!(localized.contains(text), "{localized}");
            let others = [refused, invalid].map(|answer| said(&answer.unwrap_err()));
            heard.push((said(&missing), others, said(&panicked.unwrap_err())));
        }
        assert_eq!(heard[0], heard[1]);
        assert_eq!((heard[0].0.0, heard[0].0.3.as_str()), (Code::NotFound, "NOT_FOUND"));
        assert_eq!((heard[0].2.0, heard[0].2.3.as_str()), (Code::Internal, "INTERNAL"));
        assert!(!heard[0].2.1.contains("asked to"), "a panic's message stays inside");
    }
}

#[tokio::test]
async fn a_call_ends_when_its_deadline_has_passed() {
    let test = sqlite::<Migrator>("callbacks").await;
    let (clients, mut gates, _stop) = both(&test.db).await;
    for (mut client, gate) in clients.into_iter().zip(&mut gates) {
        let mut request = Request::new(get(HELD));
        request.set_timeout(Duration::from_millis(150));
        let late = client.get_callback(request).await.unwrap_err();
        assert_eq!((late.code(), reason_of(&late).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
        gate.arrived.recv().await.expect("it had begun");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable_in_the_same_words() {
    let directory = Directory::new(keys(), &["callbacks"], &HashMap::new()).unwrap();
    let unfilled = Client::new(directory.of("gateway").way("callbacks"));
    let unknown = Client::new(directory.of("gateway").way("nobody"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = remote(listener.local_addr().unwrap());
    drop(listener);
    for mut client in [unfilled, unknown, closed] {
        let refused = client.get_callback(get(MISSING)).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::Unavailable, "SERVICE_UNAVAILABLE")
        );
    }
}

#[tokio::test]
async fn a_service_that_is_killed_while_it_answers_is_unavailable() {
    let began = Arc::new(Notify::new());
    let told = began.clone();
    let half = move || {
        let told = told.clone();
        // The first bytes of a message of a hundred, and nothing more.
        let first = stream::iter([Ok::<_, std::io::Error>(vec![0, 0, 0, 0, 100, 1, 2, 3])]);
        let never = stream::once(async move {
            told.notify_one();
            pending().await
        });
        let body = axum::body::Body::from_stream(first.chain(never));
        async { ([("content-type", "application/grpc")], body) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let behind = listener.local_addr().unwrap();
    let routes = Routes::from(axum::Router::new().fallback(half));
    tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(TcpIncoming::from(listener)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let process = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        tokio::io::copy_bidirectional(&mut client, &mut TcpStream::connect(behind).await?).await
    });
    let call = tokio::spawn(async move { remote(address).get_callback(get(Uuid::from_u128(1))).await });
    began.notified().await;
    process.abort();
    let status = call.await.unwrap().expect_err("half an answer is none");
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unavailable, "SERVICE_UNAVAILABLE"));
}

#[tokio::test]
async fn a_client_reaches_a_service_that_starts_after_it() {
    let test = sqlite::<Migrator>("callbacks").await;
    let first = Port::open(&test.db).await;
    let (address, mut client) = (first.address, first.client());
    client.get_callback(get(Uuid::from_u128(1))).await.unwrap();
    first.stop.cancel();
    first.served.await.unwrap().unwrap();
    let refused = client.get_callback(get(Uuid::from_u128(1))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let (fake, _gate) = Fake::new(&test.db);
    let exposed =
        Exposed { name: "callbacks", stack: fake.service("callbacks").stack(keys()), db: test.db.clone() };
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(serve(listener, vec![exposed], CancellationToken::new()));
    eventually("the service is found again", async || {
        client.clone().get_callback(get(Uuid::from_u128(1))).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_port_refuses_whoever_brings_no_token() {
    let test = sqlite::<Migrator>("callbacks").await;
    let port = Port::open(&test.db).await;
    let mut client = CallbackServiceClient::new(port.channel().await);
    let bare = client.create_callback(create("plain")).await.unwrap_err();
    let mut forged = Request::new(create("plain"));
    let foreign =
        hotline_core::caller::Keys::new(&[4; 32]).unwrap().mint(&person("anna"), "callbacks").unwrap();
    forged.metadata_mut().insert(hotline_core::caller::HEADER, foreign.parse().unwrap());
    let forged = client.create_callback(forged).await.unwrap_err();
    for refused in [bare, forged] {
        assert_eq!(
            (refused.code(), reason_of(&refused).as_str()),
            (Code::Unauthenticated, "UNAUTHENTICATED")
        );
    }
}

#[tokio::test]
async fn health_and_reflection_answer_anybody() {
    for test in databases::<Migrator>("callbacks").await {
        let port = Port::open(&test.db).await;
        let channel = port.channel().await;
        let serving = tonic_health::pb::health_check_response::ServingStatus::Serving as i32;
        for service in ["", "callbacks"] {
            eventually("the service reports that it serves", async || {
                let request = HealthCheckRequest { service: service.into() };
                let answer = HealthClient::new(channel.clone()).check(request).await;
                answer.is_ok_and(|answer| answer.into_inner().status == serving)
            })
            .await;
        }
        let question = ServerReflectionRequest {
            message_request: Some(MessageRequest::ListServices(String::new())),
            ..Default::default()
        };
        let questions = tokio_stream::once(question);
        let mut client = ServerReflectionClient::new(channel);
        let mut answers = client.server_reflection_info(questions).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap().message_response;
        let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
        assert!(
            services.service.iter().any(|service| service.name == "hotline.callbacks.v1.CallbackService")
        );
    }
}

#[tokio::test]
async fn a_service_that_does_not_live_here_is_unimplemented() {
    let test = sqlite::<Migrator>("callbacks").await;
    let port = Port::open(&test.db).await;
    let mut client = CustomerServiceClient::new(port.channel().await);
    let request = GetCustomerRequest { id: Uuid::nil().to_string() };
    assert_eq!(client.get_customer(request).await.unwrap_err().code(), Code::Unimplemented);
}

/// A27.
#[tokio::test]
async fn a_port_that_stops_lets_running_calls_finish_and_takes_no_new_ones() {
    let test = sqlite::<Migrator>("callbacks").await;
    new_counter(&test.db, "calls").await;
    let mut port = Port::open(&test.db).await;
    let mut client = port.client();
    let running = tokio::spawn(async move { client.create_callback(create("held")).await });
    port.gate.arrived.recv().await.unwrap();
    port.stop.cancel();
    eventually("nobody is let in any more", async || {
        tokio::net::TcpStream::connect(port.address).await.is_err()
    })
    .await;
    assert!(!port.served.is_finished());
    port.gate.open.add_permits(1);
    assert_eq!(running.await.unwrap().unwrap().into_inner().subject, "held");
    port.served.await.unwrap().unwrap();
    assert_eq!(effects(&test.db).await, ["held"]);
}

#[tokio::test]
async fn large_messages_pass_and_keys_work_over_the_wire() {
    let test = sqlite::<Migrator>("callbacks").await;
    new_counter(&test.db, "calls").await;
    let (clients, _gates, _stop) = both(&test.db).await;
    let mut replies = Vec::new();
    for mut client in clients {
        let mut request = Request::new(create("large"));
        request.metadata_mut().insert("idempotency-key", "one-key".parse().unwrap());
        let reply = person("anna").scope(async { client.create_callback(request).await }).await;
        replies.push(reply.unwrap().into_inner());
    }
    assert!(replies[0].resolution.len() > 800_000);
    assert_eq!(replies[0], replies[1]);
}
