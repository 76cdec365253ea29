//! Hand-over notes (D9): what is open goes with duty from one person to the next, written or not, and somebody says that they
//! read it.

use std::collections::HashSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error as Core;
use hotline_core::{etag, id};
use hotline_roster::{Shift, on_duty};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Work;
use super::duty_logs::{RELIEF, UNREAD};
use crate::domain::disclosure::is_outsider;
use crate::domain::duty_log::Refusal;
use crate::domain::handover::Turn;
use crate::error::Error;
use crate::events;
use crate::store::{DutyLogRow, HandoverItemRow, HandoverItems, HandoverRow, duty_logs, handovers};

/// How far back and ahead is looked for who goes off duty and who comes.
const REACH: (TimeDelta, TimeDelta) = (TimeDelta::days(30), TimeDelta::days(120));
/// How far back flagged contracts are told of where nothing was handed over before.
const LATELY: TimeDelta = TimeDelta::days(14);
/// When is looked again where nobody is next on duty.
const LATER: TimeDelta = TimeDelta::days(1);

impl Work {
    /// Writes notes for who is next on duty, and what is open with them.
    ///
    /// # Errors
    /// [`Refusal::NoRelief`]; [`Core::Forbidden`] for who neither goes off duty nor is in charge; [`Error::Roster`] where a
    /// year is not known.
    pub(crate) async fn write_handover(
        &self,
        caller: &Caller,
        team_key: &str,
        notes: String,
    ) -> Result<(Tx, HandoverRow), Error> {
        let tx = self.db.begin().await?;
        let now = self.clock.now().trunc_subsecs(6);
        let shifts = self.shifts_around(&*tx, team_key, now).await?;
        let turn = Turn::after(&shifts, now).ok_or_else(|| Refusal::NoRelief(team_key.to_owned()))?;
        if turn.leaves() != caller.subject && !self.is_in_charge(caller, team_key).await? {
            let (en, zh) = (
                "who goes off duty writes the notes, or a lead for them",
                "交接班记录由交班人填写，或由班组长代填",
            );
            return Err(Core::Forbidden(en, zh).into());
        }
        let items = self.open_for(&tx, team_key, turn.relief.span.from).await?;
        let row = HandoverRow { written_by: caller.subject.clone(), notes, ..self.fresh(turn, items, now) };
        self.hand_over(&tx, row.clone()).await?;
        Ok((tx, row))
    }

    /// Notes that who is next on duty read them.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], [`Core::Forbidden`] for anybody else; [`Refusal::Acknowledged`].
    pub(crate) async fn acknowledge(
        &self,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(Tx, HandoverRow), Error> {
        let tx = self.db.begin().await?;
        let mut row = handovers::lock(&tx, which).await?.ok_or_else(|| missing(which))?;
        self.check_hears(caller, &row).await?;
        etag::check(given, row.version)?;
        if let Some(at) = row.acknowledged_at {
            return Err(Refusal::Acknowledged { by: row.acknowledged_by, at }.into());
        }
        // Whoever took that duty in a swap since then, or covers it.
        let shifts = self.shifts_around(&*tx, &row.team_key, row.begins_at).await?;
        let next = on_duty(&shifts, row.begins_at).current.map_or(&*row.to_subject, |shift| &shift.person);
        if next != caller.subject {
            let (en, zh) =
                ("the notes are for who is next on duty, and nobody else", "交接班记录只能由接班人签收");
            return Err(Core::Forbidden(en, zh).into());
        }
        let now = self.clock.now();
        row.acknowledged_by.clone_from(&caller.subject);
        row.acknowledged_at = Some(now);
        row.version += 1;
        handovers::save(&tx, row.clone()).await?;
        deadlines::clear(&tx, UNREAD, &which.to_string());
        events::duty_logs::acknowledged(&tx, &row, now)?;
        Ok((tx, row))
    }

    /// Returns a hand-over that the caller may see.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn seen_handover(&self, caller: &Caller, which: Uuid) -> Result<HandoverRow, Error> {
        let row = handovers::find(self.db.reader(), which).await?.ok_or_else(|| missing(which))?;
        self.check_hears(caller, &row).await?;
        Ok(row)
    }

    async fn check_hears(&self, caller: &Caller, row: &HandoverRow) -> Result<(), Error> {
        if is_outsider(caller) || !self.is_in_sight(caller, &row.team_key).await? {
            return Err(missing(row.id).into());
        }
        Ok(())
    }

    /// Sees to it that what is open is handed over when duty next goes to somebody else.
    pub(super) async fn expect_relief(
        &self,
        tx: &Tx,
        team_key: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let shifts = match self.shifts_around(&**tx, team_key, now).await {
            Err(Error::Roster(refusal)) => {
                tracing::warn!(team = team_key, %refusal, "who is next on duty can't be told");
                Vec::new()
            }
            told => told?,
        };
        match Turn::after(&shifts, now) {
            Some(turn) => {
                let begins = turn.relief.span.from.timestamp_micros().to_string();
                let at = turn.made_at(self.config.duty.handover(), now);
                deadlines::set(tx, RELIEF, team_key, at, &begins);
            }
            None => deadlines::set(tx, RELIEF, team_key, now + LATER, ""),
        }
        Ok(())
    }

    /// Duty goes to the next person: what is open and nobody wrote of is handed over by itself, and so at each next time
    /// until nothing is open.
    pub(super) async fn relief_comes(&self, tx: &Tx, due: &Deadline) -> Result<(), Error> {
        let (team, at) = (&*due.subject, due.due_at);
        if duty_logs::open_of(&**tx, team).await?.is_empty() {
            return Ok(());
        }
        let begins = due.payload.parse().ok().and_then(DateTime::<Utc>::from_timestamp_micros);
        let before = begins.map_or(at, |begins| at.min(begins - TimeDelta::microseconds(1)));
        let shifts = match self.shifts_around(&**tx, team, before).await {
            Err(Error::Roster(_)) => Vec::new(),
            told => told?,
        };
        let Some(turn) = Turn::after(&shifts, before).filter(|turn| begins == Some(turn.relief.span.from))
        else {
            // The schedule is another than when this was set.
            return self.expect_relief(tx, team, at).await;
        };
        let items = self.open_for(tx, team, turn.relief.span.from).await?;
        let told = handovers::of_turn(&**tx, team, turn.relief.span.from).await?;
        let told: HashSet<Uuid> =
            told.iter().flat_map(|row| row.items.0.iter().map(|item| item.log)).collect();
        if items.iter().any(|log| log.is_open && !told.contains(&log.id)) {
            self.hand_over(tx, self.fresh(turn, items, at)).await?;
        }
        self.expect_relief(tx, team, turn.relief.span.from.max(at)).await
    }

    /// Nobody said in time that they read the notes: the lead is told.
    pub(super) async fn notes_are_due(&self, tx: &Tx, which: Uuid, at: DateTime<Utc>) -> Result<(), Error> {
        let Some(mut row) = handovers::lock(tx, which).await? else { return Ok(()) };
        if row.acknowledged_at.is_some() || row.told_lead_at.is_some() {
            return Ok(());
        }
        row.told_lead_at = Some(at);
        row.version += 1;
        handovers::save(tx, row.clone()).await?;
        events::duty_logs::unread(tx, &row, at)?;
        Ok(())
    }

    async fn hand_over(&self, tx: &Tx, row: HandoverRow) -> Result<(), Error> {
        handovers::insert(tx, row.clone()).await?;
        deadlines::set(tx, UNREAD, &row.id.to_string(), row.acknowledge_due_at, "");
        events::duty_logs::written(tx, &row)?;
        Ok(())
    }

    /// Returns what goes to the turn of duty that begins then: what is open, and whose contract does not run since the turn
    /// before.
    async fn open_for(
        &self,
        tx: &Tx,
        team_key: &str,
        begins_at: DateTime<Utc>,
    ) -> Result<Vec<DutyLogRow>, Error> {
        let mut logs = duty_logs::open_of(&**tx, team_key).await?;
        let last = handovers::last_before(&**tx, team_key, begins_at).await?;
        let since = last.unwrap_or(begins_at - LATELY);
        let flagged = duty_logs::flagged_since(&**tx, team_key, since).await?;
        logs.extend(flagged.into_iter().filter(|log| !log.is_open));
        logs.sort_by_key(|log| (log.received_at, log.id));
        Ok(logs)
    }

    fn fresh(&self, turn: Turn<'_>, logs: Vec<DutyLogRow>, now: DateTime<Utc>) -> HandoverRow {
        let begins_at = turn.relief.span.from;
        HandoverRow {
            id: id::new(),
            team_key: turn.relief.team.clone(),
            from_subject: turn.leaves().to_owned(),
            to_subject: turn.relief.person.clone(),
            ends_at: turn.last.map(|shift| shift.span.to),
            begins_at,
            notes: String::new(),
            items: HandoverItems(logs.into_iter().map(item).collect()),
            written_by: String::new(),
            written_at: now,
            acknowledged_by: String::new(),
            acknowledged_at: None,
            acknowledge_due_at: begins_at.max(now) + self.config.duty.acknowledge(),
            told_lead_at: None,
            version: 1,
        }
    }

    async fn shifts_around(
        &self,
        db: &impl ConnectionTrait,
        team_key: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Shift>, Error> {
        let (back, ahead) = REACH;
        self.shifts_between(db, team_key, (at - back, at + ahead)).await
    }
}

fn item(log: DutyLogRow) -> HandoverItemRow {
    HandoverItemRow {
        emergency: log.plan.is_some(),
        log: log.id,
        subject: log.subject,
        state: log.state,
        production_stopped: log.production_stopped,
        contract: log.contract,
        remote_at: log.remote_at,
        ticket_number: log.ticket_number,
    }
}

fn missing(id: Uuid) -> Core {
    Core::NotFound { what: "handover", id: id.to_string() }
}
