//! REST → gRPC → REST, from descriptors only: the route says which method, reflection does the rest.

use axum::body::Body;
use axum::extract::Request;
use hotline_proto::codec::RawCodec;
use http::Response;
use tonic::Status;
use tonic::client::Grpc;

use crate::error::Error;
use crate::limits;
use crate::onward::Onward;

pub(crate) mod file;
mod json;
mod params;
mod request;
mod response;
mod route_table;
mod strict;
mod template;
mod wire;

pub(crate) use params::FieldPath;
pub(crate) use route_table::{BodyTarget, Found, Route, RouteTable};
pub(crate) use wire::{ShapeId, Shapes};

/// The largest message taken from a service: a page of 500 large records, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// Calls the method of a route and returns its answer: as JSON, or as the file that it is, whole or while it is made.
///
/// # Errors
/// The gateway's refusal of the request, or the service's own status.
pub(crate) async fn call(found: Found, request: Request, onward: &Onward) -> Result<Response<Body>, Status> {
    let method = found.route.method.clone();
    let (asks_on, answers_on) =
        (method.descriptor.is_client_streaming(), method.descriptor.is_server_streaming());
    if asks_on || (answers_on && !file::is_answer_of(&method)) {
        return Err(Error::Stream.into());
    }
    let (parts, body) = request.into_parts();
    let body = match found.route.body {
        // What a request without a body sends is not even read.
        BodyTarget::None => bytes::Bytes::new(),
        _ => limits::read(body, onward.body_bytes).await?,
    };
    let message = request::build(&found, &parts, &body)?;
    let mut outgoing = tonic::Request::new(prost::Message::encode_to_vec(&message).into());
    onward.add(&method, &parts.headers, outgoing.metadata_mut().as_mut());

    let mut client = Grpc::new(onward.to(&method)).max_decoding_message_size(LARGEST_ANSWER);
    client.ready().await?;
    if answers_on {
        let pieces = client.server_streaming(outgoing, method.path.clone(), RawCodec).await?;
        return file::stream(pieces).await;
    }
    let answer = client.unary(outgoing, method.path.clone(), RawCodec).await?;
    Ok(response::render(&method, answer)?)
}
