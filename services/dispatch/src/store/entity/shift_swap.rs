//! Swaps of duty.

use hotline_roster::{Swap, Taken, Wall};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shift_swaps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub from_wall: DateTime,
    pub to_wall: DateTime,
    pub time_zone: String,
    pub begins_at: DateTimeUtc,
    pub requester: String,
    pub reason: String,
    pub requested_at: DateTimeUtc,
    pub taken_by: String,
    pub taken_at: Option<DateTimeUtc>,
    pub withdrawn_by: String,
    pub withdrawn_at: Option<DateTimeUtc>,
    pub agreed: i64,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the swap that the rules know.
    ///
    /// # Errors
    /// For a zone that nobody knows any more.
    pub(crate) fn known(&self) -> anyhow::Result<Swap> {
        let taken = Taken { by: self.taken_by.clone(), order: self.agreed };
        Ok(Swap {
            id: self.id,
            team: self.team_key.clone(),
            wall: Wall { from: self.from_wall, to: self.to_wall, zone: super::zone(&self.time_zone)? },
            starts_at: self.begins_at,
            requester: self.requester.clone(),
            taken: self.taken_at.map(|_| taken),
            deleted: self.withdrawn_at.is_some(),
        })
    }
}
