//! The tables of plans: how they stand, what was approved, what people have to do for them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use hotline_proto::tickets::v1::{ListPlansRequest, PlanState};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{FromJsonQueryResult, IntoActiveModel, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::domain::number::Reference;
use crate::domain::plan::Plan;
use crate::domain::plan::ending::Ending;
use crate::domain::plan::progress::Progress;
use crate::domain::plan::version::Version;
use crate::domain::refusal::Refusal;
use crate::error::Error;
use crate::store::{Store, row};

pub(crate) mod alarms;
mod change;
mod duties;
mod versions;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) ticket_id: Uuid,
    pub(crate) ticket_number: String,
    pub(crate) state: i32,
    pub(crate) draft: OptionalVersion,
    pub(crate) approved: OptionalVersion,
    pub(crate) progress: AllProgress,
    pub(crate) last_step: i32,
    pub(crate) waiting_since: Option<DateTimeUtc>,
    pub(crate) ending: OptionalEnding,
    pub(crate) opened_by: String,
    pub(crate) opened_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// A version, where there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalVersion(pub(crate) Option<Version>);

/// How far steps are, by number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct AllProgress(pub(crate) BTreeMap<i32, Progress>);

/// How a plan ended, where it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalEnding(pub(crate) Option<Ending>);

impl Store {
    /// Returns the plan of a ticket: the living one, else the last.
    ///
    /// # Errors
    /// [`Core::NotFound`] for the ticket or its plan.
    pub(crate) async fn plan(&self, which: &Reference) -> Result<Plan, Error> {
        let ticket = self.get(which).await?;
        let row = latest(ticket.id).one(self.db.reader()).await?;
        domain(row.ok_or_else(|| missing(&ticket.number))?)
    }

    /// Returns a plan.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn plan_by_id(&self, id: Uuid) -> Result<Plan, Error> {
        let row = Entity::find_by_id(id).one(self.db.reader()).await?;
        domain(row.ok_or_else(|| missing(&id.to_string()))?)
    }

    /// Returns a page of plans, the latest opened first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::PageToken`].
    pub(crate) async fn plans(
        &self,
        request: &ListPlansRequest,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Plan>, String), Error> {
        let page = Page::of(request)?;
        let select = page.apply(select(request, now)?, Column::OpenedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.opened_at, id: row.id });
        let plans: Result<_, _> = rows.into_iter().map(domain).collect();
        Ok((plans?, next))
    }
}

/// Selects what the request asks for.
fn select(request: &ListPlansRequest, now: DateTime<Utc>) -> Result<Select<Entity>, Error> {
    let states = (!request.state.is_empty()).then(|| request.state.clone());
    let mut duties = Query::select();
    duties.column(duties::Column::PlanId).from(duties::Entity);
    if !request.owner.is_empty() {
        duties.and_where(duties::Column::Person.eq(request.owner.as_str()));
    }
    if request.overdue {
        duties.and_where(duties::Column::DueAt.lt(now));
    }
    let by_duties = (request.overdue || !request.owner.is_empty()).then_some(duties);
    let select = Entity::find()
        .apply_if(states, |select, states| select.filter(Column::State.is_in(states)))
        .apply_if(id::parse_optional(&request.ticket_id, "ticketId")?, |select, ticket| {
            select.filter(Column::TicketId.eq(ticket))
        })
        .apply_if(by_duties, |select, duties| select.filter(Column::Id.in_subquery(duties)));
    Ok(select)
}

/// Selects the plan of a ticket that was opened last.
fn latest(ticket: Uuid) -> Select<Entity> {
    let of_ticket = Entity::find().filter(Column::TicketId.eq(ticket));
    of_ticket.order_by_desc(Column::OpenedAt).order_by_desc(Column::Id).limit(1)
}

/// Reads the latest plan of a ticket that the transaction has locked.
async fn lock_latest(tx: &Tx, ticket: Uuid) -> Result<Option<Plan>, Error> {
    latest(ticket).lock_exclusive().one(&**tx).await?.map(domain).transpose()
}

/// Refuses a ticket whose plan is under way.
///
/// # Errors
/// [`Refusal::PlanUnderWay`]; [`Core::Database`].
pub(super) async fn not_under_way(tx: &Tx, ticket: Uuid) -> Result<(), Error> {
    let plan = lock_latest(tx, ticket).await?;
    if plan.is_some_and(|plan| plan.lives()) { Err(Refusal::PlanUnderWay.into()) } else { Ok(()) }
}

/// Reads a plan whose ticket the transaction has locked.
async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Plan>, Error> {
    Entity::find_by_id(id).lock_exclusive().one(&**tx).await?.map(domain).transpose()
}

fn missing(id: &str) -> Core {
    Core::NotFound { what: "plan", id: id.to_owned() }
}

/// Returns the row of a plan, every column set.
fn active(plan: &Plan) -> ActiveModel {
    let plan = plan.clone();
    let row = Model {
        id: plan.id,
        ticket_id: plan.ticket_id,
        ticket_number: plan.ticket_number,
        state: plan.state as i32,
        draft: OptionalVersion(plan.draft),
        approved: OptionalVersion(plan.approved),
        progress: AllProgress(plan.progress),
        last_step: plan.last_step,
        waiting_since: plan.waiting_since,
        ending: OptionalEnding(plan.ending),
        opened_by: plan.opened_by,
        opened_at: plan.opened_at,
        updated_at: plan.updated_at,
        version: plan.version,
    };
    row.into_active_model().reset_all()
}

fn domain(row: Model) -> Result<Plan, Error> {
    let state: PlanState = row::enumeration(row.state)?;
    Ok(Plan {
        id: row.id,
        ticket_id: row.ticket_id,
        ticket_number: row.ticket_number,
        state,
        draft: row.draft.0,
        approved: row.approved.0,
        progress: row.progress.0,
        last_step: row.last_step,
        waiting_since: row.waiting_since,
        ending: row.ending.0,
        opened_by: row.opened_by,
        opened_at: row.opened_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn every_list_reads_an_index_and_a_plate_only_its_own_rows() {
        let test = sqlite::<Migrator>(NAME).await;
        let base = ListPlansRequest::default;
        let ticket_id = "0199e4a0-0000-7000-8000-000000000001".to_owned();
        let lists = [
            (base(), "plans_by_time"),
            (ListPlansRequest { state: vec![PlanState::Submitted as i32], ..base() }, "plans_by_state"),
            (ListPlansRequest { ticket_id, ..base() }, "plans_by_ticket"),
            (ListPlansRequest { owner: "engineer".into(), ..base() }, "plan_duties_by_person"),
            (ListPlansRequest { overdue: true, ..base() }, "plan_duties_by_due"),
        ];
        let now = "2026-03-02T01:00:00Z".parse().expect("a time");
        for (request, index) in lists {
            let page = Page::of(&request).expect("a first page");
            let select = page.apply(select(&request, now).expect("selects"), Column::OpenedAt, Column::Id);
            let plan = plan(&test.db, select.build(test.db.backend())).await;
            assert!(plan.contains(index) && !plan.contains("SCAN plan_duties"), "{plan}");
        }
    }
}
