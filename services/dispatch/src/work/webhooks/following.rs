//! What other processes change of webhooks, and what is forgotten of their messages.

use std::time::Duration;

use hotline_core::clock;
use hotline_core::error::Error;
use hotline_core::server::Task;
use hotline_core::trouble::Trouble;
use hotline_webhooks::signature::TOLERANCE;
use tokio::time::{Instant, sleep};

use crate::store::{deliveries, received};
use crate::work::Work;

/// How often the webhooks are read again: what another process changes counts here that much later.
const EVERY: Duration = Duration::from_secs(2);
/// How often old messages are forgotten.
const FORGETS: Duration = Duration::from_secs(3600);

/// Returns the task that follows what other processes change, and forgets old messages.
pub(crate) fn follow(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            let (trouble, mut forgot) = (Trouble::of("reader of webhooks"), None);
            while !stop.is_cancelled() {
                match work.webhooks.read(&work.db).await {
                    Ok(()) => trouble.works(),
                    Err(error) => trouble.failed(&error),
                }
                if forgot.is_none_or(|forgot: Instant| forgot.elapsed() >= FORGETS) {
                    match forget(&work).await {
                        Ok(()) => forgot = Some(Instant::now()),
                        Err(error) => trouble.failed(&error),
                    }
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(EVERY) => {}
                }
            }
        })
    })
}

async fn forget(work: &Work) -> Result<(), Error> {
    let tx = work.db.begin().await?;
    deliveries::forget(&tx, work.clock.now() - work.config.webhooks.kept()).await?;
    received::forget(&tx, clock::wall() - TOLERANCE * 2).await?;
    tx.commit().await
}
