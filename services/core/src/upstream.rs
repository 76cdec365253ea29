//! One transport type for services in this process and in others, so that nothing else knows which it is.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hotline_proto::locale::Locale;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, TimeoutExpired};
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt, service_fn};

use crate::caller::{self, Caller, Keys};
use crate::error::Error;
use crate::telemetry;

mod tickets;

pub use tickets::TicketNames;

/// What every client is built over: a remote channel, or the stack of a service in this process.
pub type Upstream = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// The way to a service, for a generated client. Its error has a name, because the compiler can't tell that a future
/// over [`Upstream`]'s boxed one may change threads.
pub type Way = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// How long one service waits for another when the call does not say.
const DEFAULT_TIMEOUT: &str = "10S";

/// Puts a layer around a service: `layer` gets each request and the service it stands before.
pub fn wrap<F, R>(inner: Upstream, layer: F) -> Upstream
where
    F: Fn(Request<Body>, Upstream) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
{
    BoxCloneSyncService::new(service_fn(move |request| layer(request, inner.clone())))
}

/// Where each service is: shared by all roles of a process.
#[derive(Clone)]
pub struct Directory {
    keys: Keys,
    sources: Arc<HashMap<String, Source>>,
}

enum Source {
    Local(OnceLock<Upstream>),
    Remote(Channel),
}

impl Directory {
    /// Lists the services that run in this process and the addresses of the others.
    ///
    /// # Errors
    /// [`Error::Internal`] for an address that can't be read.
    pub fn new(keys: Keys, local: &[&str], remote: &HashMap<String, String>) -> Result<Self, Error> {
        let mut sources = HashMap::new();
        for (name, address) in remote {
            sources.insert(name.clone(), Source::Remote(channel(name, address)?));
        }
        for name in local {
            sources.insert((*name).to_owned(), Source::Local(OnceLock::new()));
        }
        Ok(Self { keys, sources: Arc::new(sources) })
    }

    /// Fills in a service of this process, once it is built. Until then calls to it are answered with `UNAVAILABLE`.
    pub fn fill(&self, name: &str, stack: Upstream) {
        if let Some(Source::Local(cell)) = self.sources.get(name) {
            // A second stack of one name would be a mistake of the wiring; the first stays.
            let _ = cell.set(stack);
        }
    }

    /// Returns the names of all services that can be reached.
    pub fn names(&self) -> Vec<String> {
        self.sources.keys().cloned().collect()
    }

    /// Returns the directory as `owner` sees it: calls carry its name.
    pub fn of(&self, owner: &'static str) -> Upstreams {
        Upstreams { owner, directory: self.clone() }
    }

    async fn call(self, name: Arc<str>, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        match self.sources.get(&*name) {
            Some(Source::Remote(channel)) => Ok(remote(&name, channel.clone(), request).await),
            Some(Source::Local(cell)) => match cell.get() {
                Some(stack) => stack.clone().oneshot(request).await,
                None => Ok(unreachable(&name, None)),
            },
            None => Ok(unreachable(&name, None)),
        }
    }
}

/// Calls over the wire; what the transport says is put into the same words that a call in this process hears.
async fn remote(name: &str, channel: Channel, request: Request<Body>) -> Response<Body> {
    match channel.oneshot(request).await {
        // The server's own timer beat both ours and the service's: tonic calls that cancelled.
        Ok(response)
            if response.headers().get("grpc-message").is_some_and(|text| text == "Timeout%20expired") =>
        {
            Status::from(Error::OutOfTime).into_http()
        }
        Ok(response) => {
            let name = name.to_owned();
            response.map(|body| Body::new(body.map_err(move |status| broken_off(&name, status))))
        }
        Err(error) if ran_out(&error) => Status::from(Error::OutOfTime).into_http(),
        Err(error) => unreachable(name, Some(error.into())),
    }
}

/// What a service says of a call comes in headers and trailers; an answer that ends before them says that its process,
/// or the way to it, is gone.
fn broken_off(name: &str, status: Status) -> Status {
    match status.code() {
        Code::Unknown | Code::Internal => Error::Unreachable(name.to_owned(), Some(status.into())).into(),
        _ => status,
    }
}

fn ran_out(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<TimeoutExpired>() || error.source().is_some_and(ran_out)
}

fn unreachable(name: &str, cause: Option<BoxError>) -> Response<Body> {
    Status::from(Error::Unreachable(name.to_owned(), cause)).into_http()
}

/// The other services, for one service: each call goes out with the caller's identity, language and trace.
#[derive(Clone)]
pub struct Upstreams {
    owner: &'static str,
    directory: Directory,
}

impl Upstreams {
    /// Returns the way to a service, for a generated client in a handler or a task.
    pub fn way(&self, name: &str) -> Way {
        BoxCloneSyncService::new(self.get(name).map_err(Status::from_error))
    }

    /// Returns the stack of a service, as [`Upstreams::way`] does, for other layers.
    pub fn get(&self, name: &str) -> Upstream {
        let (owner, directory, name) = (self.owner, self.directory.clone(), Arc::<str>::from(name));
        BoxCloneSyncService::new(service_fn(move |request| {
            let (directory, name) = (directory.clone(), name.clone());
            async move {
                match outgoing(&directory.keys, owner, &name, request) {
                    Ok(request) => directory.call(name, request).await,
                    Err(error) => Ok(Status::from(error).into_http()),
                }
            }
        }))
    }
}

fn outgoing(
    keys: &Keys,
    owner: &str,
    audience: &str,
    mut request: Request<Body>,
) -> Result<Request<Body>, Error> {
    let caller = caller::current().unwrap_or_else(|| Caller::service(owner));
    let caller = Caller { service: Some(owner.to_owned()), ..caller };
    let token = keys.mint(&caller, audience)?;
    let headers = request.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set(caller::HEADER, &token);
    set("accept-language", Locale::current().tag());
    let trace = telemetry::current_traceparent();
    if !trace.is_empty() {
        set("traceparent", &trace);
    }
    if !headers.contains_key("grpc-timeout") {
        headers.insert("grpc-timeout", HeaderValue::from_static(DEFAULT_TIMEOUT));
    }
    Ok(request)
}

/// Without keep-alive pings a channel never recovers from a partition: it keeps the half-open connection.
fn channel(name: &str, address: &str) -> Result<Channel, Error> {
    let endpoint = Endpoint::from_shared(address.to_owned())
        .map_err(|error| anyhow::anyhow!("the address of `{name}`, `{address}`, can't be read: {error}"))?
        .connect_timeout(Duration::from_secs(2))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}
