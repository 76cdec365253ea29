//! The gateway's port: HTTP/1.1 and HTTP/2 side by side, with bounds on what a connection may do (C02, C03, C05 of the
//! attack list).

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{ServiceExt, service_fn};

use crate::door::Peer;

mod impatient;

use impatient::Impatient;

/// How long a client may take over a request's head.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what it is sent.
const TAKE_TIME: Duration = Duration::from_secs(60);
/// Headers of a request at most: bytes in all, and how many over HTTP/1.1.
const HEAD_BYTES: u32 = 64 * 1024;
const HEADERS: usize = 100;
/// Requests that one HTTP/2 connection may have under way.
const STREAMS: u32 = 250;
/// Streams that a client may open and reset before they are looked at.
const RESETS: usize = 64;
/// When a silent HTTP/2 connection is asked whether it is still there, and how long it may take to say so.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_PATIENCE: Duration = Duration::from_secs(10);
/// How an HTTP/2 connection begins (RFC 9113 section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// When to look again at a connection that has begun like that and not gone on.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How long to wait before the next try when no connection can be accepted, for want of file handles mostly.
const BREATH: Duration = Duration::from_millis(100);

/// Serves the gateway on a port until `stop`; then lets what runs end.
///
/// # Errors
/// None at present: a port that can't accept for a while is tried again.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> anyhow::Result<()> {
    let connections = TaskTracker::new();
    let builder = builder();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(connection(builder.clone(), stream, peer, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection can't be accepted");
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

/// Waits until the client has shown which protocol it speaks: only from then on does a timer of the protocol run, and
/// one that says nothing must not hold a connection for good.
async fn has_begun(stream: &TcpStream, patience: Duration) -> bool {
    let mut seen = [0; PREFACE.len()];
    let shown = async {
        loop {
            match stream.peek(&mut seen).await {
                Ok(0) | Err(_) => return false,
                Ok(length) if length < PREFACE.len() && PREFACE.starts_with(&seen[..length]) => {
                    sleep(LOOK_AGAIN).await;
                }
                Ok(_) => return true,
            }
        }
    };
    timeout(patience, shown).await.unwrap_or(false)
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES as usize)
        .max_headers(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES)
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_PATIENCE);
    builder
}

async fn connection(
    builder: Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    if !has_begun(&stream, HEAD_TIME).await {
        return;
    }
    // Small answers must not wait for the acknowledgement of the one before. A socket that refuses is closed already.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let stream = TokioIo::new(Impatient::new(stream, TAKE_TIME));
    let mut serving = pin!(builder.serve_connection(stream, TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::{PREFACE, has_begun};

    /// Connects, sends what a client begins with, and tells whether that is a beginning.
    async fn begins_with(beginning: &[u8], patience: Duration) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("connects");
        client.write_all(beginning).await.expect("sent");
        let (stream, _) = listener.accept().await.expect("accepted");
        has_begun(&stream, patience).await
    }

    #[tokio::test]
    async fn a_client_that_shows_no_protocol_is_given_up() {
        for beginning in [&b""[..], b"P", b"PRI * HTTP/2.0"] {
            assert!(!begins_with(beginning, Duration::from_millis(30)).await, "{beginning:?}");
        }
    }

    #[tokio::test]
    async fn either_protocol_is_a_beginning() {
        for beginning in [&b"G"[..], b"POST", PREFACE] {
            assert!(begins_with(beginning, Duration::from_secs(10)).await, "{beginning:?}");
        }
    }
}
