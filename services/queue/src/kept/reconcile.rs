//! Queues and database compared, again and again: leases that ran out, queues that were flushed, entries that were
//! lost (D12, A09, A10).

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::health::Difference;
use super::{Kept, Truth, chain};

impl<T: Truth> Kept<T> {
    /// Keeps all queues right until `stop`: looks at them at once, then each time `every` (wall time) is over or a
    /// future that `moved` returned is ready, by which the owner tells that its clock was moved by hand.
    pub async fn keep<M>(&self, every: Duration, mut moved: impl FnMut() -> M, stop: CancellationToken)
    where
        M: Future<Output = ()>,
    {
        loop {
            // Before the look: a clock that is moved meanwhile must not be missed.
            let moved = moved();
            if let Err(error) = self.look().await {
                tracing::warn!(error = chain(&error), "queues and database will be compared later");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(every) => {}
                () = moved => {}
            }
        }
    }

    /// Looks at every queue once: puts back what was held beyond its lease, heals it, and builds it anew where it
    /// differs from the database as it did at the last look.
    pub(super) async fn look(&self) -> Result<(), T::Error> {
        for queue in self.0.truth.queues().await? {
            self.expire(&queue).await;
            self.heal(&queue).await;
            let Some(queued) = self.waiting(&queue).await else {
                continue;
            };
            let known = self.0.truth.waiting(&queue).await?;
            let difference = Difference::from(queued) - Difference::from(known);
            if self.health(|health| health.is_stuck(&queue, difference)) {
                self.rebuild(&queue).await;
            }
        }
        Ok(())
    }

    /// Puts back what was held beyond its lease, so that those who wait learn of it. The database expires leases by
    /// itself: a queue that misses this is not behind.
    async fn expire(&self, queue: &str) {
        if !self.is_silent()
            && let Err(error) = self.0.queue.expire(queue, self.0.truth.now()).await
        {
            tracing::debug!(queue, %error, "leases are expired later");
        }
    }

    /// Returns how much waits in a queue; `None` where it does not answer.
    async fn waiting(&self, queue: &str) -> Option<u64> {
        if self.is_silent() {
            return None;
        }
        self.0.queue.depth(queue).await.ok().map(|depth| depth.waiting)
    }
}
