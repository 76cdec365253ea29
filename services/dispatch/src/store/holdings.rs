//! Who had which work, and what came of it.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, Select};

use super::HoldingRow;
use super::entity::assignment;
use super::entity::holding::{Column, Entity};
use crate::domain::assignment::Assignment;
use crate::domain::fairness::Outcome;
use crate::domain::state::State;

/// The states in which it is not known yet what comes of work that somebody has.
const UNDECIDED: [State; 3] = [State::Leased, State::Accepted, State::Parked];

/// Notes with the commit what came of work that its holder has no more; `held` is the work while it was held, work that
/// nobody held is none.
pub(crate) fn note(tx: &Tx, held: &Assignment, outcome: Outcome, ended_at: DateTime<Utc>) {
    note_all(tx, [(held, outcome)], ended_at);
}

/// The same of several.
pub(crate) fn note_all<'a>(
    tx: &Tx,
    all: impl IntoIterator<Item = (&'a Assignment, Outcome)>,
    ended_at: DateTime<Utc>,
) {
    let rows: Vec<_> = all
        .into_iter()
        .filter(|(held, _)| !held.holder.is_empty())
        .map(|(held, outcome)| row(held, outcome, ended_at).into_active_model())
        .collect();
    if !rows.is_empty() {
        tx.later(Entity::insert_many(rows).into_query());
    }
}

/// Returns what members of a team got from `from` on and before `to` and have no more.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of_team(
    db: &impl ConnectionTrait,
    team_key: &str,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<HoldingRow>, Error> {
    Ok(query(team_key, (from, to)).all(db).await?)
}

/// Returns what members of a team hold now.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn held_now(db: &impl ConnectionTrait, team_key: &str) -> Result<Vec<Assignment>, Error> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::TeamKey.eq(team_key))
        .filter(assignment::Column::State.is_in(UNDECIDED.map(State::number)))
        .all(db)
        .await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

pub(super) fn query(team_key: &str, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Select<Entity> {
    Entity::find()
        .filter(Column::TeamKey.eq(team_key))
        .filter(Column::LeasedAt.gte(from))
        .filter(Column::LeasedAt.lt(to))
}

fn row(held: &Assignment, outcome: Outcome, ended_at: DateTime<Utc>) -> HoldingRow {
    HoldingRow {
        assignment_id: held.id,
        epoch: held.epoch,
        team_key: held.team_key.clone(),
        subject: held.holder.clone(),
        priority: held.ticket.priority.into(),
        category_code: held.ticket.category_code.clone(),
        // Only work that was leased before this was kept has no such time.
        leased_at: held.leased_at.or(held.accepted_at).unwrap_or(ended_at),
        accepted_at: held.accepted_at,
        ended_at,
        outcome: outcome.number(),
    }
}
