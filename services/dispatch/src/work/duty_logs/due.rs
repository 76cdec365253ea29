//! What falls due around calls outside office hours and hand-over notes, each once.

use hotline_core::db::Tx;
use hotline_core::deadlines::Deadline;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_proto::dispatch::v1::{DutyLogState, DutyStage, DutyStepKind};
use uuid::Uuid;

use super::super::{Work, fault};
use crate::error::Error;
use crate::events;
use crate::events::duty_logs::stage_name;
use crate::store::{DutyLogRow, Miss, duty_logs};

/// How the kinds of deadlines begin that are handled here.
pub(crate) const PREFIX: &str = "duty_";
/// A stage is to be over.
pub(super) const STAGE: &str = "duty_stage";
/// A remote session begins.
pub(super) const REMOTE: &str = "duty_remote";
/// Work starts, and something is first.
pub(super) const FIRST: &str = "duty_first";
/// A contract is asked for again.
pub(super) const CONTRACT: &str = "duty_contract";
/// Duty goes from one person to the next.
pub(crate) const RELIEF: &str = "duty_relief";
/// Notes are to have been read.
pub(crate) const UNREAD: &str = "duty_unread";

impl Work {
    /// Makes happen what is due.
    ///
    /// # Errors
    /// [`Core::Database`], and faults of ours.
    pub(crate) async fn duty_falls_due(&self, tx: &Tx, due: &Deadline) -> Result<(), Core> {
        if due.kind == RELIEF {
            return self.relief_comes(tx, due).await.map_err(fault);
        }
        let id = id::parse(&due.subject, "subject")?;
        let done = match due.kind.as_str() {
            UNREAD => self.notes_are_due(tx, id, due.due_at).await,
            CONTRACT => self.contract_is_due(tx, id, due.due_at).await,
            _ => self.log_falls_due(tx, id, due).await,
        };
        done.map_err(fault)
    }

    async fn log_falls_due(&self, tx: &Tx, id: Uuid, due: &Deadline) -> Result<(), Error> {
        let Some(mut row) = duty_logs::lock(tx, id).await? else { return Ok(()) };
        // Whatever was done meanwhile has begun another turn.
        if row.turn.to_string() != due.payload {
            return Ok(());
        }
        match due.kind.as_str() {
            STAGE => self.stage_is_over(tx, &mut row, due).await,
            REMOTE => self.remote_begins(tx, &mut row, due).await,
            FIRST if row.state() == DutyLogState::Registered => self.work_starts(tx, row, due).await,
            _ => Ok(()),
        }
    }

    async fn stage_is_over(&self, tx: &Tx, row: &mut DutyLogRow, due: &Deadline) -> Result<(), Error> {
        let stage = row.due_stage();
        if row.due_at.take().is_none() {
            return Ok(());
        }
        self.missed(tx, row, stage, due).await
    }

    /// Keeps in mind that a stage took too long, and tells of it.
    pub(super) async fn missed(
        &self,
        tx: &Tx,
        row: &mut DutyLogRow,
        stage: DutyStage,
        due: &Deadline,
    ) -> Result<(), Error> {
        row.missed.0.push(Miss { stage: stage.into(), due_at: due.due_at });
        row.overdue = true;
        events::duty_logs::overdue(tx, row, stage, due.due_at)?;
        let text = stage_name(stage).to_owned();
        self.note_by_itself(tx, row, DutyStepKind::Missed, (text, due.due_at)).await
    }

    async fn remote_begins(&self, tx: &Tx, row: &mut DutyLogRow, due: &Deadline) -> Result<(), Error> {
        let on_duty = self.who_is_on_duty(&**tx, &row.team_key, due.due_at).await?;
        events::duty_logs::remote_due(tx, row, on_duty, due.due_at)?;
        self.note_by_itself(tx, row, DutyStepKind::RemoteDue, (String::new(), due.due_at)).await
    }
}
