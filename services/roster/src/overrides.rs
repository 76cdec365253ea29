//! Somebody else by name.

use uuid::Uuid;

use crate::Wall;

/// A stretch for which a team has somebody else on duty than it was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Which.
    pub id: Uuid,
    /// Whose roster.
    pub team: String,
    /// The stretch; its hours of duty are meant.
    pub wall: Wall,
    /// Who is on duty.
    pub person: String,
    /// Its place among all that was agreed: of two for one time the later counts.
    pub order: i64,
}
