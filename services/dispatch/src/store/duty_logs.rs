//! Calls outside office hours and their steps.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::dispatch::v1::DutyLogState;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::entity::duty_log::{Column, Entity};
use super::entity::duty_step;
use super::{DutyLogRow, DutyStepRow};
use crate::domain::access::Sight;

/// How many logs one hand-over takes: more are open where nobody looks at them.
const MOST: u64 = 500;

/// Which logs to list.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Of this team; empty is all in sight.
    pub(crate) team_key: String,
    /// The teams that the caller may see.
    pub(crate) sight: Sight,
    /// In this state; not said is any.
    pub(crate) state: DutyLogState,
    /// That rang from then on.
    pub(crate) from: Option<DateTime<Utc>>,
    /// That rang before then.
    pub(crate) to: Option<DateTime<Utc>>,
    /// Only those whose contract does not run.
    pub(crate) flagged: bool,
    /// Only those that missed a time.
    pub(crate) overdue: bool,
}

/// Returns a log.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<DutyLogRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns a log and keeps others from changing it until the transaction ends.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<DutyLogRow>, Error> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?)
}

/// Adds a log.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, row: DutyLogRow) -> Result<(), Error> {
    Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed log.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save(tx: &Tx, row: DutyLogRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Adds a step.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert_step(tx: &Tx, row: DutyStepRow) -> Result<(), Error> {
    duty_step::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Returns the steps of a log in order.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn steps_of(db: &impl ConnectionTrait, log: Uuid) -> Result<Vec<DutyStepRow>, Error> {
    Ok(steps(log).all(db).await?)
}

/// Returns a page of logs and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<DutyLogRow>, String), Error> {
    let rows = listed(filter, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.received_at, id: row.id }))
}

/// Returns the open logs of a team, in the order the calls came.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn open_of(db: &impl ConnectionTrait, team_key: &str) -> Result<Vec<DutyLogRow>, Error> {
    Ok(open(team_key).all(db).await?)
}

/// Returns the logs of a team that rang from `since` on and whose contract does not run, in the order the calls came.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn flagged_since(
    db: &impl ConnectionTrait,
    team_key: &str,
    since: DateTime<Utc>,
) -> Result<Vec<DutyLogRow>, Error> {
    Ok(flagged(team_key, since).all(db).await?)
}

fn steps(log: Uuid) -> Select<duty_step::Entity> {
    let of_log = duty_step::Entity::find().filter(duty_step::Column::LogId.eq(log));
    of_log.order_by_asc(duty_step::Column::Number)
}

fn listed(filter: &Filter, page: &Page) -> Select<Entity> {
    let mut found = match &filter.sight {
        _ if !filter.team_key.is_empty() => Entity::find().filter(Column::TeamKey.eq(&*filter.team_key)),
        Sight::Teams(teams) => Entity::find().filter(Column::TeamKey.is_in(teams)),
        Sight::All => Entity::find(),
    };
    if filter.state != DutyLogState::Unspecified {
        found = found.filter(Column::State.eq(i32::from(filter.state)));
    }
    if let Some(from) = filter.from {
        found = found.filter(Column::ReceivedAt.gte(from));
    }
    if let Some(to) = filter.to {
        found = found.filter(Column::ReceivedAt.lt(to));
    }
    if filter.flagged {
        found = found.filter(Column::Flagged.eq(true));
    }
    if filter.overdue {
        found = found.filter(Column::Overdue.eq(true));
    }
    page.apply(found, Column::ReceivedAt, Column::Id)
}

fn of_team(team_key: &str) -> Select<Entity> {
    let of_team = Entity::find().filter(Column::TeamKey.eq(team_key));
    of_team.order_by_asc(Column::ReceivedAt).order_by_asc(Column::Id).limit(MOST)
}

fn open(team_key: &str) -> Select<Entity> {
    of_team(team_key).filter(Column::IsOpen.eq(true))
}

fn flagged(team_key: &str, since: DateTime<Utc>) -> Select<Entity> {
    of_team(team_key).filter(Column::ReceivedAt.gte(since)).filter(Column::Flagged.eq(true))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hotline_core::page::Page;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::dispatch::v1::{DutyLogState, ListDutyLogsRequest};
    use sea_orm::{DbBackend, QueryTrait};
    use uuid::Uuid;

    use super::{Filter, flagged, listed, open, steps};
    use crate::domain::access::Sight;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn logs_are_read_in_order_from_an_index() {
        let db = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListDutyLogsRequest::default()).expect("a first page");
        let all = Filter {
            team_key: String::new(),
            sight: Sight::All,
            state: DutyLogState::Unspecified,
            from: None,
            to: None,
            flagged: false,
            overdue: false,
        };
        let from = Some(DateTime::UNIX_EPOCH);
        let period = Filter { from, ..all.clone() };
        let team =
            Filter { team_key: "desk".into(), state: DutyLogState::Open, flagged: true, ..period.clone() };
        let sqlite = DbBackend::Sqlite;
        for (statement, index) in [
            (listed(&all, &page).build(sqlite), "duty_logs_by_age"),
            (listed(&period, &page).build(sqlite), "duty_logs_by_age"),
            (listed(&team, &page).build(sqlite), "duty_logs_of_team"),
            (open("desk").build(sqlite), "duty_logs_open"),
            (flagged("desk", DateTime::UNIX_EPOCH).build(sqlite), "duty_logs_of_team"),
            (steps(Uuid::nil()).build(sqlite), "duty_steps"),
        ] {
            let steps = plan(&db.db, statement).await;
            assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{index}: {steps}");
        }
    }
}
