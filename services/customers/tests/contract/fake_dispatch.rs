//! A dispatch that sends repairs to the second line and everything else to the first.

use hotline_core::testing::grpc_answer;
use hotline_core::upstream::Upstream;
use hotline_proto::dispatch::v1::{DryRunRoutingRequest, DryRunRoutingResponse};
use http::Request;
use http_body_util::BodyExt;
use prost::Message;
use tonic::body::Body;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

pub(crate) fn stack() -> Upstream {
    BoxCloneSyncService::new(service_fn(|request: Request<Body>| async move {
        assert!(request.uri().path().ends_with("/DryRunRouting"), "customers calls nothing else");
        let message = request.into_body().collect().await?.to_bytes().split_off(5);
        let asked = DryRunRoutingRequest::decode(message)?;
        let is_repair = asked.category_code.starts_with("repair.");
        let team_key = if is_repair { "second-line-network" } else { "first-line" }.to_owned();
        Ok(grpc_answer(&DryRunRoutingResponse { team_key, ..DryRunRoutingResponse::default() }))
    }))
}
