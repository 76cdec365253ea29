//! Queues and database compared, again and again: leases that ran out, queues that were flushed, entries that were
//! lost (D12, A09, A10).

use std::collections::HashMap;

use hotline_core::error::{Error, chain};
use hotline_core::server::Task;
use tokio::time::sleep;

use super::Work;
use crate::store::{standing, teams};

/// By how much a queue differs from the database: entries too many, or too few.
type Difference = i128;

/// Returns the task that keeps queues right while the service runs.
pub(crate) fn task(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            let mut seen = HashMap::new();
            // What a queue holds at the start may be of an earlier life of the database.
            report(rebuild_all(&work).await);
            loop {
                // Before the look: a clock that is moved meanwhile must not be missed.
                let moved = work.clock.moved();
                report(look(&work, &mut seen).await);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep(work.config.reconcile_every()) => {}
                    () = moved => {}
                }
            }
        })
    })
}

async fn rebuild_all(work: &Work) -> Result<(), Error> {
    for team in teams::keys(work.db.reader()).await? {
        work.queues.rebuild(&team).await;
    }
    Ok(())
}

/// Looks at every queue once; `seen` is by how much each differed at the last look.
async fn look(work: &Work, seen: &mut HashMap<String, Difference>) -> Result<(), Error> {
    for team in teams::keys(work.db.reader()).await? {
        work.queues.expire(&team).await;
        work.queues.heal(&team).await;
        let Some(queued) = work.queues.waiting(&team).await else {
            continue;
        };
        let known = standing::waiting(work.db.reader(), &team).await?;
        let difference = Difference::from(queued) - Difference::from(known);
        // Work on its way makes the two differ for a moment, and differently at each look.
        let stuck = difference != 0 && seen.insert(team.clone(), difference) == Some(difference);
        if stuck {
            work.queues.rebuild(&team).await;
        }
        if stuck || difference == 0 {
            seen.remove(&team);
        }
    }
    Ok(())
}

fn report(outcome: Result<(), Error>) {
    if let Err(error) = outcome {
        tracing::warn!(error = %chain(&error), "queues and database will be compared later");
    }
}
