//! Gets the issuer's key set over HTTP: no redirects, a limit on time and size.

use std::io;
use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt};

use crate::error::Error;

/// How long a fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large a key set may be, in bytes.
const LARGEST: usize = 256 * 1024;

type HttpClient = BoxCloneSyncService<Request<Empty<Bytes>>, Response<Body>, BoxError>;
type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

/// Gets one address.
pub(super) struct Fetch {
    url: Uri,
    client: HttpClient,
}

impl Fetch {
    pub(super) fn new(url: Uri) -> Result<Self, Error> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(PATIENCE));
        http.enforce_http(false);
        let builder = Client::builder(TokioExecutor::new());
        let client = if url.scheme_str() == Some("https") {
            let unreadable = |_| Error::Config {
                key: "jwks_url",
                rule: "is https, but the system has no certificate authorities".into(),
            };
            let tls = HttpsConnectorBuilder::new().with_native_roots().map_err(unreadable)?;
            let client = builder.build(tls.https_only().enable_http1().wrap_connector(http));
            BoxCloneSyncService::new(client.map_err(BoxError::from).map_response(boxed))
        } else {
            let client = builder.build(http);
            BoxCloneSyncService::new(client.map_err(BoxError::from).map_response(boxed))
        };
        Ok(Self { url, client })
    }

    /// Returns the body of a good answer.
    pub(super) async fn get(&self) -> anyhow::Result<Bytes> {
        timeout(PATIENCE, attempt(self.client.clone(), self.url.clone())).await?
    }
}

async fn attempt(client: HttpClient, url: Uri) -> anyhow::Result<Bytes> {
    let request = Request::get(url).header("accept", "application/json").body(Empty::new())?;
    let response = client.oneshot(request).await.map_err(anyhow::Error::from_boxed)?;
    ensure!(response.status() == StatusCode::OK, "the answer is {}", response.status());
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    Ok(body.map_err(anyhow::Error::from_boxed)?.to_bytes())
}

fn boxed<B>(response: Response<B>) -> Response<Body>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    response.map(|body| body.map_err(io::Error::other).boxed_unsync())
}
