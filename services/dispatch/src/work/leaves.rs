//! Leaves: asked for, decided by a lead with a cover by name, or refused by themselves where nobody decided in time (D8).

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error as Core;
use hotline_core::{etag, id};
use hotline_proto::dispatch::v1::LeaveState;
use hotline_roster::{Book, Refusal};
use uuid::Uuid;

use super::Work;
use super::agreements::{Agreeing, missing};
use crate::domain::presence::SYSTEM;
use crate::error::Error;
use crate::events;
use crate::store::{LeaveRow, agreements, duty};

/// The kind of deadline at which a leave begins that nobody has decided.
pub(super) const KIND: &str = "leave";

/// Why a leave is refused by itself.
const UNDECIDED: &str = "到开始时间仍未审批，已自动拒绝";

impl Work {
    /// Asks for a leave, which has to be decided by the time it begins.
    ///
    /// # Errors
    /// [`Refusal::Begun`] for one that begins in the past.
    pub(crate) async fn ask_leave(&self, row: LeaveRow) -> Result<(Tx, LeaveRow), Error> {
        let wall = row.known().map_err(Core::from)?.wall;
        let spans = wall.ahead(self.clock.now())?;
        let tx = self.db.begin().await?;
        agreements::insert_leave(&tx, row.clone()).await?;
        if let Some(first) = spans.first() {
            deadlines::set(&tx, KIND, &row.id.to_string(), first.from, "");
        }
        Ok((tx, row))
    }

    /// Refuses a leave that begins now and that nobody has decided: who asked is on duty as before.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(super) async fn leave_begins(&self, tx: &Tx, due: &Deadline) -> Result<(), Core> {
        duty::lock(tx).await?;
        let found = agreements::find_leave(&**tx, id::parse(&due.subject, "subject")?).await?;
        let open = found.filter(|row| row.state == i32::from(LeaveState::Requested));
        let Some(row) = open else { return Ok(()) };
        let row = LeaveRow { state: LeaveState::Rejected.into(), note: UNDECIDED.into(), ..row };
        let row = ended(row, SYSTEM, due.due_at);
        agreements::save_leave(tx, row.clone()).await?;
        events::rosters::decided(tx, &row, due.due_at)
    }

    /// Grants a leave with a cover, or refuses it where there is none.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`] also for one's own, [`Core::Stale`], [`Core::Field`] without a cover, and
    /// what the rules of rosters refuse.
    pub(crate) async fn decide_leave(
        &self,
        caller: &Caller,
        which: Uuid,
        decision: Decision,
    ) -> Result<(Tx, LeaveRow), Error> {
        let Agreeing { tx, order, now } = self.agreeing().await?;
        let (row, book) = self.locked_leave(&tx, caller, which, &decision.etag).await?;
        self.check_in_charge(caller, &row.team_key).await?;
        if row.subject == caller.subject {
            let (en, zh) = ("nobody decides about their own leave", "不能审批自己的请假");
            return Err(Core::Forbidden(en, zh).into());
        }
        let state = if decision.grants { LeaveState::Approved } else { LeaveState::Rejected };
        let cover = if decision.cover.is_empty() { row.cover.clone() } else { decision.cover };
        if decision.grants && cover.is_empty() {
            return Err(Core::Field {
                field: "cover", en: "must name who stands in", zh: "必须指定替班人"
            }
            .into());
        }
        if decision.grants {
            book.grant(which, &cover, order, now)?;
        } else if row.state != i32::from(LeaveState::Requested) {
            return Err(Refusal::LeaveDecided.into());
        }
        let (note, agreed) = (decision.note, order);
        let row = LeaveRow { state: state.into(), cover, note, agreed, ..row };
        self.decided(tx, caller, row, now).await
    }

    /// Takes a leave back.
    ///
    /// # Errors
    /// As [`Self::decide_leave`]; [`Core::Forbidden`] for who neither asked nor decides.
    pub(crate) async fn withdraw_leave(
        &self,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(Tx, LeaveRow), Error> {
        let Agreeing { tx, now, .. } = self.agreeing().await?;
        let (row, book) = self.locked_leave(&tx, caller, which, given).await?;
        if row.subject != caller.subject {
            self.check_in_charge(caller, &row.team_key).await?;
        }
        book.stay(which, now)?;
        if row.state == i32::from(LeaveState::Requested) {
            // Nobody was told of it.
            deadlines::clear(&tx, KIND, &row.id.to_string());
            let row = LeaveRow { state: LeaveState::Withdrawn.into(), ..ended(row, &caller.subject, now) };
            agreements::save_leave(&tx, row.clone()).await?;
            return Ok((tx, row));
        }
        self.decided(tx, caller, LeaveRow { state: LeaveState::Withdrawn.into(), ..row }, now).await
    }

    async fn decided(
        &self,
        tx: Tx,
        caller: &Caller,
        row: LeaveRow,
        now: DateTime<Utc>,
    ) -> Result<(Tx, LeaveRow), Error> {
        let row = ended(row, &caller.subject, now);
        deadlines::clear(&tx, KIND, &row.id.to_string());
        agreements::save_leave(&tx, row.clone()).await?;
        events::rosters::decided(&tx, &row, now)?;
        self.duty_changes(&tx, &row.team_key);
        Ok((tx, row))
    }

    async fn locked_leave(
        &self,
        tx: &Tx,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(LeaveRow, Book), Error> {
        let row = agreements::find_leave(&**tx, which).await?.ok_or_else(|| missing("leave", which))?;
        self.check_sees(caller, &row.team_key).await?;
        etag::check(given, row.version)?;
        let book = self.agreed(tx, &row.known().map_err(Core::from)?.wall).await?;
        Ok((row, book))
    }
}

fn ended(row: LeaveRow, by: &str, now: DateTime<Utc>) -> LeaveRow {
    let (decided_by, decided_at) = (by.to_owned(), Some(now));
    LeaveRow { decided_by, decided_at, version: row.version + 1, ..row }
}

/// What a lead says of a leave.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// It is granted.
    pub(crate) grants: bool,
    /// Who stands in; empty is who was proposed.
    pub(crate) cover: String,
    /// What is said with it.
    pub(crate) note: String,
    /// The version that was looked at.
    pub(crate) etag: String,
}
