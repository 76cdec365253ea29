//! Who holds work, by what proof, and until when.

use chrono::{DateTime, Utc};

use super::{Assignment, Offered};
use crate::domain::lease::Token;
use crate::domain::state::{Move, State};
use crate::error::Error;

impl Assignment {
    /// Leases it to `holder` until `until`.
    ///
    /// # Errors
    /// [`Error::StateConflict`] unless it is queued.
    pub(crate) fn lease(
        &mut self,
        holder: &str,
        secret: [u8; 16],
        until: DateTime<Utc>,
    ) -> Result<Token, Error> {
        self.step(Move::Lease)?;
        self.epoch += 1;
        self.attempts += 1;
        let token = Token { assignment: self.id, epoch: self.epoch, secret };
        holder.clone_into(&mut self.holder);
        self.lease_hash = Some(token.hash());
        self.lease_expires_at = Some(until);
        Ok(token)
    }

    /// Leases it to `holder`, who did not ask for it, from now until then.
    ///
    /// # Errors
    /// [`Error::StateConflict`] unless it is queued.
    pub(crate) fn offer(
        &mut self,
        holder: &str,
        secret: [u8; 16],
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<(), Error> {
        self.lease(holder, secret, until)?;
        self.leased_at = Some(now);
        self.offered = Some(Offered { secret, delivered: false });
        Ok(())
    }

    /// Returns the token of work that was offered to its holder.
    pub(crate) fn offered_token(&self) -> Option<Token> {
        let Offered { secret, .. } = self.offered?;
        Some(Token { assignment: self.id, epoch: self.epoch, secret })
    }

    /// A claim of its holder brought it.
    pub(crate) fn delivered(&mut self) {
        if let Some(offered) = &mut self.offered {
            offered.delivered = true;
        }
    }

    /// Checks that `subject` holds it by `token` and may make the move. A lease that ran out is lost even where nobody
    /// has noticed yet, so that the answer does not depend on the sweeper (A04).
    ///
    /// # Errors
    /// [`Error::LeaseLost`], [`Error::StateConflict`].
    pub(crate) fn check(
        &self,
        subject: &str,
        token: &str,
        step: Move,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let holds = self.state.is_held()
            && self.is_by(subject, token)
            && self.lease_expires_at.is_none_or(|end| now < end);
        if !holds {
            return Err(Error::LeaseLost);
        }
        self.after(step).map(drop)
    }

    /// Tells whether `subject` completed it by `token`: a retry asks so whose first answer was lost.
    pub(crate) fn was_completed_by(&self, subject: &str, token: &str) -> bool {
        self.is_done() && self.is_by(subject, token)
    }

    /// Tells whether it was completed, wrap-up or not.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Completed | State::Wrapping)
    }

    fn is_by(&self, subject: &str, token: &str) -> bool {
        Token::parse(token).is_some_and(|token| {
            self.holder == subject
                && token.assignment == self.id
                && token.epoch == self.epoch
                && self.lease_hash.as_deref() == Some(&*token.hash())
        })
    }

    /// Keeps the lease until `until`, sooner or later than before. Accepted work has none to keep.
    ///
    /// # Errors
    /// [`Error::StateConflict`].
    pub(crate) fn heartbeat(&mut self, until: DateTime<Utc>) -> Result<(), Error> {
        self.step(Move::Heartbeat)?;
        if self.state == State::Leased {
            self.lease_expires_at = Some(until);
        }
        Ok(())
    }

    pub(super) fn forget_lease(&mut self) {
        self.lease_hash = None;
        self.lease_expires_at = None;
        self.offered = None;
        self.parked = None;
    }
}
