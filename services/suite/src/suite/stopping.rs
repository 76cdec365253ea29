//! Waits for the order to stop and carries it out.

use std::time::Duration;

use hotline_core::telemetry::Telemetry;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use super::Suite;

/// Runs until SIGTERM, SIGINT or a port's failure. A second signal ends the process at once.
pub(super) async fn run(suite: Suite, telemetry: Telemetry) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = suite.stop.cancelled() => {}
    }
    tracing::info!("stopping");
    let drain = Duration::from_secs(suite.config.server.drain_seconds);
    if let Some(gateway) = suite.gateway() {
        gateway.drain();
    }
    tokio::select! {
        () = async { sleep(drain).await; suite.stop().await } => {}
        _ = terminate.recv() => tracing::warn!("told twice: ending now"),
        _ = interrupt.recv() => tracing::warn!("told twice: ending now"),
    }
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
    Ok(())
}
