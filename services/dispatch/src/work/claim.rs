//! Claiming: the queue proposes, the database decides (D3).

use std::time::Duration;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_queue::lease_until;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Work, expiry};
use crate::domain::assignment::Assignment;
use crate::domain::lease::Token;
use crate::domain::pick::{Offer, Picked, pick};
use crate::domain::team;
use crate::store::{MemberRow, TeamRow, assignments, declines, members, teams};

/// How long a claim that found nothing but what its member declined, or that has no room, waits before it looks again.
/// No wake-up tells of either, and looking at once would spin.
const PAUSE: Duration = Duration::from_millis(250);

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

impl Claim {
    fn room(&self, held: u64) -> usize {
        let own = self.member.as_ref().map_or(0, |member| member.capacity);
        team::room(own, self.team.capacity, held, self.most)
    }
}

impl Work {
    /// Leases the most urgent work, and waits for some if there is none. `None` when the time is over.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn claim(&self, claim: &Claim) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        self.queues.heal(&claim.team.key).await;
        let start = Instant::now();
        loop {
            let left = claim.wait.saturating_sub(start.elapsed());
            let offers = self.offers(claim, left).await?;
            if offers.is_empty() {
                if claim.wait <= start.elapsed() {
                    return Ok(None);
                }
            } else if let Some(granted) = self.grant(claim, &offers).await? {
                return Ok(Some(granted));
            }
        }
    }

    /// Gives proposed work back whose lease could not be written.
    pub(crate) async fn not_granted(&self, claim: &Claim, ids: &[Uuid]) {
        self.queues.give_back(&claim.team.key, ids).await;
    }

    /// Returns work that may be leased, most urgent first; nothing after some of the time that is `left`.
    async fn offers(&self, claim: &Claim, left: Duration) -> Result<Vec<Offer>, Error> {
        let held = assignments::held_by(self.db.reader(), &claim.team.key, &claim.subject).await?;
        let room = claim.room(held);
        if room == 0 {
            sleep(left.min(PAUSE)).await;
            return Ok(Vec::new());
        }
        match self.gather(claim, room, left).await? {
            Some(offers) => Ok(offers),
            None => self.offers_of_database(claim, room, left).await,
        }
    }

    /// Takes proposals from the queue until there is enough that the member may have or the queue is empty. What the
    /// member declined is set aside meanwhile, else the queue would propose it again and again. `None` where the queue
    /// does not answer.
    async fn gather(&self, claim: &Claim, room: usize, left: Duration) -> Result<Option<Vec<Offer>>, Error> {
        let (team, subject) = (&claim.team.key, &claim.subject);
        let (mut good, mut aside) = (Vec::new(), Vec::new());
        let mut wait = left;
        while good.len() < room {
            let wanted = room - good.len();
            let Some(claimed) = self.queues.claim(team, subject, wanted, claim.lease, wait).await else {
                return Ok((!good.is_empty()).then_some(good));
            };
            wait = Duration::ZERO;
            let offers: Vec<Offer> =
                claimed.iter().map(|claimed| Offer { id: claimed.id, until: claimed.expires_at }).collect();
            let picked = self.triage(claim, &offers, wanted).await?;
            good.extend(picked.taken);
            aside.extend(picked.left);
            if offers.len() < wanted {
                break;
            }
        }
        self.queues.give_back(team, &aside).await;
        if good.is_empty() && !aside.is_empty() {
            sleep(left.min(PAUSE)).await;
        }
        Ok(Some(good))
    }

    /// Asks the database about proposals; what does not wait any more leaves the queue.
    async fn triage(&self, claim: &Claim, offers: &[Offer], room: usize) -> Result<Picked, Error> {
        let ids = ids(offers);
        let asked = async {
            let known = assignments::among(self.db.reader(), &ids).await?;
            let declined = declines::among(self.db.reader(), &ids, &claim.subject).await?;
            Ok((known, declined))
        };
        let (known, declined) = match asked.await {
            Ok(answer) => answer,
            Err(error) => {
                self.queues.give_back(&claim.team.key, &ids).await;
                return Err(error);
            }
        };
        let picked = pick(offers, &known, &claim.team.key, &declined, room);
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

    /// Leases what still waits: compare-and-set decides who holds it. `None` where others were quicker.
    async fn grant(&self, claim: &Claim, offers: &[Offer]) -> Result<Option<(Tx, Vec<Granted>)>, Error> {
        match self.lease(claim, offers).await {
            Ok((tx, picked, granted)) if !granted.is_empty() => {
                let (work, team) = (self.clone(), claim.team.key.clone());
                tx.after_commit(async move { work.settle(&team, &picked).await });
                Ok(Some((tx, granted)))
            }
            Ok((tx, picked, _)) => {
                drop(tx);
                self.settle(&claim.team.key, &picked).await;
                Ok(None)
            }
            Err(error) => {
                self.queues.give_back(&claim.team.key, &ids(offers)).await;
                Err(error)
            }
        }
    }

    async fn lease(&self, claim: &Claim, offers: &[Offer]) -> Result<(Tx, Picked, Vec<Granted>), Error> {
        let tx = self.db.begin().await?;
        let room = room_now(&tx, claim).await?;
        let ids = ids(offers);
        let mut known = assignments::lock_among(&tx, &ids).await?;
        let declined = declines::among(&*tx, &ids, &claim.subject).await?;
        let picked = pick(offers, &known, &claim.team.key, &declined, room);
        let mut granted = Vec::with_capacity(picked.taken.len());
        for offer in &picked.taken {
            if let Some(work) = known.remove(&offer.id) {
                granted.push(lease_one(&tx, work, &claim.subject, offer).await?);
            }
        }
        Ok((tx, picked, granted))
    }

    /// Tells the queue what became of the proposals that were not leased.
    async fn settle(&self, team: &str, picked: &Picked) {
        self.queues.give_back(team, &picked.left).await;
        if let Err(error) = self.queues.drop_stale(team, &picked.stale).await {
            tracing::debug!(%error, team, "stale entries stay until the next claim");
        }
    }
}

async fn lease_one(tx: &Tx, mut work: Assignment, subject: &str, offer: &Offer) -> Result<Granted, Error> {
    let token = work.lease(subject, rand::random(), offer.until).map_err(super::fault)?;
    assignments::save(tx, &mut work).await?;
    expiry::set(tx, &work);
    Ok((work, token))
}

/// Returns how much the claimer may take, counted again under a lock: of two claims of one member at once, the second
/// counts what the first took.
async fn room_now(tx: &Tx, claim: &Claim) -> Result<usize, Error> {
    let own = claim.member.as_ref().map_or(0, |member| member.capacity);
    if team::capacity(own, claim.team.capacity).is_none() {
        return Ok(claim.most);
    }
    match &claim.member {
        Some(member) => drop(members::lock(tx, member.id).await?),
        None => drop(teams::lock(tx, &claim.team.key).await?),
    }
    let held = assignments::held_by(&**tx, &claim.team.key, &claim.subject).await?;
    Ok(claim.room(held))
}

fn ids(offers: &[Offer]) -> Vec<Uuid> {
    offers.iter().map(|offer| offer.id).collect()
}
