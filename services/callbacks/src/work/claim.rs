//! Claiming: the queue proposes, the database decides who holds a callback (V2, D3).

use std::time::Duration;

use hotline_core::db::Tx;
use hotline_queue::lease_until;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Work, alarms};
use crate::domain::{Callback, Standing};
use crate::store::{callbacks, waiting};
use crate::{Error, NAME};

/// How long a claim waits before it looks again where no wake-up tells of anything: when all there is is the claimer's
/// own work, or when there is no queue.
const PAUSE: Duration = Duration::from_millis(500);

/// Who wants how much work.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The claimer.
    pub(crate) subject: String,
    /// How much at most.
    pub(crate) most: usize,
    /// How long to wait for some, wall time.
    pub(crate) wait: Duration,
    /// How long the lease runs.
    pub(crate) lease: Duration,
}

/// What becomes of proposals.
#[derive(Default)]
struct Picked {
    /// For the claimer.
    free: Vec<Uuid>,
    /// For others.
    left: Vec<Uuid>,
    /// For nobody.
    gone: Vec<Uuid>,
}

impl Work {
    /// Leases what is due first, and waits for some if there is none. `None` when the time is over.
    ///
    /// # Errors
    /// [`Error::Core`] or [`Error::Calendar`].
    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Callback>)>, Error> {
        self.queue.heal(NAME).await;
        let start = Instant::now();
        loop {
            let left = claim.wait.saturating_sub(start.elapsed());
            if self.wait_for_hours(left).await? {
                let proposed = self.proposals(claim, left).await?;
                if let Some(granted) = self.grant(claim, &proposed).await? {
                    return Ok(Some(granted));
                }
            }
            if left.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Gives back what was leased in the queue and, after all, not in the database.
    pub(crate) async fn not_granted(&self, ids: &[Uuid]) {
        self.queue.give_back(NAME, ids).await;
    }

    /// Tells whether customers may be called now. If not, it waits for that for some of the time that is `left`: what
    /// was not done by evening is handed out to nobody at night.
    async fn wait_for_hours(&self, left: Duration) -> Result<bool, Error> {
        let moved = self.clock.moved();
        let now = self.clock.now();
        let opens = self.policies.get().next_allowed(now)?;
        if opens == now {
            return Ok(true);
        }
        let until_open = (opens - now).to_std().unwrap_or_default();
        let wait = if self.clock.is_manual() { left } else { left.min(until_open) };
        tokio::select! {
            () = sleep(wait) => {}
            () = moved => {}
        }
        Ok(false)
    }

    /// Returns callbacks that may be leased, due first first; nothing after some of the time that is `left`.
    async fn proposals(&self, claim: &Claim, left: Duration) -> Result<Vec<Uuid>, Error> {
        if let Some(gathered) = self.gather(claim, left).await? {
            return Ok(gathered);
        }
        let found = waiting::due_first(self.db.reader(), &claim.subject, claim.most).await?;
        if found.is_empty() {
            sleep(left.min(PAUSE)).await;
        }
        Ok(found)
    }

    /// Takes proposals from the queue until there is enough that the claimer may have or the queue is empty. The
    /// claimer's own work is set aside meanwhile, else the queue would propose it again and again. `None` where the
    /// queue does not answer.
    async fn gather(&self, claim: &Claim, left: Duration) -> Result<Option<Vec<Uuid>>, Error> {
        let (mut good, mut aside) = (Vec::new(), Vec::new());
        let mut wait = left;
        while good.len() < claim.most {
            let wanted = claim.most - good.len();
            let Some(claimed) = self.queue.claim(NAME, &claim.subject, wanted, claim.lease, wait).await
            else {
                return Ok((!good.is_empty()).then_some(good));
            };
            wait = Duration::ZERO;
            let proposed: Vec<Uuid> = claimed.iter().map(|claimed| claimed.id).collect();
            let picked = self.triage(claim, &proposed).await?;
            good.extend(picked.free);
            aside.extend(picked.left);
            if proposed.len() < wanted {
                break;
            }
        }
        self.queue.give_back(NAME, &aside).await;
        if good.is_empty() && !aside.is_empty() {
            sleep(left.min(PAUSE)).await;
        }
        Ok(Some(good))
    }

    /// Asks the database about proposals; what does not wait any more leaves the queue.
    async fn triage(&self, claim: &Claim, proposed: &[Uuid]) -> Result<Picked, Error> {
        let known = match waiting::among(self.db.reader(), proposed).await {
            Ok(known) => known,
            Err(error) => {
                self.queue.give_back(NAME, proposed).await;
                return Err(error.into());
            }
        };
        let picked = pick(proposed, &claim.subject, |id| known.get(&id));
        self.queue.drop_stale(NAME, &picked.gone).await?;
        Ok(picked)
    }

    /// Leases what still waits: compare-and-set decides who holds it. `None` where others were quicker.
    async fn grant(&self, claim: &Claim, proposed: &[Uuid]) -> Result<Option<(Tx, Vec<Callback>)>, Error> {
        if proposed.is_empty() {
            return Ok(None);
        }
        // A wait may have outlasted the allowed hours.
        let now = self.clock.now();
        if self.policies.get().next_allowed(now)? != now {
            self.queue.give_back(NAME, proposed).await;
            return Ok(None);
        }
        let leased = self.lease(claim, proposed).await;
        let (tx, granted, gone) = match leased {
            Ok(leased) => leased,
            Err(error) => {
                self.queue.give_back(NAME, proposed).await;
                return Err(error);
            }
        };
        if granted.is_empty() {
            drop(tx);
            self.queue.drop_stale(NAME, &gone).await?;
            return Ok(None);
        }
        let queue = self.queue.clone();
        // What is not dropped now is proposed again, and dropped then.
        tx.after_commit(async move { drop(queue.drop_stale(NAME, &gone).await) });
        Ok(Some((tx, granted)))
    }

    async fn lease(&self, claim: &Claim, proposed: &[Uuid]) -> Result<(Tx, Vec<Callback>, Vec<Uuid>), Error> {
        let until = lease_until(self.clock.now(), claim.lease);
        let tx = self.db.begin().await?;
        let mut known = waiting::locked_among(&tx, proposed).await?;
        let picked = pick(proposed, &claim.subject, |id| known.get(&id));
        let mut granted = Vec::with_capacity(picked.free.len());
        for mut callback in picked.free.iter().filter_map(|id| known.remove(id)) {
            callback.lease(&claim.subject, rand::random(), until);
            callbacks::save(&tx, &mut callback).await?;
            alarms::set_expiry(&tx, &callback);
            granted.push(callback);
        }
        Ok((tx, granted, picked.gone))
    }
}

fn pick<'a>(proposed: &[Uuid], subject: &str, known: impl Fn(Uuid) -> Option<&'a Callback>) -> Picked {
    let mut picked = Picked::default();
    for id in proposed {
        match known(*id).map_or(Standing::Gone, |callback| callback.standing(subject)) {
            Standing::Free => picked.free.push(*id),
            Standing::OwnWork => picked.left.push(*id),
            Standing::Gone => picked.gone.push(*id),
        }
    }
    picked
}
