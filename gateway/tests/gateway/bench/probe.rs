//! The service behind the gateway: nothing but bytes and reflection, no generated code.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};
use hotline_core::caller::{self, Keys};
use hotline_core::upstream::Upstream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, MethodDescriptor, ReflectMessage, Value};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

/// Answers any method of its package with a probe made of the request.
#[derive(Clone)]
pub(crate) struct Probe {
    pool: DescriptorPool,
    keys: Keys,
}

impl Probe {
    pub(crate) fn new(pool: DescriptorPool, keys: Keys) -> Self {
        Self { pool, keys }
    }

    pub(crate) fn upstream(self) -> Upstream {
        BoxCloneSyncService::new(service_fn(move |request| {
            let probe = self.clone();
            async move { Ok(probe.answer(request).await.unwrap_or_else(Status::into_http)) }
        }))
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let method =
            self.method(request.uri().path()).ok_or_else(|| Status::unimplemented("no such method"))?;
        let (parts, body) = request.into_parts();
        let frame = body.collect().await?.to_bytes();
        let asked = DynamicMessage::decode(method.input(), unframed(&frame)).expect("the method's request");
        if let Some(failure) = wanted_failure(&asked) {
            return Err(failure);
        }
        if text(&asked, "name") == "wait" {
            std::future::pending::<()>().await;
        }
        let reply = self.reply(&method, &asked, &parts.headers);
        let times = if method.is_server_streaming() { 3 } else { 1 };
        Ok(framed(&vec![reply; times]))
    }

    fn method(&self, path: &str) -> Option<MethodDescriptor> {
        let (service, method) = path.trim_start_matches('/').split_once('/')?;
        self.pool.get_service_by_name(service)?.methods().find(|found| found.name() == method)
    }

    fn reply(
        &self,
        method: &MethodDescriptor,
        asked: &DynamicMessage,
        headers: &HeaderMap,
    ) -> DynamicMessage {
        let mut reply = DynamicMessage::new(method.output());
        let mut copy = |from: &DynamicMessage| {
            for (field, value) in from.fields() {
                if method.output().get_field_by_name(field.name()).is_some_and(|of| of.kind() == field.kind())
                {
                    reply.set_field_by_name(field.name(), value.clone());
                }
            }
        };
        if let Some(Value::Message(probe)) = asked.get_field_by_name("probe").as_deref() {
            copy(probe);
        }
        copy(asked);
        if let Some(mask) = asked.get_field_by_name("update_mask") {
            let paths =
                mask.as_message().and_then(|mask| mask.get_field_by_name("paths").map(Cow::into_owned));
            let paths =
                paths.iter().flat_map(|paths| paths.as_list().unwrap_or_default()).filter_map(Value::as_str);
            reply.set_field_by_name("mask", Value::String(paths.collect::<Vec<_>>().join(",")));
        }
        if method.output().get_field_by_name("seen").is_some() {
            reply.set_field_by_name("seen", self.seen(headers));
        }
        reply
    }

    /// Tells which headers came, and who the internal token names.
    fn seen(&self, headers: &HeaderMap) -> Value {
        let named = |name: &http::HeaderName| name.as_str().to_owned();
        let mut seen: HashMap<String, String> = headers
            .iter()
            .map(|(name, value)| (named(name), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let token = seen.remove(caller::HEADER).unwrap_or_default();
        let caller = self.keys.verify(&token, "probe").expect("the gateway says who calls");
        let roles: Vec<String> = caller.roles.iter().map(|role| role.claim()).collect();
        seen.insert("caller.subject".into(), caller.subject);
        seen.insert("caller.name".into(), caller.name);
        seen.insert("caller.roles".into(), roles.join(","));
        seen.insert("caller.teams".into(), caller.teams.join(","));
        seen.insert("caller.service".into(), caller.service.unwrap_or_default());
        Value::Map(
            seen.into_iter().map(|(name, value)| (MapKey::String(name), Value::String(value))).collect(),
        )
    }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `fail:<number of the code>:<reason>` asks for a refusal with details.
fn wanted_failure(asked: &DynamicMessage) -> Option<Status> {
    let name = text(asked, "name");
    let (code, reason) = name.strip_prefix("fail:")?.split_once(':')?;
    let mut details = ErrorDetails::new();
    details
        .set_error_info(reason, "hotline", [("hint".to_owned(), "x".to_owned())])
        .set_localized_message("zh-CN", "不行")
        .add_bad_request_violation("name", "is wished to fail");
    Some(Status::with_error_details(Code::from(code.parse::<i32>().ok()?), "internal text", details))
}

fn unframed(frame: &Bytes) -> Bytes {
    frame.slice(5..)
}

/// Writes messages as gRPC frames with an `OK` in the trailers.
fn framed(messages: &[DynamicMessage]) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames: Vec<Result<Frame<Bytes>, Status>> = messages
        .iter()
        .map(|message| {
            let bytes = encode(message);
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(u32::try_from(bytes.len()).expect("small"));
            frame.put_slice(&bytes);
            Ok(Frame::data(frame.freeze()))
        })
        .chain([Ok(Frame::trailers(trailers))])
        .collect();
    let mut response = Response::new(Body::new(StreamBody::new(futures::stream::iter(frames))));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    let called = HeaderValue::from_static("attachment; filename=\"probe.csv\"");
    response.headers_mut().insert("content-disposition", called);
    response
}

/// Returns a message's bytes.
pub(crate) fn encode(message: &DynamicMessage) -> Bytes {
    message.encode_to_vec().into()
}

/// Reads a message of the contract.
pub(crate) fn decode(pool: &DescriptorPool, name: &str, bytes: Bytes) -> DynamicMessage {
    let descriptor = pool.get_message_by_name(name).expect("declared");
    let message = DynamicMessage::decode(descriptor, bytes).expect("such a message");
    assert_eq!(message.descriptor().full_name(), name);
    message
}
