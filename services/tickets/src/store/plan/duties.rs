//! What people have to do for living plans, a row for each: leading the task force, and each step to be done.

use hotline_core::db::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryTrait};

use crate::domain::plan::Plan;
use crate::error::Error;
use crate::store::chunks::chunks;

/// The number of leading the task force.
const LEADS: i32 = 0;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_duties")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) plan_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i32,
    pub(crate) person: String,
    pub(crate) due_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Writes the duties of a new plan, when the transaction commits.
pub(super) fn put(tx: &Tx, plan: &Plan) {
    for rows in chunks(of(plan)) {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        tx.later(Entity::insert_many(rows).into_query());
    }
}

/// Writes the duties of a plan that has changed anew, where they have.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(super) async fn replace(tx: &Tx, before: &Plan, now: &Plan) -> Result<(), Error> {
    if of(before) != of(now) {
        // At once: the rows that are put in at the commit may bear the same keys.
        Entity::delete_many().filter(Column::PlanId.eq(now.id)).exec(&**tx).await?;
        put(tx, now);
    }
    Ok(())
}

fn of(plan: &Plan) -> Vec<Model> {
    let lead = Model { plan_id: plan.id, number: LEADS, person: plan.leader().to_owned(), due_at: None };
    let steps = plan.to_do().map(|step| Model {
        plan_id: plan.id,
        number: step.number,
        person: step.owner.clone(),
        due_at: step.due_at,
    });
    if plan.lives() { std::iter::once(lead).chain(steps).collect() } else { Vec::new() }
}
