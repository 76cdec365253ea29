//! Calls outside office hours (D9): who took them, and each step in the transaction that makes it.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hotline_calendar::Span;
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::Error as Core;
use hotline_core::etag;
use hotline_proto::dispatch::v1::{DutyLogState, DutyStage, DutyStepKind};
use hotline_roster::{Shift, on_duty};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Work;
use crate::domain::disclosure::is_outsider;
use crate::domain::duty_log::{Move, happened};
use crate::error::Error;
use crate::events;
use crate::store::{DutyLogRow, DutyStepRow, duty_logs};

mod contract;
mod due;
mod emergency;
mod first;
mod record;

pub(super) use contract::Customers;
pub(super) use due::{PREFIX, RELIEF, UNREAD};
pub(crate) use emergency::Dialled;
pub(crate) use first::Registering;
pub(crate) use record::{Call, Done, Named};
use record::{fresh, next_step};

/// How far from an instant shifts are looked at to tell who is on duty.
const AROUND: TimeDelta = TimeDelta::days(2);

impl Work {
    /// Records a call, whoever takes it.
    ///
    /// # Errors
    /// [`Core::Field`] for a time after now, and for a customer that nobody has heard of.
    pub(crate) async fn take_call(&self, caller: &Caller, call: Call) -> Result<(Tx, DutyLogRow), Error> {
        let now = self.clock.now().trunc_subsecs(6);
        let received_at = call.received_at.unwrap_or(now);
        if received_at > now {
            let (en, zh) = ("must not lie in the future", "不能晚于现在");
            return Err(Core::Field { field: "receivedAt", en, zh }.into());
        }
        let known = self.customers.ask(&call.customer_id, &call.phone).await;
        if !call.customer_id.is_empty() && known.as_ref().is_some_and(|known| known.customer_id.is_empty()) {
            let (en, zh) = ("names no customer", "没有这个客户");
            return Err(Core::Field { field: "customerId", en, zh }.into());
        }
        let tx = self.db.begin().await?;
        let shifts = self.shifts_near(&*tx, &call.team_key, received_at).await?;
        let telephone = on_duty(&shifts, received_at).telephone(received_at);
        let duty_subject = telephone.map(|shift| shift.person.clone()).unwrap_or_default();
        let mut row = fresh(call, caller, (received_at, now));
        row.on_duty = duty_subject == row.taken_by;
        row.duty_subject = duty_subject;
        contract::known(&mut row, known, now);
        self.run_time(&tx, &mut row, now);
        let text = row.subject.clone();
        let taken = Done::new(Move::Note, DutyStepKind::Taken, &caller.subject, text);
        let taken = DutyStepRow { at: received_at, ..next_step(&mut row, taken, (received_at, now)) };
        duty_logs::insert(&tx, row.clone()).await?;
        duty_logs::insert_step(&tx, taken).await?;
        self.ask_again(&tx, &row, now);
        events::duty_logs::taken(&tx, &row)?;
        if row.flagged {
            events::duty_logs::flagged(&tx, &row, now)?;
        }
        self.expect_relief(&tx, &row.team_key, now).await?;
        Ok((tx, row))
    }

    /// Makes a step and writes the log as `change` leaves it; nothing has changed where the step can't be made.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], [`Core::Field`] for an impossible time, and what
    /// [`crate::domain::duty_log::Facts::after`] refuses.
    pub(crate) async fn make_step(
        &self,
        named: &Named,
        done: Done,
        change: impl FnOnce(&mut DutyLogRow),
    ) -> Result<(Tx, DutyLogRow), Error> {
        let (tx, mut row) = self.locked_log(named).await?;
        self.advance(&tx, &mut row, done, change).await?;
        Ok((tx, row))
    }

    /// Returns a log that the caller may change, locked.
    async fn locked_log(&self, named: &Named) -> Result<(Tx, DutyLogRow), Error> {
        let Named { id, caller, etag } = named;
        let tx = self.db.begin().await?;
        let row = duty_logs::lock(&tx, *id).await?.ok_or_else(|| missing(*id))?;
        if is_outsider(caller) || !self.is_in_sight(caller, &row.team_key).await? {
            return Err(missing(*id).into());
        }
        etag::check(etag, row.version)?;
        Ok((tx, row))
    }

    /// Returns a log that the caller may see: members of the team, those above teams, and who was called about it.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn seen_log(&self, caller: &Caller, id: Uuid) -> Result<DutyLogRow, Error> {
        let row = duty_logs::find(self.db.reader(), id).await?.ok_or_else(|| missing(id))?;
        let coordinators = row.plan().map(|plan| plan.coordinators.as_slice()).unwrap_or_default();
        let mut called = coordinators.iter().chain(row.engineer.as_ref().map(|called| &called.0));
        let is_called =
            called.any(|contact| !contact.subject.is_empty() && contact.subject == caller.subject);
        if is_outsider(caller) || !(is_called || self.is_in_sight(caller, &row.team_key).await?) {
            return Err(missing(id).into());
        }
        Ok(row)
    }

    /// Makes a step of a locked log.
    async fn advance(
        &self,
        tx: &Tx,
        row: &mut DutyLogRow,
        done: Done,
        change: impl FnOnce(&mut DutyLogRow),
    ) -> Result<(), Error> {
        let now = self.clock.now().trunc_subsecs(6);
        let at = happened(done.at, row.received_at, now)?;
        let next = row.facts().after(done.step)?;
        let begins = next != row.state() || matches!(done.step, Move::AgreeRemote);
        change(row);
        row.state = next.into();
        row.is_open = row.facts().is_open();
        if begins {
            self.run_time(tx, row, at);
        }
        let step = next_step(row, done, (at, now));
        row.version += 1;
        duty_logs::save(tx, row.clone()).await?;
        events::duty_logs::moved(tx, row, &step)?;
        duty_logs::insert_step(tx, step).await?;
        Ok(())
    }

    /// Lets the time run, from `at` on, of what is to be done where a log stands now.
    fn run_time(&self, tx: &Tx, row: &mut DutyLogRow, at: DateTime<Utc>) {
        row.turn += 1;
        let due = self.config.duty.times(row.plan()).due(&row.facts(), at, row.remote_at);
        row.due_stage = due.map_or(DutyStage::Unspecified, |(stage, _)| stage).into();
        row.due_at = due.map(|(_, at)| at);
        let is = |state| row.state() == state;
        for (kind, due_at) in [
            (due::STAGE, row.due_at),
            (due::REMOTE, row.remote_at.filter(|_| is(DutyLogState::RemoteAgreed))),
            (due::FIRST, row.first_at.filter(|_| is(DutyLogState::Registered))),
        ] {
            match due_at {
                Some(at) => deadlines::set(tx, kind, &row.id.to_string(), at, &row.turn.to_string()),
                None => deadlines::clear(tx, kind, &row.id.to_string()),
            }
        }
    }

    /// Returns who of a team is on duty at an instant by the final schedule; empty where nobody is, or the schedule can't be
    /// told because a year is not known.
    async fn who_is_on_duty(
        &self,
        db: &impl ConnectionTrait,
        team_key: &str,
        at: DateTime<Utc>,
    ) -> Result<String, Error> {
        let shifts = self.shifts_near(db, team_key, at).await?;
        Ok(on_duty(&shifts, at).current.map(|shift| shift.person.clone()).unwrap_or_default())
    }

    /// Returns a team's final schedule around an instant; nothing where it can't be told because a year is not known.
    async fn shifts_near(
        &self,
        db: &impl ConnectionTrait,
        team_key: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<Shift>, Error> {
        match self.shifts_between(db, team_key, (at - AROUND, at + AROUND)).await {
            Err(Error::Roster(refusal)) => {
                tracing::warn!(team = team_key, %refusal, "who is on duty can't be told");
                Ok(Vec::new())
            }
            told => told,
        }
    }

    /// Returns a team's final schedule between two instants.
    ///
    /// # Errors
    /// [`Core::Database`]; [`Error::Roster`] where a year is not known.
    pub(super) async fn shifts_between(
        &self,
        db: &impl ConnectionTrait,
        team_key: &str,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<Shift>, Error> {
        let book = self.book(db, (from.date_naive(), to.date_naive())).await?;
        Ok(book.shifts(team_key, Span::new(from, to))?)
    }
}

fn missing(id: Uuid) -> Core {
    Core::NotFound { what: "duty log", id: id.to_string() }
}
