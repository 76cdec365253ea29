//! Offering work where a team pushes (D3): whatever frees somebody or brings work kicks the team, and what waits is
//! matched at once with who is ready, or else on duty, in one transaction under the team's lock. Nothing is looked for again and again;
//! the comparison of queues and database kicks too, for what a process that died left undone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::{Error, chain};
use hotline_core::server::Task;
use hotline_proto::dispatch::v1::PresenceState;
use hotline_queue::lease_until;
use tokio::time::sleep;
use uuid::Uuid;

use super::Work;
use super::expiry;
use super::heard::Heard;
use crate::domain::assignment::Assignment;
use crate::domain::flow::Flow;
use crate::domain::matching::{Ready, Waiting, match_up, relaxes_at};
use crate::domain::state::State;
use crate::domain::team::Ways;
use crate::events::outgoing;
use crate::store::{TeamRow, assignments, offering, presence, teams};

/// How much waiting work is looked at together.
const PAGE: u64 = 100;
/// How many such pages one round looks at for work that somebody who is ready may have.
const PAGES: usize = 20;
/// How long a team whose matching failed is left alone.
const PAUSE: Duration = Duration::from_millis(200);

/// What a process knows of its matching. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Offers {
    teams: Arc<Mutex<HashMap<String, Turn>>>,
    /// Who waits for offers here.
    pub(crate) heard: Heard,
}

/// The matching of one team: it runs, in one task at a time.
#[derive(Default)]
struct Turn {
    /// Something happened since it began.
    again: bool,
    /// Who had work taken off them, and when.
    freed: Vec<(String, DateTime<Utc>)>,
    /// When selectors will be looked at again.
    relaxes_at: Option<DateTime<Utc>>,
    runs: bool,
}

/// What a round did.
struct Round {
    /// There may be more to give.
    more: bool,
    /// When the next selector relaxes that held something back.
    relaxes_at: Option<DateTime<Utc>>,
}

impl Work {
    /// Has a team's waiting work offered, if the team pushes; `freed` holds less than before.
    pub(crate) fn kick(&self, team_key: &str, freed: Option<(&str, DateTime<Utc>)>) {
        if !self.times.ways(team_key).pushes {
            return;
        }
        let start = self.offers.turn(team_key, |turn| {
            turn.freed.extend(freed.map(|(subject, at)| (subject.to_owned(), at)));
            turn.again = true;
            !std::mem::replace(&mut turn.runs, true)
        });
        if start {
            let (work, team_key) = (self.clone(), team_key.to_owned());
            tokio::spawn(async move { work.run_offers(&team_key).await });
        }
    }

    /// Matches until nothing more has happened.
    async fn run_offers(&self, team_key: &str) {
        while self.offers.turn(team_key, |turn| {
            turn.runs = std::mem::take(&mut turn.again);
            turn.runs
        }) {
            let freed = self.offers.turn(team_key, |turn| std::mem::take(&mut turn.freed));
            match self.offer_round(team_key, &freed).await {
                Ok(round) => {
                    if round.more {
                        self.offers.turn(team_key, |turn| turn.again = true);
                    }
                    self.look_again_at(team_key, round.relaxes_at);
                }
                Err(error) => {
                    tracing::warn!(team = team_key, error = chain(&error), "work is offered later");
                    sleep(PAUSE).await;
                    self.offers.turn(team_key, |turn| turn.again = true);
                }
            }
        }
    }

    /// Kicks the team when a selector relaxes, unless the comparison of queues and database comes first.
    fn look_again_at(&self, team_key: &str, at: Option<DateTime<Utc>>) {
        let (now, Some(at)) = (self.clock.now(), at) else { return };
        let wait = (at - now).to_std().unwrap_or_default();
        let known =
            |turn: &mut Turn| turn.relaxes_at.replace(at).is_some_and(|known| known > now && known <= at);
        // A clock that is moved by hand kicks every team.
        if self.clock.is_manual() || wait > self.config.reconcile_every() || self.offers.turn(team_key, known)
        {
            return;
        }
        let (work, team_key) = (self.clone(), team_key.to_owned());
        tokio::spawn(async move {
            sleep(wait).await;
            work.kick(&team_key, None);
        });
    }

    async fn offer_round(&self, team_key: &str, freed: &[(String, DateTime<Utc>)]) -> Result<Round, Error> {
        let done = Round { more: false, relaxes_at: None };
        let tx = self.db.begin().await?;
        let Some(team) = teams::lock(&tx, team_key).await? else { return Ok(done) };
        for (subject, at) in freed {
            presence::idle(&tx, subject, *at).await?;
        }
        let ways = team.ways();
        let offers = ways.pushes && Flow::from_number(team.flow).gives_out();
        let mut members = if offers { offering::ready(&tx, &team, &ways).await? } else { Vec::new() };
        let mut state = PresenceState::Ready;
        if offers && members.is_empty() {
            // Nobody is there: whoever is on duty, who need not be signed in.
            state = PresenceState::Offline;
            members.extend(self.standing_by(&tx, &team, &ways).await?);
        }
        if members.is_empty() {
            tx.commit().await?;
            return Ok(done);
        }
        let (pairs, mut round) = self.pairs(&tx, &team, &ways, &mut members).await?;
        let given = self.give(&tx, pairs, &ways, state).await?;
        // Somebody left or was quicker: who else may have it?
        round.more |= !given;
        tx.commit().await?;
        Ok(round)
    }

    /// Returns who gets which of the waiting work.
    async fn pairs(
        &self,
        tx: &Tx,
        team: &TeamRow,
        ways: &Ways,
        members: &mut [Ready],
    ) -> Result<(Vec<(Uuid, String)>, Round), Error> {
        let now = self.clock.now();
        let (mut pairs, mut after) = (Vec::new(), None);
        let mut round = Round { more: false, relaxes_at: None };
        for _ in 0..PAGES {
            if !members.iter().any(|member| member.budget.has_room_for(1)) {
                return Ok((pairs, round));
            }
            let page = offering::waiting(tx, &team.key, ways, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok((pairs, round)) };
            after = Some((last.order, last.id));
            let is_last = u64::try_from(page.len()).is_ok_and(|rows| rows < PAGE);
            let waiting: Vec<Waiting> = page.into_iter().map(|(_, waiting)| waiting).collect();
            pairs.extend(match_up(&waiting, members, ways, now));
            let relaxes = relaxes_at(&waiting, ways, now);
            round.relaxes_at = [round.relaxes_at, relaxes].into_iter().flatten().min();
            if is_last {
                return Ok((pairs, round));
            }
        }
        tracing::warn!(team = team.key, "most of what waits is for nobody who is ready");
        Ok((pairs, round))
    }

    /// Leases work to who gets it and is still in a state; false where some of it could not be given.
    async fn give(
        &self,
        tx: &Tx,
        pairs: Vec<(Uuid, String)>,
        ways: &Ways,
        state: PresenceState,
    ) -> Result<bool, Error> {
        if pairs.is_empty() {
            return Ok(true);
        }
        let now = self.clock.now();
        let chosen: HashSet<&str> = pairs.iter().map(|(_, subject)| subject.as_str()).collect();
        let still_there = presence::take_on(tx, chosen, state, now).await?;
        let still_there: HashSet<String> = still_there.into_iter().collect();
        let ids: Vec<Uuid> = pairs.iter().map(|(id, _)| *id).collect();
        let mut known = offering::lock_all(tx, &ids).await?;
        let until = lease_until(now, self.offer_time(ways));
        let (mut given, all) = (Vec::with_capacity(pairs.len()), pairs.len());
        for (id, subject) in pairs {
            let waits = known.remove(&id).filter(|work| work.state == State::Queued);
            if let Some(mut work) = waits.filter(|_| still_there.contains(&subject)) {
                work.offer(&subject, rand::random(), (now, until)).map_err(super::fault)?;
                assignments::save(tx, &mut work);
                expiry::set(tx, &work);
                outgoing::offered(tx, &work, now)?;
                given.push(work);
            }
        }
        let complete = given.len() == all;
        self.after_offer(tx, given);
        Ok(complete)
    }

    /// Takes what was offered out of the queues and tells who waits for it, with the commit.
    pub(super) fn after_offer(&self, tx: &Tx, given: Vec<Assignment>) {
        let (queues, heard) = (self.queues.clone(), self.offers.heard.clone());
        tx.after_commit(async move {
            for work in &given {
                heard.tell(&work.holder);
            }
            for work in &given {
                queues.remove(&work.team_key, work.id).await;
            }
        });
    }

    /// Returns how long an offer stands.
    pub(super) fn offer_time(&self, ways: &Ways) -> Duration {
        ways.offer_time.and_then(|time| time.to_std().ok()).unwrap_or_else(|| self.config.default_lease())
    }
}

impl Offers {
    fn turn<A>(&self, team_key: &str, change: impl FnOnce(&mut Turn) -> A) -> A {
        let mut teams = self.teams.lock().unwrap_or_else(PoisonError::into_inner);
        change(teams.entry(team_key.to_owned()).or_default())
    }
}

/// Returns the task that kicks every team now and then, and whenever the clock is moved by hand.
pub(crate) fn keep_offering(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            loop {
                // Before the look: a clock that is moved meanwhile must not be missed.
                let moved = work.clock.moved();
                for team in work.times.keys() {
                    work.kick(&team, None);
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep(work.config.reconcile_every()) => {}
                    () = moved => {}
                }
            }
        })
    })
}
