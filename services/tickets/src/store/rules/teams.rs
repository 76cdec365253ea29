//! By which calendar each team works, as dispatch tells.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use sea_orm::ActiveValue::Set;
use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

use crate::error::Error;
use crate::store::{Store, counter};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_calendars")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) team_key: String,
    pub(crate) calendar: String,
    pub(crate) as_of: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Store {
    /// Takes over by which calendar a team works, unless something later is known.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn set_team_calendar(
        &self,
        tx: &Tx,
        team_key: &str,
        calendar: &str,
        as_of: DateTime<Utc>,
    ) -> Result<(), Error> {
        counter::next(tx, super::REVISIONS, 1).await?;
        let row = ActiveModel {
            team_key: Set(team_key.to_owned()),
            calendar: Set(calendar.to_owned()),
            as_of: Set(as_of),
        };
        let newer = Expr::col((Entity, Column::AsOf)).lte(as_of);
        let mut take_over = OnConflict::column(Column::TeamKey);
        take_over.update_columns([Column::Calendar, Column::AsOf]).action_and_where(newer);
        Entity::insert(row).on_conflict(take_over).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

/// Returns every team and its calendar.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<(String, String)>, Error> {
    let rows = Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.team_key, row.calendar)).collect())
}
