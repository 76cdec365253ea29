//! Rosters are made, drawn and published.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::{etag, id};
use hotline_roster::{Candidate, Refusal, draw, holidays_between};
use rand::distr::{Alphanumeric, SampleString};
use uuid::Uuid;

use super::Work;
use crate::error::Error;
use crate::events;
use crate::store::{DutyHours, Holidays, MemberRow, Ranking, RosterRow, Texts, duty, members, rosters};

/// The calendar that tells working days from holidays, where none is named.
pub(crate) const CALENDAR: &str = "duty";

/// How long a seed is that nobody named.
const SEED: usize = 16;

/// What a roster is made of, before anybody is on turn.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// First and last date.
    pub(crate) dates: (NaiveDate, NaiveDate),
    /// The zone's name.
    pub(crate) time_zone: String,
    /// The calendar's key.
    pub(crate) calendar: String,
    /// Hours of duty.
    pub(crate) hours: DutyHours,
}

/// How a draw is made.
#[derive(Clone, Debug)]
pub(crate) struct Lots {
    /// How many serve; 0 is all who may.
    pub(crate) most: usize,
    /// What ties and holidays are drawn by; empty makes one.
    pub(crate) seed: String,
}

impl Work {
    /// Draws a roster for a team, as a draft.
    ///
    /// # Errors
    /// [`Error::RankingUnavailable`], [`Refusal::NobodyEligible`], [`Refusal::Calendar`] for a year that nobody announced.
    pub(crate) async fn draw_roster(
        &self,
        caller: &Caller,
        team_key: String,
        frame: Frame,
        lots: Lots,
    ) -> Result<(Tx, RosterRow), Error> {
        let (now, (first, last)) = (self.clock.now(), frame.dates);
        let people = members::of_team(self.db.reader(), &team_key).await?;
        let candidates =
            self.candidates(&team_key, people, first.and_time(NaiveTime::MIN).and_utc().min(now)).await?;
        let calendars = self.calendars.get();
        let calendar = calendars.get(&frame.calendar).map_err(Refusal::from)?;
        let holidays = holidays_between(calendar, first, last).map_err(Refusal::from)?;
        let seed = match lots.seed {
            seed if seed.is_empty() => Alphanumeric.sample_string(&mut rand::rng(), SEED),
            seed => seed,
        };
        let drawn = draw(candidates, first, &holidays, &seed, lots.most)?;
        let row = RosterRow {
            turns: Texts(drawn.turns),
            holidays: Holidays(drawn.holidays.into_iter().collect()),
            seed,
            ranking: Ranking(drawn.ranking),
            ..fresh(caller, team_key, frame, now)
        };
        let tx = self.db.begin().await?;
        rosters::insert(&tx, row.clone()).await?;
        Ok((tx, row))
    }

    async fn candidates(
        &self,
        team_key: &str,
        people: Vec<MemberRow>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Candidate>, Error> {
        let figures = self.ranking.of_team(team_key, to).await?;
        let candidate = |member: MemberRow| {
            let figures = figures.get(&member.subject).copied().unwrap_or_default();
            Candidate {
                since: duty::since(&member),
                person: member.subject,
                satisfaction: figures.satisfaction,
                closure_rate: figures.closure_rate,
            }
        };
        Ok(people.into_iter().map(candidate).collect())
    }

    /// Returns a draft, locked.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`] for who does not decide about its team, [`Core::Stale`],
    /// [`Error::RosterPublished`].
    pub(crate) async fn locked_draft(
        &self,
        tx: &Tx,
        caller: &Caller,
        roster: Uuid,
        given: &str,
    ) -> Result<RosterRow, Error> {
        let row = self.locked(tx, caller, roster, given).await?;
        if row.published_at.is_some() {
            return Err(Error::RosterPublished);
        }
        Ok(row)
    }

    async fn locked(&self, tx: &Tx, caller: &Caller, roster: Uuid, given: &str) -> Result<RosterRow, Error> {
        let found = rosters::lock(tx, roster).await?;
        let row = found.ok_or_else(|| Core::NotFound { what: "roster", id: roster.to_string() })?;
        self.check_in_charge(caller, &row.team_key).await?;
        etag::check(given, row.version)?;
        Ok(row)
    }

    /// Makes a published roster a draft again, for a reason, by the version that was looked at.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`], [`Core::Stale`], [`Error::RosterDraft`], and what the rules of rosters refuse.
    pub(crate) async fn withdraw_roster(
        &self,
        caller: &Caller,
        roster: Uuid,
        (reason, given): (&str, &str),
    ) -> Result<(Tx, RosterRow), Error> {
        let tx = self.db.begin().await?;
        duty::lock(&tx).await?;
        let row = self.locked(&tx, caller, roster, given).await?;
        if row.published_at.is_none() {
            return Err(Error::RosterDraft);
        }
        let now = self.clock.now();
        self.book(&*tx, (row.first_date, row.last_date)).await?.withdraw(roster, now)?;
        let row =
            RosterRow { published_by: String::new(), published_at: None, version: row.version + 1, ..row };
        rosters::save(&tx, row.clone()).await?;
        events::rosters::withdrawn(&tx, &row, (&caller.subject, reason), now)?;
        self.duty_changes(&tx, &row.team_key);
        Ok((tx, row))
    }

    /// Publishes a draft.
    ///
    /// # Errors
    /// As [`Self::locked_draft`], and what the rules of rosters refuse.
    pub(crate) async fn publish_roster(
        &self,
        caller: &Caller,
        roster: Uuid,
        given: &str,
    ) -> Result<(Tx, RosterRow), Error> {
        let tx = self.db.begin().await?;
        duty::lock(&tx).await?;
        let row = self.locked_draft(&tx, caller, roster, given).await?;
        let book = self.book(&*tx, (row.first_date, row.last_date)).await?;
        book.publish(row.roster().map_err(Core::from)?)?;
        let now = self.clock.now();
        let row = RosterRow {
            published_by: caller.subject.clone(),
            published_at: Some(now),
            version: row.version + 1,
            ..row
        };
        rosters::save(&tx, row.clone()).await?;
        events::rosters::published(&tx, &row, now)?;
        self.duty_changes(&tx, &row.team_key);
        Ok((tx, row))
    }
}

/// Returns a draft in which nobody is on turn yet.
pub(crate) fn fresh(caller: &Caller, team_key: String, frame: Frame, now: DateTime<Utc>) -> RosterRow {
    RosterRow {
        id: id::new(),
        team_key,
        first_date: frame.dates.0,
        last_date: frame.dates.1,
        time_zone: frame.time_zone,
        calendar: frame.calendar,
        hours: frame.hours,
        turns: Texts::default(),
        holidays: Holidays::default(),
        seed: String::new(),
        ranking: Ranking::default(),
        created_by: caller.subject.clone(),
        created_at: now,
        published_by: String::new(),
        published_at: None,
        version: 1,
    }
}
