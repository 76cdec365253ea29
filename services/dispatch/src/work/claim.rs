//! Claiming: the queue proposes, the database decides (D3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_queue::lease_until;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Work, expiry};
use crate::domain::assignment::Assignment;
use crate::domain::flow::Flow;
use crate::domain::lease::Token;
use crate::domain::pick::{Offer, Picked, pick};
use crate::domain::team::{self, Budget};
use crate::events::outgoing;
use crate::store::{MemberRow, TeamRow, assignments, members, teams};

/// How long a claim that found nothing but what its member declined, that has no room, or whose queue is paused, waits before
/// it looks again.
/// No wake-up tells of either, and looking at once would spin.
const PAUSE: Duration = Duration::from_millis(250);

/// How long what was read of a queue's flow is taken to hold: a claim that waited longer looks again.
const FRESH: Duration = Duration::from_millis(50);

/// The budget of who may hold as much as they like.
const NO_LIMIT: Budget = Budget { capacity: None, held: 0 };

/// Who wants how much work of which team.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The team.
    pub(crate) team: TeamRow,
    /// The claimer's membership; those above teams and those of the token need none.
    pub(crate) member: Option<MemberRow>,
    /// The claimer.
    pub(crate) subject: String,
    /// How much at most.
    pub(crate) most: usize,
    /// How long to wait for some, wall time.
    pub(crate) wait: Duration,
    /// How long the lease runs.
    pub(crate) lease: Duration,
}

/// Work under a lease, with the proof for its holder.
pub(crate) type Granted = (Assignment, Token);

/// What became of offers in a transaction that is still open.
struct Leased {
    tx: Tx,
    picked: Picked,
    granted: Vec<Granted>,
}

impl Claim {
    /// Returns what the claimer may hold; `None` where it does not matter what they hold already.
    fn capacity(&self) -> Option<u64> {
        team::capacity(self.member.as_ref().map_or(0, |member| member.capacity), self.team.capacity)
    }
}

impl Work {
    /// Leases the most urgent work, and waits for some if there is none; where the team pushes, it is what was offered to
    /// the claimer. `None` when the time is over.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        if claim.team.ways().pushes {
            return self.claim_offers(claim).await;
        }
        if let Some(named) = self.named_offers(claim).await? {
            return Ok(Some(named));
        }
        self.claim_waiting(claim).await
    }

    async fn claim_waiting(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        self.queues.heal(&claim.team.key).await;
        let start = Instant::now();
        let mut gives_out = Flow::from_number(claim.team.flow).gives_out();
        loop {
            let left = claim.wait.saturating_sub(start.elapsed());
            if !gives_out {
                if left.is_zero() {
                    return Ok(None);
                }
                sleep(left.min(PAUSE)).await;
                gives_out = self.gives_out(claim).await?;
                continue;
            }
            let begun = Instant::now();
            let budget = self.budget(claim).await?;
            let mut offers = self.proposed(claim, budget.most(claim.most), left).await?;
            if !offers.is_empty() && begun.elapsed() >= FRESH {
                gives_out = self.gives_out(claim).await?;
                if !gives_out {
                    // Stopped while it waited.
                    self.not_granted(claim, &ids(&offers)).await;
                    continue;
                }
            }
            if !offers.is_empty() {
                if let Some(granted) = self.grant_all(claim, &offers).await? {
                    return Ok(Some(granted));
                }
                offers = self.gather(claim, budget, offers, left).await?;
            }
            if offers.is_empty() {
                if claim.wait <= start.elapsed() {
                    return Ok(None);
                }
            } else if let Some(granted) = self.grant_some(claim, &offers).await? {
                return Ok(Some(granted));
            }
        }
    }

    /// Tells whether the queue gives work out now.
    async fn gives_out(&self, claim: &Claim) -> Result<bool, Error> {
        Ok(teams::flow(self.db.reader(), &claim.team.key).await?.gives_out())
    }

    /// Gives proposed work back whose lease could not be written.
    pub(crate) async fn not_granted(&self, claim: &Claim, ids: &[Uuid]) {
        self.queues.give_back(&claim.team.key, ids).await;
    }

    /// Returns what the claimer has room for.
    async fn budget(&self, claim: &Claim) -> Result<Budget, Error> {
        let Some(capacity) = claim.capacity() else { return Ok(NO_LIMIT) };
        let held = assignments::held_by(self.db.reader(), &claim.team.key, &claim.subject).await?;
        Ok(Budget { capacity: Some(capacity), held })
    }

    /// Returns what is proposed, most urgent first; nothing after some of the time that is `left`.
    async fn proposed(&self, claim: &Claim, room: usize, left: Duration) -> Result<Vec<Offer>, Error> {
        if room == 0 {
            sleep(left.min(PAUSE)).await;
            return Ok(Vec::new());
        }
        match self.proposals(claim, room, left).await {
            Some(offers) => Ok(offers),
            None => self.offers_of_database(claim, room, left).await,
        }
    }

    /// Takes proposals from the queue; `None` where it does not answer.
    async fn proposals(&self, claim: &Claim, wanted: usize, wait: Duration) -> Option<Vec<Offer>> {
        let (team, subject) = (&claim.team.key, &claim.subject);
        let claimed = self.queues.claim(team, subject, wanted, claim.lease, wait).await?;
        Some(claimed.iter().map(|claimed| Offer { id: claimed.id, until: claimed.expires_at }).collect())
    }

    /// Takes more proposals, where the member may not have all of the first, until there is enough or the queue is
    /// empty. What the member declined is set aside meanwhile, else the queue would propose it again and again.
    async fn gather(
        &self,
        claim: &Claim,
        budget: Budget,
        first: Vec<Offer>,
        left: Duration,
    ) -> Result<Vec<Offer>, Error> {
        let room = budget.most(claim.most);
        let (mut good, mut aside) = (Vec::new(), Vec::new());
        let mut offers = Some(first);
        while let Some(proposed) = offers {
            let wanted = room - good.len();
            let picked = self.triage(claim, &proposed, wanted, budget).await?;
            good.extend(picked.taken);
            aside.extend(picked.left);
            let enough = proposed.len() < wanted || good.len() == room;
            offers =
                if enough { None } else { self.proposals(claim, room - good.len(), Duration::ZERO).await };
        }
        self.queues.give_back(&claim.team.key, &aside).await;
        if good.is_empty() && !aside.is_empty() {
            sleep(left.min(PAUSE)).await;
        }
        Ok(good)
    }

    /// Asks the database about proposals; what does not wait any more leaves the queue.
    async fn triage(
        &self,
        claim: &Claim,
        offers: &[Offer],
        most: usize,
        budget: Budget,
    ) -> Result<Picked, Error> {
        let ids = ids(offers);
        let (known, declined) = match assignments::proposed(self.db.reader(), &ids, &claim.subject).await {
            Ok(answer) => answer,
            Err(error) => {
                self.queues.give_back(&claim.team.key, &ids).await;
                return Err(error);
            }
        };
        let picked = pick(offers, &known, &claim.team.key, &declined, most, budget);
        self.queues.drop_stale(&claim.team.key, &picked.stale).await?;
        Ok(picked)
    }

    /// Serves a claim without a queue: slower, and those who wait look for themselves (A10).
    async fn offers_of_database(
        &self,
        claim: &Claim,
        room: usize,
        left: Duration,
    ) -> Result<Vec<Offer>, Error> {
        let found = assignments::most_urgent(self.db.reader(), &claim.team.key, &claim.subject, room).await?;
        if found.is_empty() {
            sleep(left.min(self.config.fallback_poll())).await;
        }
        let until = lease_until(self.clock.now(), claim.lease);
        Ok(found.into_iter().map(|id| Offer { id, until }).collect())
    }

    /// Leases all that is offered. `None`, and nothing has changed, where the member may not have one of it: behind that
    /// there may be more.
    async fn grant_all(&self, claim: &Claim, offers: &[Offer]) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        let Leased { tx, granted, .. } = self.lease(claim, offers).await?;
        Ok((granted.len() == offers.len()).then_some((tx, granted)))
    }

    /// Leases what still waits. `None` where others were quicker.
    async fn grant_some(&self, claim: &Claim, offers: &[Offer]) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        let Leased { tx, picked, granted } = self.lease(claim, offers).await?;
        let (work, team) = (self.clone(), claim.team.key.clone());
        let settled = async move { work.settle(&team, &picked).await };
        if granted.is_empty() {
            drop(tx);
            settled.await;
            return Ok(None);
        }
        tx.after_commit(settled);
        Ok(Some((tx, granted)))
    }

    /// Leases what may be leased: a look under a lock decides who holds it.
    async fn lease(&self, claim: &Claim, offers: &[Offer]) -> Result<Leased, Error> {
        let leased = self.lease_locked(claim, offers).await;
        if leased.is_err() {
            self.queues.give_back(&claim.team.key, &ids(offers)).await;
        }
        leased
    }

    async fn lease_locked(&self, claim: &Claim, offers: &[Offer]) -> Result<Leased, Error> {
        let tx = self.db.begin().await?;
        let budget = budget_now(&tx, claim).await?;
        let (mut known, declined) = assignments::lock_proposed(&tx, &ids(offers), &claim.subject).await?;
        let picked = pick(offers, &known, &claim.team.key, &declined, claim.most, budget);
        let now = self.clock.now();
        let mut granted = Vec::with_capacity(picked.taken.len());
        for offer in &picked.taken {
            if let Some(work) = known.remove(&offer.id) {
                granted.push(lease_one(&tx, work, &claim.subject, (offer, now))?);
            }
        }
        Ok(Leased { tx, picked, granted })
    }

    /// Tells the queue what became of the proposals that were not leased.
    async fn settle(&self, team: &str, picked: &Picked) {
        self.queues.give_back(team, &picked.left).await;
        if let Err(error) = self.queues.drop_stale(team, &picked.stale).await {
            tracing::debug!(%error, team, "stale entries stay until the next claim");
        }
    }
}

fn lease_one(
    tx: &Tx,
    mut work: Assignment,
    subject: &str,
    (offer, now): (&Offer, DateTime<Utc>),
) -> Result<Granted, Error> {
    let token = work.lease(subject, rand::random(), offer.until).map_err(super::fault)?;
    work.leased_at = Some(now);
    assignments::save(tx, &mut work);
    expiry::set(tx, &work);
    outgoing::claimed(tx, &work, now)?;
    Ok((work, token))
}

/// Returns what the claimer has room for, counted again under a lock: of two claims of one member at once, the second
/// counts what the first took.
async fn budget_now(tx: &Tx, claim: &Claim) -> Result<Budget, Error> {
    let Some(capacity) = claim.capacity() else { return Ok(NO_LIMIT) };
    match &claim.member {
        Some(member) => drop(members::lock(tx, member.id).await?),
        None => drop(teams::lock(tx, &claim.team.key).await?),
    }
    let held = assignments::held_by(&**tx, &claim.team.key, &claim.subject).await?;
    Ok(Budget { capacity: Some(capacity), held })
}

fn ids(offers: &[Offer]) -> Vec<Uuid> {
    offers.iter().map(|offer| offer.id).collect()
}
