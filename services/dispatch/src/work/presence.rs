//! What people say they do, and what comes by itself when they do not come back (D6): who is ready is offered work at once,
//! and who is on duty where nobody is (`standby`); of who leaves, unanswered offers go to others; of who is logged out, all that was in hand.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error as Core;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::PresenceState;

use super::Work;
use crate::domain::presence::stay::{Lapse, Stay, Untimely};
use crate::domain::presence::{SYSTEM, from_number, is_ready};
use crate::domain::state::{Move, State};
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{PresenceRow, members, offering, presence, stays};

/// The kind of deadline at which what somebody does changes by itself.
pub(super) const KIND: &str = "presence";

/// What somebody says that they do.
pub(crate) struct Said {
    /// What.
    pub(crate) state: PresenceState,
    /// Why.
    pub(crate) reason: String,
    /// When they mean to be back.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Within what time they will be heard of again, whole seconds.
    pub(crate) heartbeat: Option<TimeDelta>,
}

impl Work {
    /// Says what somebody does now; the same again changes nothing but the reason, until when, and the heartbeat.
    ///
    /// # Errors
    /// [`Core::Forbidden`] where the caller is neither the person nor in charge of them; [`Core::Field`] that names `until`.
    pub(crate) async fn set_presence(
        &self,
        caller: &Caller,
        subject: &str,
        said: Said,
    ) -> Result<(Tx, PresenceRow), Error> {
        let subject = if subject.is_empty() { &caller.subject } else { subject };
        self.may_speak_for(caller, subject).await?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let before = presence::lock(&tx, subject, now).await?;
        let in_charge = subject != caller.subject || caller.is_above_teams();
        let after = PresenceRow {
            state: said.state.into(),
            until: self.until(&before, &said, in_charge, now)?,
            reported: said.state == PresenceState::Away && !said.reason.is_empty(),
            heartbeat_seconds: seconds(said.heartbeat),
            seen_at: Some(now),
            reason: said.reason,
            changed_by: caller.subject.clone(),
            ..before.clone()
        };
        if !is_ready(said.state) {
            self.withdraw_offers(&tx, subject, now).await?;
        }
        let after = self.turn(&tx, &before, after, now)?;
        if subject == caller.subject {
            presence::keep_teams(&tx, subject, &caller.teams).await?;
        }
        if from_number(before.state) != said.state || is_ready(said.state) {
            // Who is ready is offered what waits; where the last who was leaves, who is on duty is.
            let mut teams = members::teams_of(&*tx, subject).await?;
            teams.extend(caller.teams.iter().filter(|_| subject == caller.subject).cloned());
            self.kick_all(&tx, teams);
        }
        Ok((tx, after))
    }

    /// Notes that the caller is still there.
    ///
    /// # Errors
    /// [`Core::NotFound`] of who never said anything.
    pub(crate) async fn beat(&self, caller: &Caller) -> Result<(Tx, PresenceRow), Error> {
        let tx = self.db.begin().await?;
        // What is due because nobody was heard looks at this when it comes: no deadline moves with every beat.
        let seen = presence::seen(&tx, &caller.subject, self.clock.now()).await?;
        let Some(seen) = seen else {
            return Err(Core::NotFound { what: "presence", id: caller.subject.clone() }.into());
        };
        Ok((tx, seen))
    }

    /// Returns when what somebody does changes by itself, if nobody hears of them before.
    pub(crate) fn lapse(&self, row: &PresenceRow) -> Option<(DateTime<Utc>, Lapse)> {
        stay(row).lapse(&self.config.presence.limits())
    }

    /// Writes what somebody does from `at` on, tells of it where it is something else than before, and sees to it that it ends
    /// in time. Returns it as it is then.
    pub(super) fn turn(
        &self,
        tx: &Tx,
        before: &PresenceRow,
        after: PresenceRow,
        at: DateTime<Utc>,
    ) -> Result<PresenceRow, Core> {
        let (was, is) = (from_number(before.state), from_number(after.state));
        let mut after = PresenceRow { version: before.version + 1, ..after };
        if was != is {
            after.since = at;
            if is_ready(is) {
                after.idle_since = at;
            }
            outgoing::presence_changed(tx, &after, was, at)?;
            stays::begin(tx, &after, at);
        } else if before.reason != after.reason {
            stays::restate(tx, &after);
        }
        match self.lapse(&after) {
            Some((due, _)) => deadlines::set(tx, KIND, &after.subject, due, &after.version.to_string()),
            None => deadlines::clear(tx, KIND, &after.subject),
        }
        presence::save(tx, after.clone());
        Ok(after)
    }

    /// Somebody is away by no word of their own: they have reported nothing.
    pub(super) fn send_away(
        &self,
        tx: &Tx,
        before: &PresenceRow,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Core> {
        let state = PresenceState::Away;
        self.turn(tx, before, by_itself(before, state, reason, at), at).map(drop)
    }

    fn kick_all(&self, tx: &Tx, teams: Vec<String>) {
        let work = self.clone();
        tx.after_commit(async move { teams.iter().for_each(|team| work.kick(team, None)) });
    }

    /// Makes happen what is due of somebody, unless they were heard of meanwhile.
    pub(super) async fn presence_lapses(&self, tx: &Tx, due: &Deadline) -> Result<(), Core> {
        let before = presence::lock(tx, &due.subject, due.due_at).await?;
        if before.version.to_string() != due.payload {
            return Ok(());
        }
        let Some((at, lapse)) = self.lapse(&before) else { return Ok(()) };
        if at > due.due_at {
            deadlines::set(tx, KIND, &due.subject, at, &due.payload);
            return Ok(());
        }
        match lapse {
            Lapse::Unreported => self.log_out(tx, &before, at).await,
            Lapse::Silent | Lapse::Overstayed => {
                self.withdraw_offers(tx, &before.subject, at).await.map_err(super::fault)?;
                let mut teams = members::teams_of(&**tx, &before.subject).await?;
                teams.extend(presence::teams_by_token(&**tx, &before.subject).await?);
                self.kick_all(tx, teams);
                self.send_away(tx, &before, lapse.reason(), at)
            }
        }
    }

    /// Logs out who was away too long, tells their lead, and has others do what they had in hand.
    async fn log_out(&self, tx: &Tx, before: &PresenceRow, at: DateTime<Utc>) -> Result<(), Core> {
        let reason = Lapse::Unreported.reason();
        let taken = offering::lock_in_hand(tx, &before.subject).await?;
        for work in &taken {
            if work.state == State::Leased && work.offered.is_some() {
                outgoing::rescinded(tx, work, at)?;
            } else {
                outgoing::returned(tx, work, None, reason, at)?;
            }
            self.put_back_at(tx, work.clone(), Move::Recall, at).map_err(super::fault)?;
        }
        let mut teams = members::teams_of(&**tx, &before.subject).await?;
        teams.extend(presence::teams_by_token(&**tx, &before.subject).await?);
        teams.sort_unstable();
        teams.dedup();
        outgoing::logged_out(tx, before, teams, &taken, at)?;
        self.turn(tx, before, by_itself(before, Lapse::Unreported.leads_to(), reason, at), at).map(drop)
    }

    async fn withdraw_offers(&self, tx: &Tx, subject: &str, at: DateTime<Utc>) -> Result<(), Error> {
        for work in offering::lock_offered(tx, subject, None).await? {
            outgoing::rescinded(tx, &work, at)?;
            self.put_back_at(tx, work, Move::Recall, at)?;
        }
        Ok(())
    }

    fn until(
        &self,
        before: &PresenceRow,
        said: &Said,
        in_charge: bool,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let is_away = said.state == PresenceState::Away;
        // A break that is said again is the same break. Who reports anew that they are away counts anew.
        let goes_on = from_number(before.state) == said.state && !is_away;
        if goes_on && said.until.is_none() {
            return Ok(before.until);
        }
        let begins = if goes_on { before.since } else { now };
        let limits = self.config.presence.limits();
        let until = limits.until(said.state, said.until, (begins, now), in_charge).map_err(untimely)?;
        Ok(until.filter(|_| !is_away || !said.reason.is_empty()))
    }

    async fn may_speak_for(&self, caller: &Caller, subject: &str) -> Result<(), Error> {
        if subject == caller.subject || caller.is_above_teams() {
            return Ok(());
        }
        let sight = self.sight(caller).await?;
        let theirs = members::teams_of(self.db.reader(), subject).await?;
        if caller.has(Role::TeamLead) && theirs.iter().any(|team| sight.covers(team)) {
            return Ok(());
        }
        let (en, zh) = (
            "only a lead of their team or those above say it of others",
            "只有本班组的组长或以上可代他人设置",
        );
        Err(Core::Forbidden(en, zh).into())
    }
}

fn stay(row: &PresenceRow) -> Stay {
    let heartbeat = TimeDelta::seconds(row.heartbeat_seconds.into());
    Stay {
        state: from_number(row.state),
        since: row.since,
        until: row.until,
        heartbeat: Some(heartbeat).filter(|within| !within.is_zero()),
        seen_at: row.seen_at.unwrap_or(row.since),
        reported: row.reported,
    }
}

fn by_itself(before: &PresenceRow, state: PresenceState, reason: &str, at: DateTime<Utc>) -> PresenceRow {
    PresenceRow {
        state: state.into(),
        reason: reason.to_owned(),
        changed_by: SYSTEM.into(),
        since: at,
        until: None,
        reported: false,
        ..before.clone()
    }
}

fn seconds(heartbeat: Option<TimeDelta>) -> i32 {
    heartbeat.and_then(|within| i32::try_from(within.num_seconds()).ok()).unwrap_or_default()
}

fn untimely(wrong: Untimely) -> Error {
    let (en, zh) = match wrong {
        Untimely::Endless => (
            "is for breaks, meals, trainings, wrap-up and being away",
            "仅用于小休、就餐、培训、话后处理和离席",
        ),
        Untimely::Past => ("must be in the future", "必须晚于当前时间"),
        Untimely::TooLate => {
            ("is later than is allowed: ask the lead to set it", "超过允许的最长时间：请由组长设置")
        }
    };
    Core::Field { field: "until", en, zh }.into()
}
