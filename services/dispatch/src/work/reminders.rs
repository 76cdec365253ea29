//! Swaps that nobody has taken yet are reminded of as their duty comes nearer (D8): who could take them is told, and with them
//! the lead, who hears all of it. Each reminder is a deadline of its own, set when the one before it was told.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_roster::{Book, SwapStatus};

use super::{Work, rosters};
use crate::domain::reminders;
use crate::error::Error;
use crate::events;
use crate::store::{SwapRow, TeamRow, agreements, members, teams};

/// The kind of deadline at which an open swap is reminded of.
pub(super) const KIND: &str = "swap";

/// Ends the reminders of a swap.
pub(super) fn stop(tx: &Tx, row: &SwapRow) {
    deadlines::clear(tx, KIND, &row.id.to_string());
}

impl Work {
    /// Sets when a swap is reminded of next after `now`.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(super) async fn remind(&self, tx: &Tx, row: &SwapRow, now: DateTime<Utc>) -> Result<(), Error> {
        let team = teams::find(&**tx, &row.team_key).await?;
        if let Some((at, before)) = reminders::next(row.begins_at, now, |at| self.opens(team.as_ref(), at)) {
            let payload = before.num_seconds().to_string();
            deadlines::set(tx, KIND, &row.id.to_string(), at, &payload);
        }
        Ok(())
    }

    /// Reminds of a swap, if it is open still.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(super) async fn swap_waits(&self, tx: &Tx, due: &Deadline) -> Result<(), Core> {
        let found = agreements::find_swap(&**tx, id::parse(&due.subject, "subject")?).await?;
        // A sweep that comes late reminds once, and of nothing that has begun.
        let now = self.clock.now().max(due.due_at);
        let Some(row) = found else { return Ok(()) };
        let swap = row.known()?;
        if swap.status(now) != SwapStatus::Open {
            return Ok(());
        }
        let before = TimeDelta::seconds(due.payload.parse().map_err(anyhow::Error::from)?);
        let book = self.agreed(tx, &swap.wall).await.map_err(super::fault)?;
        let to = self.takers(tx, &book, &row, now).await?;
        events::rosters::reminded(tx, &row, (before, to), due.due_at)?;
        self.remind(tx, &row, now).await.map_err(super::fault)
    }

    /// Returns the members of a team who could take a swap.
    async fn takers(
        &self,
        tx: &Tx,
        book: &Book,
        row: &SwapRow,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, Core> {
        let team = members::of_team(&**tx, &row.team_key).await?;
        let takes = |subject: &String| book.take(row.id, subject, i64::MAX, now).is_ok();
        Ok(team.into_iter().map(|member| member.subject).filter(takes).collect())
    }

    /// Returns the first instant from `at` on at which a team works: by its calendar, else by that of duty. Where neither can
    /// tell, people are reminded rather than not.
    fn opens(&self, team: Option<&TeamRow>, at: DateTime<Utc>) -> DateTime<Utc> {
        let calendars = self.calendars.get();
        let own = team.and_then(|team| calendars.get(&team.calendar).ok());
        let calendar = own.or_else(|| calendars.get(rosters::CALENDAR).ok());
        calendar.and_then(|calendar| calendar.next_open(at).ok()).unwrap_or(at)
    }
}
