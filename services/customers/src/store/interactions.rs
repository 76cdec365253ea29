//! Contacts.

use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{customer, interaction};
use super::known;
use crate::domain::{Activity, Handling, Interaction};

/// A contact's row beside its customer's project.
#[derive(FromQueryResult)]
struct Ending {
    #[sea_orm(nested)]
    row: interaction::Model,
    project: Option<String>,
}

/// Kind of the deadline at which a call has become too long; its subject is the contact.
pub(crate) const OVERRUN: &str = "call-overrun";

/// Writes a new contact with the commit.
pub(crate) fn insert(tx: &Tx, interaction: &Interaction) {
    tx.later(interaction::Entity::insert(row(interaction)).into_query());
    if let Some(due) = interaction.handling.prompts_at() {
        deadlines::set(tx, OVERRUN, &interaction.id.to_string(), due, "");
    }
}

/// Writes a contact's change with the commit. The row must be locked by [`lock_to_end`] in the same transaction.
pub(crate) fn update(tx: &Tx, interaction: &Interaction) {
    let change = interaction::ActiveModel { id: NotSet, ..row(interaction) };
    let this = interaction::Column::Id.eq(interaction.id);
    tx.later(interaction::Entity::update_many().set(change).filter(this).into_query());
}

/// Writes a contact's change as [`update`], after which nobody is to be prompted as `before` said.
pub(crate) fn settle(tx: &Tx, before: &Handling, interaction: &Interaction) {
    update(tx, interaction);
    let is_over = interaction.ended_at.is_some() || interaction.handling.prompts_at().is_none();
    if before.prompts_at().is_some() && is_over {
        deadlines::clear(tx, OVERRUN, &interaction.id.to_string());
    }
}

/// Returns a contact.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Interaction, Error> {
    let found = interaction::Entity::find_by_id(id).one(db).await?;
    interaction(found.ok_or_else(|| missing(id))?)
}

/// Returns a contact that no other transaction changes before this one ends, and the project of its customer.
pub(crate) async fn lock_to_end(tx: &Tx, id: Uuid) -> Result<(Interaction, String), Error> {
    let its = Expr::col((interaction::Entity, interaction::Column::CustomerId));
    let project = Query::select()
        .column(customer::Column::Project)
        .from(customer::Entity)
        .and_where(Expr::col((customer::Entity, customer::Column::Id)).eq(its))
        .take();
    let found = interaction::Entity::find_by_id(id)
        .lock_exclusive()
        .column_as(Expr::SubQuery(None, Box::new(project.into())), "project")
        .into_model::<Ending>()
        .one(&**tx)
        .await?;
    let Ending { row, project } = found.ok_or_else(|| missing(id))?;
    Ok((interaction(row)?, project.unwrap_or_default()))
}

/// Returns a page of contacts, newest first, of one customer where one is given, and whose prompt stands in any of these
/// ways where some are given.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    customer_id: Option<Uuid>,
    overrun: &[i32],
) -> Result<(Vec<Interaction>, String), Error> {
    let select =
        page.apply(of(customer_id, overrun), interaction::Column::StartedAt, interaction::Column::Id);
    let (rows, next) = page.finish(select.all(db).await?, |row| Key { at: row.started_at, id: row.id });
    let interactions = rows.into_iter().map(interaction).collect::<Result<_, _>>()?;
    Ok((interactions, next))
}

pub(super) fn of(customer_id: Option<Uuid>, overrun: &[i32]) -> Select<interaction::Entity> {
    interaction::Entity::find()
        .apply_if(customer_id, |select, id| select.filter(interaction::Column::CustomerId.eq(id)))
        .apply_if((!overrun.is_empty()).then_some(overrun), |select, states| {
            select.filter(interaction::Column::Overrun.is_in(states.iter().copied()))
        })
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { what: "interaction", id: id.to_string() }
}

fn interaction(row: interaction::Model) -> Result<Interaction, Error> {
    Ok(Interaction {
        id: row.id,
        customer_id: row.customer_id,
        channel: known(row.channel)?,
        direction: known(row.direction)?,
        phone: row.phone,
        agent: row.agent,
        team_key: row.team_key,
        started_at: row.started_at,
        ended_at: row.ended_at,
        activity: Activity {
            intent: known(row.intent)?,
            category_code: row.category_code,
            summary: row.summary,
            outcome: known(row.outcome)?,
            ticket_id: row.ticket_id,
            outage_id: row.outage_id,
        },
        handling: row.handling.0,
        version: row.version,
    })
}

fn row(interaction: &Interaction) -> interaction::ActiveModel {
    let Interaction { activity, handling, .. } = interaction;
    interaction::ActiveModel {
        id: Set(interaction.id),
        customer_id: Set(interaction.customer_id),
        channel: Set(interaction.channel.into()),
        direction: Set(interaction.direction.into()),
        phone: Set(interaction.phone.clone()),
        agent: Set(interaction.agent.clone()),
        started_at: Set(interaction.started_at),
        ended_at: Set(interaction.ended_at),
        intent: Set(activity.intent.into()),
        category_code: Set(activity.category_code.clone()),
        summary: Set(activity.summary.clone()),
        outcome: Set(activity.outcome.into()),
        ticket_id: Set(activity.ticket_id),
        outage_id: Set(activity.outage_id),
        team_key: Set(interaction.team_key.clone()),
        overrun: Set(handling.state(interaction.ended_at.is_some()).into()),
        handling: Set(interaction::Handling(handling.clone())),
        version: Set(interaction.version),
    }
}
