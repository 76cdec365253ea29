//! Overrides, swaps and leaves. Whoever changes one has locked the book of rosters.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::dispatch::v1::LeaveState;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    Select,
};
use uuid::Uuid;

use super::entity::{duty_override, leave, shift_swap};
use super::{LeaveRow, OverrideRow, SwapRow};
use crate::domain::access::Sight;

/// Whose agreements to list.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Of this team; empty is all in sight.
    pub(crate) team_key: String,
    /// The teams that the caller may see.
    pub(crate) sight: Sight,
    /// Of this person; empty is anybody.
    pub(crate) subject: String,
}

impl Filter {
    /// Keeps to those of the filter's teams.
    pub(super) fn of_teams<E: EntityTrait>(&self, found: Select<E>, team: &impl ColumnTrait) -> Select<E> {
        match &self.sight {
            _ if !self.team_key.is_empty() => found.filter(team.eq(&*self.team_key)),
            Sight::Teams(teams) => found.filter(team.is_in(teams)),
            Sight::All => found,
        }
    }
}

/// Returns an override.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find_override(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<OverrideRow>, Error> {
    Ok(duty_override::Entity::find_by_id(id).one(db).await?)
}

/// Adds an override.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert_override(tx: &Tx, row: OverrideRow) -> Result<(), Error> {
    duty_override::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Takes an override away.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn delete_override(tx: &Tx, id: Uuid) -> Result<(), Error> {
    duty_override::Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Returns a page of overrides and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list_overrides(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<OverrideRow>, String), Error> {
    let rows = overrides_of(filter, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.made_at, id: row.id }))
}

/// Returns a swap.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find_swap(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<SwapRow>, Error> {
    Ok(shift_swap::Entity::find_by_id(id).one(db).await?)
}

/// Adds a swap.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert_swap(tx: &Tx, row: SwapRow) -> Result<(), Error> {
    shift_swap::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed swap.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save_swap(tx: &Tx, row: SwapRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Returns a page of swaps and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list_swaps(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<SwapRow>, String), Error> {
    let rows = swaps_of(filter, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.requested_at, id: row.id }))
}

/// Returns a leave.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find_leave(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<LeaveRow>, Error> {
    Ok(leave::Entity::find_by_id(id).one(db).await?)
}

/// Adds a leave.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert_leave(tx: &Tx, row: LeaveRow) -> Result<(), Error> {
    leave::Entity::insert(row.into_active_model()).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Writes a changed leave.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn save_leave(tx: &Tx, row: LeaveRow) -> Result<(), Error> {
    row.into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Returns a page of leaves and the token of the next: those of a person are also those that the person covers.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list_leaves(
    db: &impl ConnectionTrait,
    filter: &Filter,
    state: LeaveState,
    page: &Page,
) -> Result<(Vec<LeaveRow>, String), Error> {
    let rows = leaves_of(filter, state, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.requested_at, id: row.id }))
}

fn overrides_of(filter: &Filter, page: &Page) -> Select<duty_override::Entity> {
    use duty_override::{Column, Entity};
    page.apply(filter.of_teams(Entity::find(), &Column::TeamKey), Column::MadeAt, Column::Id)
}

fn swaps_of(filter: &Filter, page: &Page) -> Select<shift_swap::Entity> {
    use shift_swap::{Column, Entity};
    let mut found = filter.of_teams(Entity::find(), &Column::TeamKey);
    if !filter.subject.is_empty() {
        found = found.filter(Column::Requester.eq(&*filter.subject));
    }
    page.apply(found, Column::RequestedAt, Column::Id)
}

fn leaves_of(filter: &Filter, state: LeaveState, page: &Page) -> Select<leave::Entity> {
    use leave::{Column, Entity};
    let mut found = filter.of_teams(Entity::find(), &Column::TeamKey);
    if !filter.subject.is_empty() {
        let theirs = Column::Subject.eq(&*filter.subject);
        found = found.filter(Condition::any().add(theirs).add(Column::Cover.eq(&*filter.subject)));
    }
    if state != LeaveState::Unspecified {
        found = found.filter(Column::State.eq(i32::from(state)));
    }
    page.apply(found, Column::RequestedAt, Column::Id)
}

#[cfg(test)]
mod tests {
    use hotline_core::page::Page;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::dispatch::v1::{LeaveState, ListLeavesRequest};
    use sea_orm::{DbBackend, QueryTrait};

    use super::{Filter, leaves_of, overrides_of, swaps_of};
    use crate::domain::access::Sight;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn every_list_of_agreements_is_read_in_order_from_an_index() {
        let db = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListLeavesRequest::default()).expect("a first page");
        let all = Filter { team_key: String::new(), sight: Sight::All, subject: String::new() };
        let team = Filter { team_key: "first-line".into(), ..all.clone() };
        let own = Filter { subject: "ann".into(), ..team.clone() };
        let build = |sql: sea_orm::Statement| plan(&db.db, sql);
        let sqlite = DbBackend::Sqlite;
        for (statement, index) in [
            (overrides_of(&all, &page).build(sqlite), "duty_overrides_by_age"),
            (overrides_of(&team, &page).build(sqlite), "duty_overrides_of_team"),
            (swaps_of(&all, &page).build(sqlite), "shift_swaps_by_age"),
            (swaps_of(&own, &page).build(sqlite), "shift_swaps_of_team"),
            (leaves_of(&all, LeaveState::Unspecified, &page).build(sqlite), "leaves_by_age"),
            (leaves_of(&own, LeaveState::Requested, &page).build(sqlite), "leaves_of_team"),
        ] {
            let steps = build(statement).await;
            assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{index}: {steps}");
        }
    }
}
