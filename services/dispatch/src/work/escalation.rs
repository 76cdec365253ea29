//! Urgent work that nobody confirmed in its time: the next who is to know is told, each once (D4, D10). The steps run in
//! wall time: urgent work is urgent at night too, and somebody is on duty then.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error;
use hotline_core::id;

use super::Work;
use crate::config::Level;
use crate::domain::assignment::Assignment;
use crate::domain::state::State;
use crate::events::confirming;
use crate::store::{assignments, members};

/// The kind of deadline that takes a step.
pub(super) const KIND: &str = "escalation";

/// Sets when the next step is due, not before `from`; nothing where none is to come.
pub(super) fn set(tx: &Tx, work: &Assignment, from: Option<DateTime<Utc>>) {
    let subject = work.id.to_string();
    if let Some(step) = work.next_step() {
        let due_at = from.map_or(step.due_at, |from| step.due_at.max(from));
        deadlines::set(tx, KIND, &subject, due_at, "");
    } else if !work.escalation.is_empty() {
        deadlines::clear(tx, KIND, &subject);
    }
}

impl Work {
    /// Takes the step that is due. A row lock and what the assignment knows of its steps make each happen once: whatever
    /// else has been said since then says so there.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(super) async fn climb(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let id = id::parse(&deadline.subject, "subject")?;
        let Some(mut work) = assignments::lock(tx, id).await? else { return Ok(()) };
        let to = self.told_by_name(tx, &work).await?;
        let Some(number) = work.climb(to, deadline.due_at) else { return Ok(()) };
        assignments::save(tx, &mut work);
        confirming::escalated(tx, &work, number, deadline.due_at)?;
        set(tx, &work, None);
        Ok(())
    }

    /// Returns who is reminded: the holder, else all members of the team. Of other levels nobody knows more than the chain
    /// says.
    async fn told_by_name(&self, tx: &Tx, work: &Assignment) -> Result<Vec<String>, Error> {
        match work.next_step() {
            Some(step) if step.level == Level::Member && step.to.is_empty() => {}
            _ => return Ok(Vec::new()),
        }
        if work.state == State::Leased {
            return Ok(vec![work.holder.clone()]);
        }
        let all = members::of_team(&**tx, &work.team_key).await?;
        Ok(all.into_iter().map(|member| member.subject).collect())
    }
}
