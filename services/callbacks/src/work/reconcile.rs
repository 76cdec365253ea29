//! Queue and database compared, again and again: leases that ran out, a queue that was flushed, entries that were lost
//! (D12).

use hotline_core::error::chain;
use hotline_core::server::Task;
use tokio::time::sleep;

use super::Work;
use crate::store::waiting;

/// Returns the task that keeps the queue right while the service runs.
pub(crate) fn task(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            let mut lacked = false;
            loop {
                // Before the look: a clock that is moved meanwhile must not be missed.
                let moved = work.clock.moved();
                work.queue.expire().await;
                let lacks = lacks(&work).await;
                // Work on its way makes the two differ for a moment; what is lost is lacking at the next look too.
                if lacks && lacked {
                    work.queue.lacks();
                }
                lacked = lacks;
                work.queue.heal().await;
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep(work.reconcile_every) => {}
                    () = moved => {}
                }
            }
        })
    })
}

/// Tells whether fewer callbacks wait in the queue than in the database.
async fn lacks(work: &Work) -> bool {
    let Some(queued) = work.queue.waiting().await else {
        return false;
    };
    match waiting::count(work.db.reader()).await {
        Ok(known) => queued < known,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "queue and database will be compared later");
            false
        }
    }
}
