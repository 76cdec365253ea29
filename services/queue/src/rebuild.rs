//! Filling a queue from the database that knows what belongs in it.

use crate::{Error, Result, Snapshot, WorkQueue};

/// Makes the queue `name` hold what the database says (D12).
///
/// Owners put after they commit, and the queue is cleared before `read` is polled. So whatever is put while
/// the database is being read stays, and what was put before is in the snapshot: nothing falls between.
/// Entries that were finished meanwhile are left over and refused by the database at their next claim. Claims
/// in between find fewer entries.
///
/// Returns false when another rebuild or a flush came between; then that one, or a further one, completes the
/// queue.
///
/// # Errors
/// Those of `read`, and [`Error::Unavailable`]; the queue stays not [`built`](WorkQueue::built).
pub async fn rebuild<E: From<Error>>(
    queue: &dyn WorkQueue,
    name: &str,
    read: impl Future<Output = Result<Snapshot, E>> + Send,
) -> Result<bool, E> {
    let epoch = queue.clear(name).await?;
    let snapshot = read.await?;
    Ok(queue.load(name, epoch, &snapshot).await?)
}
