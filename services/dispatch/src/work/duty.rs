//! What everything about rosters stands on: whose team it is, whose clocks it is read by, and what is agreed.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use hotline_calendar::Calendars;
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_roster::{Book, Wall};
use sea_orm::ConnectionTrait;

use super::Work;
use crate::domain::access;
use crate::error::Error;
use crate::store::{MemberRow, TeamRow, duty, rosters, teams};

impl Work {
    /// Returns a team whose rosters the caller may see: its members, and those above teams.
    ///
    /// # Errors
    /// [`Core::Field`] where there is none, [`Core::Forbidden`].
    pub(crate) async fn team_in_sight(&self, caller: &Caller, id_or_key: &str) -> Result<TeamRow, Error> {
        let found = teams::find(self.db.reader(), id_or_key).await?;
        let team =
            found.ok_or(Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" })?;
        self.check_sees(caller, &team.key).await?;
        Ok(team)
    }

    /// Refuses who may not see a team's rosters.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(crate) async fn check_sees(&self, caller: &Caller, team_key: &str) -> Result<(), Error> {
        if self.is_in_sight(caller, team_key).await? {
            return Ok(());
        }
        Err(Core::Forbidden("the roster belongs to another team", "该值班表属于其他班组").into())
    }

    /// Tells whether the caller decides about a team's rosters: those above teams, and a lead for the lead's own.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn is_in_charge(&self, caller: &Caller, team_key: &str) -> Result<bool, Error> {
        Ok(access::may_staff(caller, &self.sight(caller).await?, team_key))
    }

    /// Refuses who does not decide about a team's rosters.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(crate) async fn check_in_charge(&self, caller: &Caller, team_key: &str) -> Result<(), Error> {
        if self.is_in_charge(caller, team_key).await? {
            return Ok(());
        }
        Err(Core::Forbidden("you are not in charge of this team", "您不是该班组的负责人").into())
    }

    /// Returns a stretch of wall time as clocks of the team show it.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn wall(
        &self,
        team_key: &str,
        (from, to): (NaiveDateTime, NaiveDateTime),
    ) -> Result<Wall, Error> {
        Ok(Wall { from, to, zone: self.zone(team_key, from.date()).await? })
    }

    /// Returns the zone by which a team reads a date: its roster's; before it has one, that of the calendar of duty, else
    /// that of the settings.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn zone(&self, team_key: &str, date: NaiveDate) -> Result<Tz, Error> {
        if let Some(row) = rosters::near(self.db.reader(), team_key, date).await? {
            return Ok(row.roster().map_err(Core::from)?.zone);
        }
        match self.calendars.get().get(super::rosters::CALENDAR) {
            Ok(calendar) => Ok(calendar.zone()),
            Err(_) => Ok(self.config.fairness.zone().map_err(Core::from)?),
        }
    }

    /// Returns what is published and agreed for some dates.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn book(
        &self,
        db: &impl ConnectionTrait,
        dates: (NaiveDate, NaiveDate),
    ) -> Result<Book, Error> {
        let calendars = Calendars::clone(&self.calendars.get());
        Ok(duty::book(db, calendars, dates).await?)
    }

    /// Refuses that a member leaves who is on duty for the team from now on: nobody else would know of the gap in time.
    ///
    /// # Errors
    /// [`hotline_roster::Refusal::StillOnDuty`].
    pub(crate) async fn check_no_duty(&self, tx: &Tx, member: &MemberRow) -> Result<(), Error> {
        let now = self.clock.now();
        let last = rosters::last_date(&**tx, &member.team_key).await?;
        let Some(last) = last.filter(|last| *last >= now.date_naive().pred_opt().unwrap_or_default()) else {
            return Ok(());
        };
        let book = self.book(&**tx, (now.date_naive(), last)).await?;
        Ok(book.leave_team(&member.team_key, &member.subject, now)?)
    }

    /// Returns what is published and agreed between two instants.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn book_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Book, Error> {
        self.book(self.db.reader(), (from.date_naive(), to.date_naive())).await
    }
}
