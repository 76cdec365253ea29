//! Overrides, swaps and leaves: each is checked against all that was agreed, while nobody else can agree anything.

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::{etag, id};
use hotline_proto::dispatch::v1::LeaveState;
use hotline_roster::{Book, Override, Refusal, Wall};
use uuid::Uuid;

use super::Work;
use crate::error::Error;
use crate::events;
use crate::store::{LeaveRow, OverrideRow, SwapRow, agreements, duty};

/// A transaction in which nobody else agrees anything.
struct Agreeing {
    tx: Tx,
    /// The place of what is agreed in it.
    order: i64,
    now: DateTime<Utc>,
}

impl Work {
    /// Puts somebody on duty by name.
    ///
    /// # Errors
    /// What the rules of rosters refuse.
    pub(crate) async fn put_on_duty(&self, row: OverrideRow) -> Result<(Tx, OverrideRow), Error> {
        let Agreeing { tx, order, now } = self.agreeing().await?;
        let row = OverrideRow { agreed: order, made_at: now, ..row };
        let new: Override = row.known().map_err(Core::from)?;
        self.agreed(&tx, &new.wall).await?.put_on(new, now)?;
        agreements::insert_override(&tx, row.clone()).await?;
        Ok((tx, row))
    }

    /// Takes an override back.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`], and what the rules of rosters refuse.
    pub(crate) async fn put_off_duty(&self, caller: &Caller, which: Uuid) -> Result<Tx, Error> {
        let Agreeing { tx, now, .. } = self.agreeing().await?;
        let found = agreements::find_override(&*tx, which).await?;
        let row = found.ok_or_else(|| missing("override", which))?;
        self.check_in_charge(caller, &row.team_key).await?;
        let old = row.known().map_err(Core::from)?;
        self.agreed(&tx, &old.wall).await?.put_off(which, now)?;
        agreements::delete_override(&tx, which).await?;
        Ok(tx)
    }

    /// Asks colleagues to take somebody's duty.
    ///
    /// # Errors
    /// What the rules of rosters refuse.
    pub(crate) async fn ask_swap(
        &self,
        team_key: String,
        wall: Wall,
        (requester, reason): (String, String),
    ) -> Result<(Tx, SwapRow), Error> {
        let Agreeing { tx, now, .. } = self.agreeing().await?;
        let begins_at = self.agreed(&tx, &wall).await?.ask(&team_key, &wall, &requester, now)?;
        let row = SwapRow {
            id: id::new(),
            team_key,
            from_wall: wall.from,
            to_wall: wall.to,
            time_zone: wall.zone.to_string(),
            begins_at,
            requester,
            reason,
            requested_at: now,
            taken_by: String::new(),
            taken_at: None,
            withdrawn_by: String::new(),
            withdrawn_at: None,
            agreed: 0,
            version: 1,
        };
        agreements::insert_swap(&tx, row.clone()).await?;
        Ok((tx, row))
    }

    /// Lets the caller take a swap.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Forbidden`], [`Core::Stale`], and what the rules of rosters refuse.
    pub(crate) async fn take_swap(
        &self,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(Tx, SwapRow), Error> {
        let Agreeing { tx, order, now } = self.agreeing().await?;
        let (row, book) = self.locked_swap(&tx, caller, which, given).await?;
        book.take(which, &caller.subject, order, now)?;
        let row = SwapRow {
            taken_by: caller.subject.clone(),
            taken_at: Some(now),
            agreed: order,
            version: row.version + 1,
            ..row
        };
        agreements::save_swap(&tx, row.clone()).await?;
        events::rosters::taken(&tx, &row, now)?;
        Ok((tx, row))
    }

    /// Takes a swap back.
    ///
    /// # Errors
    /// As [`Self::take_swap`]; [`Core::Forbidden`] for who has no part in it.
    pub(crate) async fn withdraw_swap(
        &self,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(Tx, SwapRow), Error> {
        let Agreeing { tx, now, .. } = self.agreeing().await?;
        let (row, book) = self.locked_swap(&tx, caller, which, given).await?;
        let has_part = [&row.requester, &row.taken_by].contains(&&caller.subject);
        if !has_part && !self.is_in_charge(caller, &row.team_key).await? {
            let (en, zh) = (
                "who asked, who took it, or a lead takes a swap back",
                "只有申请人、接班人或班组长可撤销换班",
            );
            return Err(Core::Forbidden(en, zh).into());
        }
        book.give_back(which, now)?;
        let row = SwapRow {
            withdrawn_by: caller.subject.clone(),
            withdrawn_at: Some(now),
            version: row.version + 1,
            ..row
        };
        agreements::save_swap(&tx, row.clone()).await?;
        if row.taken_at.is_some() {
            events::rosters::undone(&tx, &row, now)?;
        }
        Ok((tx, row))
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
            let row = LeaveRow { state: LeaveState::Withdrawn.into(), ..ended(row, caller, now) };
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
        let row = ended(row, caller, now);
        agreements::save_leave(&tx, row.clone()).await?;
        events::rosters::decided(&tx, &row, now)?;
        Ok((tx, row))
    }

    async fn agreeing(&self) -> Result<Agreeing, Error> {
        let tx = self.db.begin().await?;
        let order = duty::lock(&tx).await?;
        Ok(Agreeing { tx, order, now: self.clock.now() })
    }

    async fn agreed(&self, tx: &Tx, wall: &Wall) -> Result<Book, Error> {
        self.book(&**tx, (wall.from.date(), wall.to.date())).await
    }

    async fn locked_swap(
        &self,
        tx: &Tx,
        caller: &Caller,
        which: Uuid,
        given: &str,
    ) -> Result<(SwapRow, Book), Error> {
        let row = agreements::find_swap(&**tx, which).await?.ok_or_else(|| missing("swap", which))?;
        self.check_sees(caller, &row.team_key).await?;
        etag::check(given, row.version)?;
        let book = self.agreed(tx, &row.known().map_err(Core::from)?.wall).await?;
        Ok((row, book))
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

fn ended(row: LeaveRow, caller: &Caller, now: DateTime<Utc>) -> LeaveRow {
    let (decided_by, decided_at) = (caller.subject.clone(), Some(now));
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

fn missing(what: &'static str, id: Uuid) -> Core {
    Core::NotFound { what, id: id.to_string() }
}
