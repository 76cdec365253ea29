//! What other processes change of webhooks, what is forgotten of their messages, and secrets that an older key encrypted.

use std::time::Duration;

use hotline_core::clock;
use hotline_core::error::{Error, chain};
use hotline_core::server::Task;
use hotline_core::trouble::Trouble;
use hotline_webhooks::signature::TOLERANCE;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::store::{deliveries, received, webhooks};
use crate::work::Work;

/// How often the webhooks are read again: what another process changes counts here that much later.
const EVERY: Duration = Duration::from_secs(2);
/// How often old messages are forgotten and secrets looked at.
const CLEANS: Duration = Duration::from_secs(3600);

/// Returns the task that follows what other processes change, and forgets old messages.
pub(crate) fn follow(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            let (trouble, mut cleaned) = (Trouble::of("reader of webhooks"), None);
            while !stop.is_cancelled() {
                match work.webhooks.read(&work.db).await {
                    Ok(()) => trouble.works(),
                    Err(error) => trouble.failed(&error),
                }
                if cleaned.is_none_or(|cleaned: Instant| cleaned.elapsed() >= CLEANS) {
                    match clean(&work).await {
                        Ok(()) => cleaned = Some(Instant::now()),
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

async fn clean(work: &Work) -> Result<(), Error> {
    for row in webhooks::all(work.db.reader()).await? {
        if let Err(error) = seal_anew(work, row.id).await {
            tracing::error!(webhook = %row.id, error = %chain(&error), "the secret of a webhook can't be opened");
        }
    }
    let tx = work.db.begin().await?;
    deliveries::forget(&tx, work.clock.now() - work.config.webhooks.kept()).await?;
    received::forget(&tx, clock::wall() - TOLERANCE * 2).await?;
    tx.commit().await
}

/// Encrypts with the present key what an older one did, so that the older one can go.
async fn seal_anew(work: &Work, webhook: Uuid) -> Result<(), Error> {
    let tx = work.db.begin().await?;
    let Some(row) = webhooks::lock(&tx, webhook).await? else { return Ok(()) };
    if let Some(sealed) = work.webhooks.sealed_anew(&row)? {
        webhooks::save(&tx, sealed).await?;
    }
    tx.commit().await
}
