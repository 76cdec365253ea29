//! Waits for the order to stop and carries it out.

use std::time::Duration;

use hotline_core::telemetry::Telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use super::Suite;

/// The order to stop: SIGTERM or SIGINT.
///
/// A process listens for it before it does anything else: the first process of a container does not die of signals that it
/// does not listen for, so one that waits for its database would be waited for in turn.
pub(super) struct Order {
    terminate: Signal,
    interrupt: Signal,
}

impl Order {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt })
    }

    /// Waits until it is given.
    async fn given(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Starts what then runs until the order is given. An order that comes before the start is through gives it up; what it
    /// had begun is left as by a crash, which the next start takes up.
    ///
    /// # Errors
    /// Those of the start.
    pub(super) async fn run(
        mut self,
        start: impl Future<Output = anyhow::Result<Suite>>,
        telemetry: Telemetry,
    ) -> anyhow::Result<()> {
        let started = tokio::select! {
            suite = start => Some(suite?),
            () = self.given() => None,
        };
        match started {
            Some(suite) => self.serve(suite).await,
            None => tracing::info!("told to stop before everything had started"),
        }
        tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
        Ok(())
    }

    /// Runs until the order is given or a port fails. A second order ends the process at once.
    async fn serve(mut self, suite: Suite) {
        tokio::select! {
            () = self.given() => {}
            () = suite.stop.cancelled() => {}
        }
        tracing::info!("stopping");
        let drain = Duration::from_secs(suite.config.server.drain_seconds);
        if let Some(gateway) = suite.gateway() {
            gateway.drain();
        }
        tokio::select! {
            () = async { sleep(drain).await; suite.stop().await } => {}
            () = self.given() => tracing::warn!("told twice: ending now"),
        }
    }
}
