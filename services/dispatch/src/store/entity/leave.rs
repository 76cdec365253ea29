//! Leaves.

use hotline_proto::dispatch::v1::LeaveState as Number;
use hotline_roster::{Leave, LeaveState, Wall};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "leaves")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_key: String,
    pub subject: String,
    pub from_wall: DateTime,
    pub to_wall: DateTime,
    pub time_zone: String,
    pub cover: String,
    pub reason: String,
    pub state: i32,
    pub requested_at: DateTimeUtc,
    pub decided_by: String,
    pub decided_at: Option<DateTimeUtc>,
    pub note: String,
    pub agreed: i64,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns the leave that the rules know.
    ///
    /// # Errors
    /// For a zone or a state that nobody knows any more.
    pub(crate) fn known(&self) -> anyhow::Result<Leave> {
        let state = match Number::try_from(self.state)? {
            Number::Approved => LeaveState::Approved,
            Number::Rejected => LeaveState::Rejected,
            Number::Withdrawn => LeaveState::Withdrawn,
            Number::Requested | Number::Unspecified => LeaveState::Requested,
        };
        Ok(Leave {
            id: self.id,
            team: self.team_key.clone(),
            person: self.subject.clone(),
            wall: Wall { from: self.from_wall, to: self.to_wall, zone: super::zone(&self.time_zone)? },
            cover: self.cover.clone(),
            state,
            order: self.agreed,
        })
    }
}
