//! What is due: callbacks open, leases run out.

use async_trait::async_trait;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::id;
use uuid::Uuid;

use super::Work;
use super::queue::entry;
use crate::NAME;
use crate::domain::Callback;
use crate::store::callbacks;

/// A callback opens.
const OPEN: &str = "open";
/// A lease runs out.
const LEASE: &str = "lease";

/// Sets when the callback opens.
pub(super) fn set_opening(tx: &Tx, callback: &Callback) {
    deadlines::set(tx, OPEN, &callback.id.to_string(), callback.draft.opens_at, "");
}

/// Sets when the callback's lease runs out.
pub(super) fn set_expiry(tx: &Tx, callback: &Callback) {
    if let Some(end) = callback.lease_expires_at {
        deadlines::set(tx, LEASE, &callback.id.to_string(), end, "");
    }
}

/// Removes what was due: the callback has left the state that it was due in.
pub(super) fn clear(tx: &Tx, callback_id: Uuid) {
    let subject = callback_id.to_string();
    deadlines::clear(tx, OPEN, &subject);
    deadlines::clear(tx, LEASE, &subject);
}

/// Makes happen what is due.
pub(crate) struct Alarms(Work);

impl Alarms {
    /// Makes the alarms of the service.
    pub(crate) fn new(work: Work) -> Self {
        Self(work)
    }
}

#[async_trait]
impl Alarm for Alarms {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let mut callback = callbacks::locked(tx, id::parse(&deadline.subject, "subject")?).await?;
        let waits = match deadline.kind.as_str() {
            OPEN => callback.open(deadline.due_at),
            _ => callback.expire(deadline.due_at),
        };
        if waits {
            callbacks::save(tx, &mut callback).await?;
            let queue = self.0.queue.clone();
            tx.after_commit(async move { queue.put_back(NAME, entry(&callback)).await });
        }
        Ok(())
    }
}
