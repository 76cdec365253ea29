//! What is due of plans, as rows of the time road: steps, lessons to be drafted, plans whose ticket was cancelled.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_proto::common::v1::TicketState;
use uuid::Uuid;

use crate::domain::draft::{Draft, Who};
use crate::domain::plan::Plan;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::Store;
use crate::store::plan::change::{changing, write};
use crate::store::plan::{lock, lock_latest};

const STEP: &str = "plan-step";
const ARTICLE: &str = "plan-article";
const ORPHAN: &str = "plan-orphan";

/// Something that is due of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanAlarm {
    /// A step is to be done.
    Step {
        /// The plan.
        plan: Uuid,
        /// Its ticket.
        ticket: Uuid,
        /// The step.
        number: i32,
    },
    /// The lessons are to be drafted in the knowledge base.
    Article {
        /// The plan.
        plan: Uuid,
        /// Its ticket.
        ticket: Uuid,
    },
    /// A ticket was cancelled, and its plan goes with it.
    Orphan {
        /// The ticket.
        ticket: Uuid,
    },
}

impl PlanAlarm {
    /// Returns what a deadline is about; `None` for one of another kind.
    pub(crate) fn read(deadline: &Deadline) -> Option<Self> {
        let (subject, payload) = (deadline.subject.as_str(), deadline.payload.parse().ok());
        match deadline.kind.as_str() {
            STEP => {
                let (plan, number) = subject.split_once(':')?;
                Some(Self::Step { plan: plan.parse().ok()?, ticket: payload?, number: number.parse().ok()? })
            }
            ARTICLE => Some(Self::Article { plan: subject.parse().ok()?, ticket: payload? }),
            ORPHAN => Some(Self::Orphan { ticket: subject.parse().ok()? }),
            _ => None,
        }
    }
}

/// Sets what has come to be due at another time than before, and clears what is due no more.
pub(super) fn set(tx: &Tx, before: &Plan, plan: &Plan) {
    let (were, are) = (due(before), due(plan));
    let payload = plan.ticket_id.to_string();
    for ((kind, subject), at) in &are {
        if were.get(&(*kind, subject.clone())) != Some(at) {
            deadlines::set(tx, kind, subject, *at, &payload);
        }
    }
    for (kind, subject) in were.keys().filter(|name| !are.contains_key(*name)) {
        deadlines::clear(tx, kind, subject);
    }
}

fn due(plan: &Plan) -> BTreeMap<(&'static str, String), DateTime<Utc>> {
    let steps = plan.alarms().map(|(number, at)| ((STEP, format!("{}:{number}", plan.id)), at));
    let article = plan.article_due().map(|at| ((ARTICLE, plan.id.to_string()), at));
    steps.chain(article).collect()
}

/// Makes the plan of a ticket that is cancelled go with it, soon: whether it has one, nobody asks before.
pub(crate) fn follow(tx: &Tx, before: &Ticket, now: &Ticket) {
    if now.state == TicketState::Cancelled && before.state != TicketState::Cancelled {
        deadlines::set(tx, ORPHAN, &now.id.to_string(), now.updated_at, "");
    }
}

impl Store {
    /// Makes what is due of a plan happen in a transaction that somebody else commits. Tells whether its lessons are to
    /// be drafted after that.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn ring_plan(
        &self,
        tx: &Tx,
        alarm: PlanAlarm,
        due_at: DateTime<Utc>,
        who: Who,
    ) -> Result<bool, Error> {
        match alarm {
            PlanAlarm::Step { plan, ticket, number } => {
                let miss = |draft: &mut Draft<'_>, plan: &mut Plan| {
                    draft.miss_plan_step(plan, number, due_at);
                    Ok(())
                };
                self.on_plan(tx, (plan, ticket), due_at, who, miss).await?;
                Ok(false)
            }
            PlanAlarm::Article { plan, ticket } => {
                let (mut wanted, now) = (false, self.clock.now());
                let once_more = |_: &mut Draft<'_>, plan: &mut Plan| {
                    wanted = plan.try_article(now);
                    Ok(())
                };
                self.on_plan(tx, (plan, ticket), now, who, once_more).await?;
                Ok(wanted)
            }
            PlanAlarm::Orphan { ticket } => {
                let mut changes = self.lock(tx, [ticket]).await?;
                let Some(before) = lock_latest(tx, ticket).await? else { return Ok(false) };
                let mut plan = before.clone();
                changes
                    .change(ticket, due_at, who, |draft| changing(draft, &mut plan, Draft::orphan_plan))?;
                changes.write(tx)?;
                write(tx, &before, &plan).await?;
                Ok(false)
            }
        }
    }

    /// Changes one plan and its ticket in a transaction that somebody else commits.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database), or whatever `decide` refuses.
    pub(super) async fn on_plan(
        &self,
        tx: &Tx,
        (plan, ticket): (Uuid, Uuid),
        at: DateTime<Utc>,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>, &mut Plan) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let mut changes = self.lock(tx, [ticket]).await?;
        let Some(before) = lock(tx, plan).await? else { return Ok(()) };
        let mut plan = before.clone();
        changes.change(ticket, at, who, |draft| changing(draft, &mut plan, decide))?;
        changes.write(tx)?;
        write(tx, &before, &plan).await
    }
}
