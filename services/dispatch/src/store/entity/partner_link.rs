//! Links by which partners without an account work on one assignment.

use hotline_core::caller::Caller;
use sea_orm::entity::prelude::*;

use crate::domain::link::{self, Bond, Terms};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub assignment_id: Uuid,
    pub team_key: String,
    /// The assignment's epoch when the link was made.
    pub epoch: i64,
    /// Its epoch once it was leased by the link; before that the same.
    pub held_epoch: i64,
    pub token_hash: Vec<u8>,
    pub recipient: String,
    pub phone: String,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub revoked_by: String,
    pub opened_at: Option<DateTimeUtc>,
    pub opens: i64,
    pub accepted_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns what decides whether it is good.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            team_key: self.team_key.clone(),
            epoch: self.held_epoch,
            holder: link::holder(&self.recipient),
            expires_at: self.expires_at,
            ended: self.revoked_at.is_some() || self.completed_at.is_some(),
            accepted: self.accepted_at.is_some(),
        }
    }

    /// Returns what its token is signed over.
    pub(crate) fn bond(&self) -> Bond<'_> {
        Bond {
            id: self.id,
            assignment: self.assignment_id,
            team_key: &self.team_key,
            epoch: self.epoch,
            expires_at: self.expires_at,
        }
    }

    /// Returns who acts by it.
    pub(crate) fn caller(&self) -> Caller {
        link::caller(&self.recipient, &self.team_key)
    }
}
