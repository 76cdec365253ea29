//! The content switch: REST, gRPC and gRPC-Web come in at one port and leave by one guard to the same services.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use http::{Extensions, Method as Verb, Response};
use prost_reflect::DescriptorPool;
use tokio::sync::Semaphore;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::dialect::Dialect;
use crate::error::Error;
use crate::guard::Guard;
use crate::methods::Methods;
use crate::observe::Matched;
use crate::onward::Onward;
use crate::transcode::RouteTable;
use crate::{passthrough, transcode};

/// The services that the door answers for itself over gRPC, without a token: health and reflection.
const OWN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/"];

/// Where a request comes from, put there by the port.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What stands behind the port.
pub(crate) struct Door {
    pub(crate) methods: Methods,
    pub(crate) routes: RouteTable,
    pub(crate) guard: Guard,
    pub(crate) onward: Onward,
    /// Requests that may be under way.
    pub(crate) room: Semaphore,
    /// Health and reflection.
    pub(crate) own: Routes,
}

impl Door {
    /// Answers any request that is not for one of the gateway's pages.
    pub(crate) async fn enter(self: Arc<Self>, request: Request) -> Response<Body> {
        let dialect = Dialect::of(request.headers());
        let Ok(_room) = self.room.try_acquire() else { return dialect.refuse(Error::Overloaded) };
        match dialect {
            Dialect::Rest => self.rest(request).await,
            Dialect::Grpc => self.grpc(request.map(tonic::body::Body::new)).await,
            Dialect::GrpcWeb => {
                let door = self.clone();
                let grpc = service_fn(move |request| {
                    let door = door.clone();
                    async move { Ok::<_, std::convert::Infallible>(door.grpc(request).await) }
                });
                match GrpcWebLayer::new().layer(grpc).oneshot(request).await {
                    Ok(response) => response.map(Body::new),
                    Err(never) => match never {},
                }
            }
        }
    }

    async fn rest(&self, request: Request) -> Response<Body> {
        let found = match self.routes.find(request.method(), request.uri().path()) {
            Ok(found) => found,
            Err(error) => return Dialect::Rest.refuse(error),
        };
        let (method, template) = (found.route.method.clone(), found.route.template.clone());
        let admission = self.guard.admit(&method.policy, request.headers(), peer(request.extensions())).await;
        let mut response = match admission.outcome {
            Ok(session) => session
                .run(transcode::call(found, request, &self.onward))
                .await
                .unwrap_or_else(|status| Dialect::Rest.refuse(status)),
            Err(error) => Dialect::Rest.refuse(error),
        };
        if let Some(standing) = admission.standing {
            standing.write(response.headers_mut());
        }
        response.extensions_mut().insert(Matched(template));
        response
    }

    async fn grpc(&self, request: http::Request<tonic::body::Body>) -> Response<Body> {
        let path = request.uri().path();
        if OWN.iter().any(|own| path.starts_with(own)) {
            return match self.own.clone().oneshot(request).await {
                Ok(response) => response.map(Body::new),
                Err(never) => match never {},
            };
        }
        let method = match self.methods.get(path) {
            Some(method) if request.method() == Verb::POST => method.clone(),
            _ => return Dialect::Grpc.refuse(Error::NoMethod),
        };
        let admission = self.guard.admit(&method.policy, request.headers(), peer(request.extensions())).await;
        let mut response = match admission.outcome {
            Ok(session) => match session.run(passthrough::forward(&method, request, &self.onward)).await {
                Ok(response) => response.map(Body::new),
                Err(error) => Dialect::Grpc.refuse(error),
            },
            Err(error) => Dialect::Grpc.refuse(error),
        };
        if let Some(standing) = admission.standing {
            standing.write(response.headers_mut());
        }
        response.extensions_mut().insert(Matched(method.path.as_str().into()));
        response
    }
}

/// Makes the gRPC services that the door answers for itself.
///
/// # Errors
/// [`Error::Contract`] for descriptors that can't be reflected.
pub(crate) fn own(pool: &DescriptorPool) -> Result<Routes, Error> {
    let (_, health) = tonic_health::server::health_reporter();
    let descriptors = pool.encode_to_vec();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(&descriptors)
        .build_v1()
        .map_err(|error| Error::Contract(error.to_string()))?;
    Ok(Routes::new(health).add_service(reflection).prepare())
}

/// Returns where a request comes from.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Peer>().map(|peer| peer.0.ip())
}
