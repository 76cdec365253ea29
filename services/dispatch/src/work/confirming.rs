//! The sender's call to the next handler, and the holder's arrival on site.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use uuid::Uuid;

use super::holder::{Claimant, locked};
use super::{Work, escalation};
use crate::domain::assignment::Assignment;
use crate::domain::confirmation::Call;
use crate::domain::state::Move;
use crate::error::Error;
use crate::events::confirming;
use crate::store::assignments;

impl Work {
    /// Notes whom the sender reached; nobody is reminded or told any more.
    ///
    /// # Errors
    /// [`hotline_core::error::Error::NotFound`], and as [`Assignment::confirm`].
    pub(crate) async fn confirm(&self, id: Uuid, call: Call) -> Result<(Tx, Assignment), Error> {
        let tx = self.db.begin().await?;
        let mut work = locked(&tx, id).await?;
        let now = self.clock.now();
        if work.confirm(call, now)? {
            assignments::save(&tx, &mut work);
            escalation::set(&tx, &work, None);
            confirming::confirmed(&tx, &work, now)?;
        }
        Ok((tx, work))
    }

    /// Notes that the holder is on site.
    ///
    /// # Errors
    /// As [`Work::held`], and as [`Assignment::arrive`].
    pub(crate) async fn arrive(
        &self,
        claimant: &Claimant,
        at: Option<DateTime<Utc>>,
    ) -> Result<(Tx, Assignment), Error> {
        let (tx, mut work) = self.lock(claimant, Move::Heartbeat).await?;
        let now = self.clock.now();
        if work.arrive(at, now)? {
            assignments::save(&tx, &mut work);
            confirming::arrived(&tx, &work, now)?;
        }
        Ok((tx, work))
    }
}
