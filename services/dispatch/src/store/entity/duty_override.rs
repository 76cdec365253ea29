//! Who was put on duty by name.

use hotline_roster::{Override, Wall};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_overrides")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub from_wall: DateTime,
    pub to_wall: DateTime,
    pub time_zone: String,
    pub subject: String,
    pub reason: String,
    pub made_by: String,
    pub made_at: DateTimeUtc,
    pub agreed: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the override that the rules know.
    ///
    /// # Errors
    /// For a zone that nobody knows any more.
    pub(crate) fn known(&self) -> anyhow::Result<Override> {
        let wall = Wall { from: self.from_wall, to: self.to_wall, zone: super::zone(&self.time_zone)? };
        let (team, person) = (self.team_key.clone(), self.subject.clone());
        Ok(Override { id: self.id, team, wall, person, order: self.agreed })
    }
}
