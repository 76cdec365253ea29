//! The connector: it looks a name up, drops the addresses that must not be called, and connects to those that are left.
//! What was checked is what is connected to, so a name that leads elsewhere the next moment gains nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tower::{BoxError, Service};

use crate::address::Rules;

/// Looks names up.
pub trait Resolve: Send + Sync + 'static {
    /// Returns the addresses that a name has now.
    ///
    /// # Errors
    /// Where it can't be found out.
    fn resolve(&self, name: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// Looks names up as this machine does.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Resolve for System {
    fn resolve(&self, name: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(lookup_host((name, port)).await?.collect()) })
    }
}

/// No address of the receiver may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no address of the receiver may be called")]
pub(crate) struct Blocked;

/// See the module.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) rules: Arc<Rules>,
    pub(crate) resolver: Arc<dyn Resolve>,
}

impl Service<Uri> for Guard {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move { guard.connect(&target).await })
    }
}

impl Guard {
    async fn connect(&self, target: &Uri) -> Result<TokioIo<TcpStream>, BoxError> {
        let host = target.host().ok_or(Blocked)?;
        let port = target.port_u16().unwrap_or(if target.scheme_str() == Some("http") { 80 } else { 443 });
        // An address of IPv6 stands in brackets.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let mut addresses = match literal {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.resolver.resolve(host.to_owned(), port).await?,
        };
        addresses.retain(|address| self.rules.permit(address.ip()));
        let mut failed: BoxError = Blocked.into();
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(TokioIo::new(stream));
                }
                Err(error) => failed = error.into(),
            }
        }
        Err(failed)
    }
}
