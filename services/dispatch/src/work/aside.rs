//! What a holder lays aside and takes up again, and wrap-up after the work is done.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::Error as Core;

use super::Work;
use super::holder::Claimant;
use crate::domain::assignment::Assignment;
use crate::domain::state::{Move, State};
use crate::error::Error;
use crate::events::outgoing;
use crate::store::assignments;

/// The kind of deadline at which parked work is in hand again.
pub(super) const PARKED: &str = "parked";
/// The kind of deadline at which wrap-up ends.
pub(super) const WRAP_UP: &str = "wrap_up";

impl Work {
    /// Lays accepted work aside for `days`, 0 for as many as are allowed.
    ///
    /// # Errors
    /// As [`Work::held`]; a number of days that is not allowed.
    pub(crate) async fn park(
        &self,
        claimant: &Claimant,
        days: i32,
        reason: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let most = i32::try_from(self.config.most_parked_days).unwrap_or(i32::MAX);
        if days > most {
            let (en, zh) = ("is longer than work may be parked", "超过允许的挂起天数");
            return Err(Core::Field { field: "days", en, zh }.into());
        }
        let days = if days == 0 { most } else { days };
        let (tx, mut work) = self.lock(claimant, Move::Park).await?;
        let now = self.clock.now();
        let until = now + TimeDelta::days(days.into());
        work.park(until, reason)?;
        assignments::save(&tx, &mut work);
        deadlines::set(&tx, PARKED, &work.id.to_string(), until, &work.epoch.to_string());
        outgoing::parked(&tx, &work, until, now)?;
        self.has_room(&tx, &work, now);
        Ok((tx, work))
    }

    /// Takes parked work up again.
    ///
    /// # Errors
    /// As [`Work::held`].
    pub(crate) async fn resume(&self, claimant: &Claimant) -> Result<(Tx, Assignment), Error> {
        let (tx, mut work) = self.lock(claimant, Move::Resume).await?;
        deadlines::clear(&tx, PARKED, &work.id.to_string());
        taken_up(&tx, &mut work, self.clock.now())?;
        Ok((tx, work))
    }

    /// Ends wrap-up before its time is over.
    ///
    /// # Errors
    /// As [`Work::held`].
    pub(crate) async fn finish(
        &self,
        claimant: &Claimant,
        disposition: &str,
    ) -> Result<(Tx, Assignment), Error> {
        let (tx, mut work) = self.lock(claimant, Move::Finish).await?;
        deadlines::clear(&tx, WRAP_UP, &work.id.to_string());
        self.wrapped_up(&tx, &mut work, disposition, self.clock.now())?;
        Ok((tx, work))
    }

    /// Makes wrap-up longer by its time; once.
    pub(super) fn extend_wrap_up(&self, tx: &Tx, work: &mut Assignment) -> Result<(), Error> {
        let time = self.times.ways(&work.team_key).wrap_up.unwrap_or_default();
        work.extend_wrap_up(time)?;
        assignments::save(tx, work);
        set_wrap_up(tx, work);
        Ok(())
    }

    /// Parked work is in hand again because its days are over.
    pub(super) async fn parked_long_enough(
        &self,
        tx: &Tx,
        id: uuid::Uuid,
        payload: &str,
        at: DateTime<Utc>,
    ) -> Result<(), hotline_core::error::Error> {
        let Some(mut work) = assignments::lock(tx, id).await? else { return Ok(()) };
        if work.state == State::Parked && work.epoch.to_string() == payload {
            taken_up(tx, &mut work, at).map_err(super::fault)?;
        }
        Ok(())
    }

    /// Wrap-up ends because its time is over.
    pub(super) async fn wrapped_up_long_enough(
        &self,
        tx: &Tx,
        id: uuid::Uuid,
        at: DateTime<Utc>,
    ) -> Result<(), hotline_core::error::Error> {
        let Some(mut work) = assignments::lock(tx, id).await? else { return Ok(()) };
        if work.state == State::Wrapping {
            self.wrapped_up(tx, &mut work, "", at).map_err(super::fault)?;
        }
        Ok(())
    }

    fn wrapped_up(
        &self,
        tx: &Tx,
        work: &mut Assignment,
        disposition: &str,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        work.finish(disposition)?;
        assignments::save(tx, work);
        outgoing::finished(tx, work, at)?;
        self.has_room(tx, work, at);
        Ok(())
    }

    /// Has the team's waiting work offered once the holder of `work` has room for it.
    fn has_room(&self, tx: &Tx, work: &Assignment, at: DateTime<Utc>) {
        let (this, team, holder) = (self.clone(), work.team_key.clone(), work.holder.clone());
        tx.after_commit(async move { this.kick(&team, Some((&holder, at))) });
    }
}

/// Sets when wrap-up ends, where there is some.
pub(super) fn set_wrap_up(tx: &Tx, work: &Assignment) {
    if let Some(wrap_up) = work.wrap_up {
        deadlines::set(tx, WRAP_UP, &work.id.to_string(), wrap_up.until, "");
    }
}

fn taken_up(tx: &Tx, work: &mut Assignment, at: DateTime<Utc>) -> Result<(), Error> {
    work.resume()?;
    assignments::save(tx, work);
    outgoing::resumed(tx, work, at)?;
    Ok(())
}
