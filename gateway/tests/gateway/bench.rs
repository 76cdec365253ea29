//! A gateway on a port of its own, and its clients.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hotline_core::caller::Keys;
use hotline_core::clock::Clock;
use hotline_core::server::Deps;
use hotline_core::testing::{self, TestDb};
use hotline_core::upstream::{Directory, Upstream};
use hotline_gateway::{Config, DESK, Gateway, Migrator, NAME, Part, Readiness, serve};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost_reflect::DescriptorPool;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

mod probe;

pub(crate) use probe::{Probe, decode, encode};

/// Services that tests stand in for.
const LOCAL: [&str; 5] = ["probe", DESK, "customers", "tickets", "callbacks"];

/// A gateway that serves until it is dropped.
pub(crate) struct Bench {
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Gateway,
    pub(crate) directory: Directory,
    pub(crate) pool: DescriptorPool,
    _db: TestDb,
    _stop: DropGuard,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the status and the code of a problem, whose body must say the same as its head.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        (self.status.as_u16(), body["code"].as_str().expect("a code").to_owned())
    }
}

impl Bench {
    /// Starts a gateway for the probe's contract.
    pub(crate) async fn start() -> Self {
        Self::with(Config::default(), Clock::system()).await
    }

    pub(crate) async fn with(config: Config, clock: Clock) -> Self {
        let pool = contract();
        let keys = Keys::new(&[7; 32]).expect("long enough");
        let directory = Directory::new(keys.clone(), &LOCAL, &HashMap::new()).expect("a directory");
        directory.fill("probe", Probe::new(pool.clone(), keys.clone()).upstream());
        let test = testing::sqlite::<Migrator>(NAME).await;
        let deps = Deps { db: test.db.clone(), clock, upstreams: directory.of(NAME) };
        let ready = Readiness::new(async || vec![Part { name: "all".into(), needed: true, trouble: None }]);
        let gateway = Gateway::new(&pool, deps, config, ready).await.expect("a gateway");
        directory.fill(DESK, gateway.desk(keys));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, gateway.router(), stop.clone()));
        Self { address, gateway, directory, pool, _db: test, _stop: stop.drop_guard() }
    }

    /// Stands in for a service.
    pub(crate) fn stand_in(&self, name: &str, stack: Upstream) {
        self.directory.fill(name, stack);
    }

    /// Makes a token of the built-in issuer.
    pub(crate) fn token(&self, subject: &str, role: &str) -> String {
        let token =
            self.gateway.issuer().issue_for(subject, "坐席甲", &[role.to_owned()], &["t1".to_owned()], 1);
        token.expect("a token")
    }

    /// Sends a request over HTTP/1.1.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a verb"))
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        exchange(&http1(), request.body(body).expect("a request")).await
    }

    /// Sends a request as an agent, with a JSON body where there is one.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.call_as("agent", method, path, body).await
    }

    pub(crate) async fn call_as(&self, role: &str, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token(role, role));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send(method, path, &headers, body).await
    }
}

/// Compiles the probe's contract together with the suite's own desk, as a build of the suite would.
fn contract() -> DescriptorPool {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler =
        protox::Compiler::new([here.join("tests/proto"), here.join("../proto")]).expect("the folders exist");
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("hotline/probe/v1/probe.proto").expect("compiles");
    compiler.open_file("hotline/desk/v1/desk.proto").expect("compiles");
    for events in ["tickets", "dispatch"] {
        compiler.open_file(format!("hotline/events/v1/{events}.proto")).expect("compiles");
    }
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).expect("decodes")
}

pub(crate) type Http = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn http1() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) async fn exchange(client: &Http, request: Request<Full<Bytes>>) -> Answer {
    let response = client.request(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// A value that several tasks write.
pub(crate) type Shared<T> = Arc<std::sync::Mutex<T>>;
