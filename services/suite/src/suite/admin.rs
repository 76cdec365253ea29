//! The operators' port: metrics and a sign of life.

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use hotline_core::telemetry::Metrics;
use tokio::net::TcpListener;

use super::Suite;

/// Serves `/metrics` and `/healthz` on the operators' port, where one is set.
pub(super) async fn serve(suite: &Suite, metrics: Metrics) -> anyhow::Result<()> {
    let address = suite.config.server.admin_listen.as_str();
    if address.is_empty() {
        return Ok(());
    }
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("server.admin_listen: {address} can't be bound"))?;
    let router = Router::new()
        .route("/metrics", get(move || async move { metrics.render() }))
        .route("/healthz", get(|| async { "ok" }));
    let stop = suite.stop.clone();
    suite.spawn(async move {
        Ok(axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?)
    });
    Ok(())
}
