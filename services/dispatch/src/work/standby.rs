//! Who is on duty is offered what waits where nobody of a team that pushes is ready (D6). Looked up only then: while somebody
//! is ready, duty costs nothing. When the next shift begins is a deadline, so that its person is offered what still waits.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::PresenceState;

use super::Work;
use crate::domain::matching::Ready;
use crate::domain::presence::from_number;
use crate::domain::team::Ways;
use crate::store::available::standing;
use crate::store::{PresenceRow, TeamRow, duty, offering, presence};

/// The kind of deadline at which the next shift of a team begins.
pub(super) const KIND: &str = "duty";

impl Work {
    /// Returns who is on duty for a team of which nobody is ready, if they can be given work, with their presence locked;
    /// and looks again when the next shift begins.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn standing_by(
        &self,
        tx: &Tx,
        team: &TeamRow,
        ways: &Ways,
    ) -> Result<Option<Ready>, Error> {
        if !offering::anything_waits(&**tx, &team.key).await? {
            return Ok(None);
        }
        let now = self.clock.now();
        let watch = duty::watch(&**tx, &self.calendars.get(), &team.key, now).await?;
        if let Some(at) = watch.changes_at {
            deadlines::set(tx, KIND, &team.key, at, "");
        }
        let Some(shift) = watch.shift else { return Ok(None) };
        let person = presence::lock(tx, &shift.person, now).await?;
        if !standing(&person).stands_by(shift.span.from) {
            return Ok(None);
        }
        offering::standing_by(tx, team, ways, person).await
    }

    /// Tells whether it was duty that brought somebody who is not ready a team's work at `at`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn stood_by(
        &self,
        tx: &Tx,
        team_key: &str,
        person: &PresenceRow,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if from_number(person.state) != PresenceState::Offline {
            return Ok(false);
        }
        let shift = duty::watch(&**tx, &self.calendars.get(), team_key, at).await?.shift;
        let theirs = shift.filter(|shift| shift.person == person.subject);
        Ok(theirs.is_some_and(|shift| standing(person).stands_by(shift.span.from)))
    }

    /// Has a team's waiting work offered, with the commit, to who is on duty by then.
    pub(super) fn duty_changes(&self, tx: &Tx, team_key: &str) {
        let (work, team_key) = (self.clone(), team_key.to_owned());
        tx.after_commit(async move { work.kick(&team_key, None) });
    }
}
