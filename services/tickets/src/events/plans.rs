//! What is told of plans, and what is due of them.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::outbox::Pending;
use hotline_core::time::to_proto_optional;
use hotline_proto::events::v1::{PlanChanged, PlanStepOverdue, PlanStepSnapshot, TicketSnapshot};

use super::{Outgoing, Road, itself};
use crate::domain::plan::commands::{News, StepNews};
use crate::domain::plan::moves::Move;
use crate::error::Error;
use crate::store::PlanAlarm;

/// Makes what is told of a plan ready for the outbox.
///
/// # Errors
/// Where the contract declares no such event.
pub(super) fn pending(
    out: &Outgoing<'_>,
    ticket: Option<TicketSnapshot>,
    news: &News,
) -> Result<Pending, Core> {
    let (plan_id, version) = (news.plan.to_string(), news.version);
    let step = news.of.as_ref().map(snapshot);
    if news.step == Move::MissStep {
        return out.send(PlanStepOverdue { ticket, plan_id, version, step });
    }
    let (happened, note) = (news.step.happened().to_owned(), news.note.clone());
    out.send(PlanChanged { ticket, plan_id, r#move: happened, version, step, note })
}

fn snapshot(of: &StepNews) -> PlanStepSnapshot {
    PlanStepSnapshot {
        number: of.step.number,
        title: of.step.title.clone(),
        owner: of.step.owner.clone(),
        due_at: to_proto_optional(of.step.due_at),
        percent: of.percent,
        in_time: of.in_time,
    }
}

impl Road {
    /// Makes what is due of a plan happen; what needs another service follows the commit.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(super) async fn ring_plan(
        &self,
        tx: &Tx,
        alarm: PlanAlarm,
        due_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let wanted = self.store.ring_plan(tx, alarm, due_at, itself()).await?;
        if let (true, PlanAlarm::Article { plan, .. }) = (wanted, alarm) {
            self.articles.draft_after(tx, plan);
        }
        Ok(())
    }
}
