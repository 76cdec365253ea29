//! Leave, which needs a lead's approval and a cover by name (D8).

use uuid::Uuid;

use crate::Wall;

/// How a leave stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveState {
    /// Nobody has decided yet.
    Requested,
    /// Granted: the cover is on duty where the person would be.
    Approved,
    /// Refused.
    Rejected,
    /// Taken back by who asked.
    Withdrawn,
}

/// A leave that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// Which.
    pub id: Uuid,
    /// The team whose lead decides, and of which the cover is.
    pub team: String,
    /// Who goes.
    pub person: String,
    /// When.
    pub wall: Wall,
    /// Who stands in.
    pub cover: String,
    /// How it stands.
    pub state: LeaveState,
    /// Its place among all that was agreed, once it is granted: of two for one time the later counts.
    pub order: i64,
}

impl Leave {
    /// Tells whether the person is away by it.
    #[must_use]
    pub fn is_granted(&self) -> bool {
        self.state == LeaveState::Approved
    }
}
