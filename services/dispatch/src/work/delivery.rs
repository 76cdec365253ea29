//! Bringing offers to the members they are for: a claim in a team that pushes waits for them (D3).

use std::time::Duration;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use tokio::time::{Instant, sleep, timeout};

use super::Work;
use super::claim::{Claim, Granted};
use crate::store::{assignments, offering};

/// How long a claim that hears nothing waits before it looks: what another process offers is heard of on the event bus,
/// which may be away.
const LOOK: Duration = Duration::from_secs(2);

impl Work {
    /// Returns what was offered to the claimer and no claim has brought yet, and waits for some if there is none. `None`
    /// when the time is over.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn claim_offers(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        let (end, waits) = (Instant::now() + claim.wait, self.offers.heard.of(&claim.subject));
        loop {
            // Before the look: what is offered meanwhile must not be missed.
            let mut heard = std::pin::pin!(waits.notified());
            heard.as_mut().enable();
            if let Some(brought) = self.bring(claim).await? {
                return Ok(Some(brought));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            // Nothing but the time is over where nothing was heard.
            let _ = timeout(left.min(LOOK), heard).await;
        }
    }

    /// Returns what was offered to the claimer by name in a team whose members claim; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn named_offers(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        if self.offers.heard.lately(&claim.subject) { self.bring(claim).await } else { Ok(None) }
    }

    /// Keeps in mind what was offered before this process started.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn remember_offers(&self) -> Result<(), Error> {
        for subject in offering::undelivered_to(self.db.reader()).await? {
            self.offers.heard.tell(&subject);
        }
        Ok(())
    }

    async fn bring(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        let (subject, team) = (&claim.subject, &claim.team.key);
        if !offering::has_undelivered(self.db.reader(), subject, team).await? {
            return Ok(None);
        }
        let tx = self.db.begin().await?;
        let mut offered = offering::lock_offered(&tx, subject, Some(team)).await?;
        offered.retain(|work| work.lease_expires_at.is_some_and(|end| self.clock.now() < end));
        offered.sort_by_key(|work| (work.order, work.id));
        offered.truncate(claim.most);
        let mut brought = Vec::with_capacity(offered.len());
        for mut work in offered {
            let Some(token) = work.offered_token() else { continue };
            work.delivered();
            assignments::save(&tx, &mut work);
            brought.push((work, token));
        }
        if brought.is_empty() {
            // What ran out is there until the sweep: looking at once would spin.
            drop(tx);
            sleep(claim.wait.min(SWEEP)).await;
            return Ok(None);
        }
        Ok(Some((tx, brought)))
    }
}

/// How long the sweeper may take to see that an offer ran out.
const SWEEP: Duration = Duration::from_millis(100);
