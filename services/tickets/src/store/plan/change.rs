//! One command on a plan and its ticket, in one transaction. The ticket is locked first, always.

use hotline_core::db::Tx;
use hotline_core::etag;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use crate::domain::draft::{Draft, Who};
use crate::domain::number::Reference;
use crate::domain::plan::Plan;
use crate::domain::ticket::Ticket;
use crate::error::{Error, PlanError};
use crate::store::plan::{Column, Entity, active, alarms, duties, lock_latest, missing, versions};
use crate::store::{Changes, Store, lock};

impl Store {
    /// Opens the plan of a ticket; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`](hotline_core::error::Error::NotFound), [`PlanError::Exists`], or whatever `open` refuses; then
    /// nothing has changed.
    pub(crate) async fn open_plan(
        &self,
        which: &Reference,
        who: Who,
        open: impl FnOnce(&mut Draft<'_>) -> Result<Plan, Error> + Send,
    ) -> Result<(Tx, Plan), Error> {
        let tx = self.db.begin().await?;
        let ticket = lock(&tx, which).await?;
        let number = ticket.number.clone();
        if lock_latest(&tx, ticket.id).await?.is_some_and(|plan| plan.lives()) {
            return Err(PlanError::Exists.into());
        }
        let mut opened = None;
        self.on_ticket(&tx, ticket, who, |draft| {
            opened = Some(open(draft)?);
            Ok(())
        })?;
        let plan = opened.ok_or_else(|| missing(&number))?;
        tx.later(Entity::insert(active(&plan)).into_query());
        duties::put(&tx, &plan);
        Ok((tx, plan))
    }

    /// Changes the latest plan of a ticket by one command; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`](hotline_core::error::Error::NotFound), [`Core::Stale`](hotline_core::error::Error::Stale), or
    /// whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change_plan(
        &self,
        which: &Reference,
        given_etag: &str,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>, &mut Plan) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Plan), Error> {
        let tx = self.db.begin().await?;
        let ticket = lock(&tx, which).await?;
        let found = lock_latest(&tx, ticket.id).await?;
        let before = found.ok_or_else(|| missing(&ticket.number))?;
        etag::check(given_etag, before.version)?;
        let mut plan = before.clone();
        self.on_ticket(&tx, ticket, who, |draft| changing(draft, &mut plan, decide))?;
        write(&tx, &before, &plan).await?;
        Ok((tx, plan))
    }

    fn on_ticket(
        &self,
        tx: &Tx,
        ticket: Ticket,
        who: Who,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let id = ticket.id;
        let mut changes = Changes::of(self.rules(), [ticket]);
        changes.change(id, self.clock.now(), who, decide)?;
        changes.write(tx)
    }
}

/// Runs a command on a plan, and counts the change where it makes one.
pub(super) fn changing<'a>(
    draft: &mut Draft<'a>,
    plan: &mut Plan,
    decide: impl FnOnce(&mut Draft<'a>, &mut Plan) -> Result<(), Error>,
) -> Result<(), Error> {
    let before = plan.clone();
    decide(draft, plan)?;
    if *plan != before {
        plan.version += 1;
        plan.updated_at = draft.at.max(plan.updated_at);
    }
    Ok(())
}

/// Writes what has changed: the plan, what is due of it, what people have to do, the version that was approved.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(super) async fn write(tx: &Tx, before: &Plan, plan: &Plan) -> Result<(), Error> {
    if plan == before {
        return Ok(());
    }
    duties::replace(tx, before, plan).await?;
    versions::keep(tx, before, plan)?;
    alarms::set(tx, before, plan);
    let update = Entity::update_many().set(active(plan)).filter(Column::Id.eq(plan.id));
    tx.later(update.into_query());
    Ok(())
}

impl Store {
    /// Notes the draft of a plan's lessons in the knowledge base.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn plan_article(&self, plan: &Plan, article: Uuid, who: Who) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        let decide = |draft: &mut Draft<'_>, plan: &mut Plan| {
            draft.plan_article(plan, article);
            Ok(())
        };
        self.on_plan(&tx, (plan.id, plan.ticket_id), self.clock.now(), who, decide).await?;
        Ok(tx.commit().await?)
    }
}
