//! A member who leaves a team: not while duty is theirs from now on (D8: the roster never has a gap).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Span;

use crate::{Book, Refusal};

/// How far ahead duty is looked for: longer than any roster reaches that was published today.
const AHEAD: TimeDelta = TimeDelta::days(800);
/// How many shifts are named.
const NAMED: usize = 5;

impl Book {
    /// Refuses that a member leaves a team who is on duty for it now or later by the final schedule.
    ///
    /// # Errors
    /// [`Refusal::StillOnDuty`] with the shifts; as [`Book::shifts`].
    pub fn leave_team(&self, team: &str, person: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let mut own = self.shifts(team, Span::new(now, now + AHEAD))?;
        own.retain(|shift| shift.person == person);
        let more = own.len().saturating_sub(NAMED);
        own.truncate(NAMED);
        if own.is_empty() {
            return Ok(());
        }
        Err(Refusal::StillOnDuty { team: team.to_owned(), person: person.to_owned(), first: own, more })
    }
}
