//! A front end's view: JSON over HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// Speaks to one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    base: Arc<str>,
    http: HttpClient<HttpConnector, Full<Bytes>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; `Null` where it is no JSON.
    pub json: Value,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Client {
    /// Speaks to the gateway at `base`, as in `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        Self { base: base.into(), http: HttpClient::builder(TokioExecutor::new()).build_http() }
    }

    /// Returns the gateway's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut request = Request::builder().method(method).uri(format!("{}{}", self.base, escape(path)));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        read(self.http.request(request.body(Full::new(Bytes::from(body)))?).await?).await
    }

    /// Fetches a path; any failure to answer is the test's failure.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn get(&self, token: &str, path: &str) -> Reply {
        self.send(Method::GET, path, Some(token), &[], None).await.expect("an answer")
    }

    /// Posts to a path.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(token), &[], Some(body)).await.expect("an answer")
    }

    /// Sends a page's form, as a browser without a login does.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)], language: &str) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(format!("{}{}", self.base, escape(path)))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept-language", language)
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        read(self.http.request(request).await.expect("an answer")).await.expect("a body")
    }

    /// Changes a record.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn patch(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, Some(token), &[], Some(body)).await.expect("an answer")
    }

    /// Fetches a path until `enough` says so: for effects that follow a command. Gives up after 20 s and returns the
    /// last answer, for the assertion that follows to show.
    pub async fn until(&self, token: &str, path: &str, enough: impl Fn(&Value) -> bool) -> Reply {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let reply = self.get(token, path).await;
            if enough(&reply.json) || Instant::now() > end {
                return reply;
            }
            // Effects of another process can't be awaited from outside; this only paces the asking.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Reply {
    /// Returns the body of a success.
    ///
    /// # Panics
    /// When the request failed; shows how.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json
    }

    /// Checks that the request was refused with this status, and returns the problem's code.
    ///
    /// # Panics
    /// When it was not.
    #[track_caller]
    pub fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        self.json["code"].as_str().unwrap_or_default()
    }
}

async fn read(response: Response<Incoming>) -> anyhow::Result<Reply> {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Reply { status: parts.status, headers: parts.headers, json, text, bytes })
}

/// Returns a text of a JSON object by its name.
///
/// # Panics
/// When there is none.
#[track_caller]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {value}"))
}

/// Escapes what a path or query of a test may hold as it is written.
fn escape(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'+' => "%2B".to_owned(),
            b' ' => "%20".to_owned(),
            0x21..=0x7e => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
