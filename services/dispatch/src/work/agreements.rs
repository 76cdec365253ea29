//! Overrides and swaps: each is checked against all that was agreed, while nobody else can agree anything. Leaves are too
//! (`leaves`), and open swaps are reminded of (`reminders`).

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::{etag, id};
use hotline_roster::{Book, Override, Wall};
use uuid::Uuid;

use super::{Work, reminders};
use crate::error::Error;
use crate::events;
use crate::store::{OverrideRow, SwapRow, agreements, duty};

/// A transaction in which nobody else agrees anything.
pub(super) struct Agreeing {
    pub(super) tx: Tx,
    /// The place of what is agreed in it.
    pub(super) order: i64,
    pub(super) now: DateTime<Utc>,
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
        self.duty_changes(&tx, &row.team_key);
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
        self.duty_changes(&tx, &row.team_key);
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
        self.remind(&tx, &row, now).await?;
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
        reminders::stop(&tx, &row);
        events::rosters::taken(&tx, &row, now)?;
        self.duty_changes(&tx, &row.team_key);
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
        reminders::stop(&tx, &row);
        if row.taken_at.is_some() {
            events::rosters::undone(&tx, &row, now)?;
            self.duty_changes(&tx, &row.team_key);
        }
        Ok((tx, row))
    }

    pub(super) async fn agreeing(&self) -> Result<Agreeing, Error> {
        let tx = self.db.begin().await?;
        let order = duty::lock(&tx).await?;
        Ok(Agreeing { tx, order, now: self.clock.now() })
    }

    pub(super) async fn agreed(&self, tx: &Tx, wall: &Wall) -> Result<Book, Error> {
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
}

pub(super) fn missing(what: &'static str, id: Uuid) -> Core {
    Core::NotFound { what, id: id.to_string() }
}
