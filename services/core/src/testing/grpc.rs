//! What a service of a test answers without a server behind it.

use http::Response;
use prost::Message;
use tonic::body::Body;

use crate::unary;

/// Returns a unary call's good answer: one gRPC message and an `OK` trailer.
pub fn grpc_answer(message: &impl Message) -> Response<Body> {
    unary::answer(&message.encode_to_vec())
}
