//! What becomes of work: taken on, laid aside, done, or given back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Assignment, Parked, WrapUp};
use crate::domain::state::Move;
use crate::error::Error;

impl Assignment {
    /// Lays it aside until `until`.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn park(&mut self, until: DateTime<Utc>, reason: &str) -> Result<(), Error> {
        self.step(Move::Park)?;
        self.parked = Some(Parked { until, reason: reason.to_owned() });
        Ok(())
    }

    /// Takes it up again.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        self.step(Move::Resume)?;
        self.parked = None;
        Ok(())
    }

    /// Ends it as done; its holder may wrap up for `wrap_up`.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn complete(&mut self, wrap_up: Option<TimeDelta>, now: DateTime<Utc>) -> Result<(), Error> {
        let step = if wrap_up.is_some() { Move::Wrap } else { Move::Complete };
        self.end(step, now)?;
        self.wrap_up = wrap_up.map(|time| WrapUp { until: now + time, extended: false });
        Ok(())
    }

    /// Makes wrap-up longer by `time`, once.
    ///
    /// # Errors
    /// [`Error::StateConflict`]; [`Error::WrapUpExtended`].
    pub(crate) fn extend_wrap_up(&mut self, time: TimeDelta) -> Result<(), Error> {
        self.step(Move::Heartbeat)?;
        let Some(wrap_up) = self.wrap_up.as_mut().filter(|wrap_up| !wrap_up.extended) else {
            return Err(Error::WrapUpExtended);
        };
        *wrap_up = WrapUp { until: wrap_up.until + time, extended: true };
        Ok(())
    }

    /// Ends wrap-up.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn finish(&mut self, disposition: &str) -> Result<(), Error> {
        self.step(Move::Finish)?;
        self.wrap_up = None;
        disposition.clone_into(&mut self.disposition);
        Ok(())
    }

    /// Takes it on; the token stays good until it ends or is given back.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn accept(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        self.step(Move::Accept)?;
        self.lease_expires_at = None;
        self.accepted_at = Some(now);
        // Whoever took it on answers for it: it goes on to no other team by itself, given back or not.
        self.chosen.moves_on_at = None;
        Ok(())
    }

    /// Returns how its holder gives it back: into the queue, or before the supervisor once it was returned `most` times.
    ///
    /// # Errors
    /// [`Error::DecidedFinally`].
    pub(crate) fn way_back(&self, most: i32) -> Result<Move, Error> {
        self.may_be_passed_on()?;
        Ok(if self.returns + 1 >= most { Move::Dispute } else { Move::Return })
    }

    /// Refuses work of which a supervisor decided who has to do it.
    ///
    /// # Errors
    /// [`Error::DecidedFinally`].
    pub(crate) fn may_be_passed_on(&self) -> Result<(), Error> {
        if self.decided { Err(Error::DecidedFinally) } else { Ok(()) }
    }

    /// Puts it back at its old place, or before the supervisor, because its holder declined it, returned it, let the lease
    /// run out, or had it taken away.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn put_back(&mut self, why: Move) -> Result<(), Error> {
        self.step(why)?;
        self.returns += i32::from(matches!(why, Move::Return | Move::Dispute));
        self.holder.clear();
        self.accepted_at = None;
        self.arrived_at = None;
        self.forget_lease();
        Ok(())
    }

    /// Ends it, as completed, transferred or withdrawn.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn end(&mut self, how: Move, now: DateTime<Utc>) -> Result<(), Error> {
        self.step(how)?;
        self.ended_at = Some(now);
        self.lease_expires_at = None;
        self.parked = None;
        // Completed work keeps the proof of who completed it.
        if !matches!(how, Move::Complete | Move::Wrap) {
            self.forget_lease();
        }
        Ok(())
    }
}
