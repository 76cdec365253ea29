//! Leases that run out: the work is back at its old place (A01).

use async_trait::async_trait;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::id;

use super::Work;
use super::queues::entry;
use crate::domain::assignment::Assignment;
use crate::domain::state::{Move, State};
use crate::events::outgoing;
use crate::store::assignments;

/// The kind of deadline that ends a lease.
pub(super) const KIND: &str = "lease";

/// Ends leases that ran out.
pub(crate) struct Expiry(pub(crate) Work);

/// Sets when the lease ends; a later heartbeat or lease replaces it.
pub(super) fn set(tx: &Tx, work: &Assignment) {
    let subject = work.id.to_string();
    match work.lease_expires_at {
        Some(end) => deadlines::set(tx, KIND, &subject, end, &work.epoch.to_string()),
        None => deadlines::clear(tx, KIND, &subject),
    }
}

#[async_trait]
impl Alarm for Expiry {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let id = id::parse(&deadline.subject, "subject")?;
        let Some(held) = assignments::lock(tx, id).await? else {
            return Ok(());
        };
        if held.state != State::Leased || held.epoch.to_string() != deadline.payload {
            return Ok(());
        }
        let mut work = held.clone();
        work.put_back(Move::Expire).map_err(super::fault)?;
        assignments::save(tx, &mut work);
        outgoing::expired(tx, &held, deadline.due_at)?;
        let queues = self.0.queues.clone();
        tx.after_commit(async move { queues.put_back(&work.team_key, entry(&work)).await });
        Ok(())
    }
}
