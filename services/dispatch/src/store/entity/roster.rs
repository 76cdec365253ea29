//! Duty rosters.

use hotline_roster::{Hours, Ranked, Roster};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use super::lists::Texts;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rosters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub first_date: Date,
    pub last_date: Date,
    pub time_zone: String,
    pub calendar: String,
    pub hours: DutyHours,
    pub turns: Texts,
    pub holidays: Holidays,
    pub seed: String,
    pub ranking: Ranking,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub published_by: String,
    pub published_at: Option<DateTimeUtc>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Hours of duty, as a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct DutyHours(pub(crate) Hours);

/// Who is on duty on which holiday, as a JSON array of pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Holidays(pub(crate) Vec<(String, String)>);

/// Where members stood at the draw, as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Ranking(pub(crate) Vec<Ranked>);

impl Model {
    /// Returns the roster that the rules know.
    ///
    /// # Errors
    /// For a zone that nobody knows any more.
    pub(crate) fn roster(&self) -> anyhow::Result<Roster> {
        Ok(Roster {
            id: self.id,
            team: self.team_key.clone(),
            first: self.first_date,
            last: self.last_date,
            zone: super::zone(&self.time_zone)?,
            calendar: self.calendar.clone(),
            hours: self.hours.0.clone(),
            turns: self.turns.0.clone(),
            holidays: self.holidays.0.iter().cloned().collect(),
        })
    }
}
