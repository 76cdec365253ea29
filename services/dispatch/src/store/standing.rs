//! How queues stand: counts, the oldest, and all that belongs in them.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error;
use hotline_queue::{Entry, Leased, Snapshot};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::assignments::in_state;
use super::entity::assignment::{Column, Entity};
use crate::domain::state::{OPEN, State};

/// How a team's queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Work that waits.
    pub(crate) waiting: u64,
    /// Work that is leased or accepted.
    pub(crate) in_hand: u64,
    /// Work that waits for the supervisor's decision.
    pub(crate) disputed: u64,
    /// Waiting work past its due time.
    pub(crate) breached: u64,
    /// What has waited longest, and since when.
    pub(crate) oldest: Option<(Uuid, DateTime<Utc>)>,
    /// How much was taken on within [`PACE`].
    pub(crate) taken_on: u64,
}

/// How long back is looked to tell how fast a team takes work on.
pub(crate) const PACE: TimeDelta = TimeDelta::minutes(30);

impl Standing {
    /// Returns how long work that comes in now will wait if the team goes on as lately; none where it took nothing on.
    pub(crate) fn expected_wait(&self) -> Option<TimeDelta> {
        let waiting = i64::try_from(self.waiting).unwrap_or(i64::MAX);
        let taken_on = i64::try_from(self.taken_on).unwrap_or(i64::MAX);
        let seconds = PACE.num_seconds().saturating_mul(waiting).checked_div(taken_on)?;
        TimeDelta::try_seconds(seconds)
    }
}

/// Returns how much work of a team waits.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn waiting(db: &impl ConnectionTrait, team_key: &str) -> Result<u64, Error> {
    Ok(in_state(team_key, State::Queued).count(db).await?)
}

/// Returns how a team's queue stands.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    team_key: &str,
    now: DateTime<Utc>,
) -> Result<Standing, Error> {
    let counts: Vec<(i32, i64)> = Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "work")
        .filter(Column::TeamKey.eq(team_key))
        .filter(Column::State.is_in(OPEN.map(State::number)))
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let mut standing = Standing::default();
    for (state, count) in counts {
        let count = u64::try_from(count).unwrap_or_default();
        match State::from_number(state) {
            Some(State::Queued) => standing.waiting += count,
            Some(State::Disputed) => standing.disputed += count,
            _ => standing.in_hand += count,
        }
    }
    if standing.waiting > 0 {
        standing.taken_on = taken_on(db, team_key, now - PACE).await?;
        standing.breached = breached(db, team_key, now).await?;
        standing.oldest = oldest_of(team_key)
            .select_only()
            .columns([Column::Id, Column::QueuedAt])
            .into_tuple()
            .one(db)
            .await?;
    }
    Ok(standing)
}

/// Returns what belongs in a team's queue: what waits and what is leased.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn snapshot(db: &impl ConnectionTrait, team_key: &str) -> Result<Snapshot, Error> {
    let waiting: Vec<(Uuid, i64)> = in_state(team_key, State::Queued)
        .select_only()
        .columns([Column::Id, Column::OrderValue])
        .into_tuple()
        .all(db)
        .await?;
    let leased: Vec<(Uuid, i64, String, Option<DateTime<Utc>>)> = in_state(team_key, State::Leased)
        .select_only()
        .columns([Column::Id, Column::OrderValue, Column::Holder, Column::LeaseExpiresAt])
        .into_tuple()
        .all(db)
        .await?;
    Ok(Snapshot {
        waiting: waiting.into_iter().map(|(id, order)| Entry { id, order }).collect(),
        leased: leased
            .into_iter()
            .filter_map(|(id, order, holder, expires_at)| {
                Some(Leased { entry: Entry { id, order }, holder, expires_at: expires_at? })
            })
            .collect(),
    })
}

async fn taken_on(db: &impl ConnectionTrait, team_key: &str, since: DateTime<Utc>) -> Result<u64, Error> {
    let lately = Entity::find().filter(Column::TeamKey.eq(team_key)).filter(Column::AcceptedAt.gte(since));
    Ok(lately.count(db).await?)
}

async fn breached(db: &impl ConnectionTrait, team_key: &str, now: DateTime<Utc>) -> Result<u64, Error> {
    let late = in_state(team_key, State::Queued).filter(Column::DueAt.lte(now));
    Ok(late.count(db).await?)
}

pub(super) fn oldest_of(team_key: &str) -> Select<Entity> {
    in_state(team_key, State::Queued).order_by_asc(Column::QueuedAt).order_by_asc(Column::Id).limit(1)
}
