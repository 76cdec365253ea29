//! `/p/{token}`: the page on which a partner without an account works on one assignment (D5). It is made here, without a
//! script, so that any telephone shows it. Looking at it changes nothing but the count of looks: messengers fetch links to
//! show previews. What changes something is a form with a token of its own, so that a form sent twice acts once.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::routing::{get, post};
use chrono_tz::Tz;
use hotline_core::error::reason_of;
use hotline_core::upstream::Way;
use hotline_core::{id, idempotency};
use hotline_proto::access::{Policy, Rule};
use hotline_proto::auth::v1::Scope;
use hotline_proto::dispatch::v1::partner_service_client::PartnerServiceClient;
use hotline_proto::dispatch::v1::{
    AcceptPartnerLinkRequest, CompletePartnerLinkRequest, LinkedAssignment, NotePartnerLinkRequest,
    OpenPartnerLinkRequest,
};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::door::{Door, peer};
use crate::error::Error;
use crate::limits;
use crate::observe::Matched;

mod form;
mod html;
mod words;

use form::Form;
use html::{Look, Trouble};

/// The routes, as they are measured: the token is a secret.
const PAGE: &str = "/p/{token}";
const ACCEPT: &str = "/p/{token}/accept";
const NOTE: &str = "/p/{token}/note";
const COMPLETE: &str = "/p/{token}/complete";
/// Bytes of a form at most: 4,000 characters, each of 4 bytes, each escaped.
const LONGEST_FORM: usize = 64 * 1024;
/// What follows the address of the page once a note was taken in.
const NOTED: &str = "noted";

/// What the pages stand on.
struct Pages {
    door: Arc<Door>,
    zone: Tz,
}

/// What a form asks for.
#[derive(Clone, Copy)]
enum Deed {
    Accept,
    Note,
    Complete,
}

/// Returns the pages. Like the stream of live events they stand beside the door and behind the same guard.
pub(crate) fn pages(door: Arc<Door>, zone: Tz) -> Router {
    let pages = Arc::new(Pages { door, zone });
    let form = |deed: Deed| {
        let pages = pages.clone();
        post(move |token: Path<String>, request: Request| pages.clone().act(deed, token.0, request))
            // Reloading the address of a form shows the page.
            .get(async |token: Path<String>| back_to(&token.0, ""))
            .fallback(async || Dialect::Rest.refuse(Error::WrongVerb { allow: "GET, HEAD, POST".into() }))
    };
    let (accept, note, complete) = (form(Deed::Accept), form(Deed::Note), form(Deed::Complete));
    let open = get(move |token: Path<String>, request: Request| pages.clone().open(token.0, request))
        .fallback(async || Dialect::Rest.refuse(Error::WrongVerb { allow: "GET, HEAD".into() }));
    Router::new().route(PAGE, open).route(ACCEPT, accept).route(NOTE, note).route(COMPLETE, complete)
}

impl Pages {
    async fn open(self: Arc<Self>, token: String, request: Request) -> Response<Body> {
        let noted = request.uri().query() == Some(NOTED);
        let pages = self.clone();
        let show = async move {
            let asked = OpenPartnerLinkRequest { token: token.clone() };
            let answer = pages.client().open_partner_link(asked).await?;
            Ok(pages.page(&token, &answer.into_inner(), noted))
        };
        self.guarded(PAGE, request.headers(), peer(request.extensions()), show).await
    }

    async fn act(self: Arc<Self>, deed: Deed, token: String, request: Request) -> Response<Body> {
        let route = match deed {
            Deed::Accept => ACCEPT,
            Deed::Note => NOTE,
            Deed::Complete => COMPLETE,
        };
        let (head, body) = request.into_parts();
        let pages = self.clone();
        let act = async move {
            let form = Form::read(&limits::read(body, LONGEST_FORM).await?)?;
            pages.submit(deed, token, form).await
        };
        self.guarded(route, &head.headers, peer(&head.extensions), act).await
    }

    /// Does what a form asks for, once however often it is sent.
    async fn submit(&self, deed: Deed, token: String, form: Form) -> Result<Response<Body>, Status> {
        let mut client = self.client();
        let (once, text) = (form.once, form.text);
        match deed {
            Deed::Accept => {
                let asked = AcceptPartnerLinkRequest { token: token.clone() };
                client.accept_partner_link(keyed(asked, once)).await?;
                Ok(back_to(&token, ""))
            }
            Deed::Note => {
                let asked = NotePartnerLinkRequest { token: token.clone(), text };
                client.note_partner_link(keyed(asked, once)).await?;
                Ok(back_to(&token, NOTED))
            }
            Deed::Complete => {
                let asked = CompletePartnerLinkRequest { token: token.clone(), resolution: text };
                let done = client.complete_partner_link(keyed(asked, once)).await?.into_inner();
                Ok(self.page(&token, &done, false))
            }
        }
    }

    /// Lets the guard decide about a caller without a login, then answers with a page in any case.
    async fn guarded(
        &self,
        route: &'static str,
        headers: &HeaderMap,
        address: Option<std::net::IpAddr>,
        answer: impl Future<Output = Result<Response<Body>, Status>>,
    ) -> Response<Body> {
        let policy = Policy { rule: Rule::Public, scope: Scope::Unspecified, read_only: false };
        let admission = self.door.guard.admit(&policy, headers, address).await;
        let room = self.door.room.try_acquire();
        let outcome = match (admission.outcome, &room) {
            (Ok(session), Ok(_)) => session.run(answer).await,
            (Ok(_), Err(_)) => Err(Error::Overloaded.into()),
            (Err(error), _) => Err(error.into()),
        };
        let mut response = outcome.unwrap_or_else(|status| refusal(&status));
        if let Some(standing) = admission.standing {
            standing.write(response.headers_mut());
        }
        response.extensions_mut().insert(Matched(route.into()));
        response
    }

    fn page(&self, token: &str, linked: &LinkedAssignment, noted: bool) -> Response<Body> {
        let look = Look { token, linked, zone: self.zone, once: id::new(), noted };
        written(StatusCode::OK, html::work(&look))
    }

    fn client(&self) -> PartnerServiceClient<Way> {
        PartnerServiceClient::new(self.door.onward.upstreams.way("dispatch"))
    }
}

/// Says what to do about a link that can't be used, in the same words whether or not there ever was such work.
fn refusal(status: &Status) -> Response<Body> {
    let reason = reason_of(status);
    let (code, trouble) = match status.code() {
        Code::NotFound => (StatusCode::NOT_FOUND, Trouble::Gone),
        _ if matches!(reason.as_str(), "LINK_GONE" | "LEASE_LOST") => (StatusCode::GONE, Trouble::Gone),
        Code::InvalidArgument => (StatusCode::BAD_REQUEST, Trouble::Wrong(status.message().to_owned())),
        Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists => {
            (StatusCode::CONFLICT, Trouble::Changed)
        }
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, Trouble::Later),
        _ => (StatusCode::SERVICE_UNAVAILABLE, Trouble::Later),
    };
    if code == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(code = ?status.code(), message = status.message(), "a partner's page can't be shown");
    }
    written(code, html::trouble(&trouble))
}

fn back_to(token: &str, query: &str) -> Response<Body> {
    // Of a token that was given out nothing needs to be escaped; of another one nothing is to be said.
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let mut address = if plain { format!("/p/{token}") } else { "/p/-".to_owned() };
    if !query.is_empty() {
        address = format!("{address}?{query}");
    }
    let mut response = written(StatusCode::SEE_OTHER, String::new());
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

/// Answers with a page that nobody keeps, indexes or frames, and that names itself to no other site.
fn written(code: StatusCode, html: String) -> Response<Body> {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE, "text/html; charset=utf-8");
    set(CACHE_CONTROL, "no-store");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow, noarchive");
    set(HeaderName::from_static("vary"), "accept-language");
    headers.insert(CONTENT_SECURITY_POLICY, html::POLICY.clone());
    response
}

fn keyed<T>(message: T, once: Uuid) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    if let Ok(key) = once.to_string().parse() {
        request.metadata_mut().insert(idempotency::HEADER, key);
    }
    request
}
