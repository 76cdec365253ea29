//! Swaps: somebody asks to be relieved, a colleague takes the duty (D8).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Wall;

/// How a swap stands: it follows from what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapStatus {
    /// A colleague may take it.
    Open,
    /// A colleague is on duty instead.
    Taken,
    /// Nobody took it before it began: who asked stays on duty.
    PastDue,
    /// It was taken back: who asked is on duty, also where it had been taken.
    Deleted,
}

/// Who took a swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The colleague.
    pub by: String,
    /// Its place among all that was agreed: of two swaps of one time the later counts.
    pub order: i64,
}

/// A duty that its person asks somebody to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// Which.
    pub id: Uuid,
    /// Whose roster.
    pub team: String,
    /// When; its hours of duty are meant.
    pub wall: Wall,
    /// When the first of its duty begins.
    pub starts_at: DateTime<Utc>,
    /// Who asks.
    pub requester: String,
    /// Who took it.
    pub taken: Option<Taken>,
    /// It was taken back.
    pub deleted: bool,
}

impl Swap {
    /// Returns how it stands: deleted before taken, taken before past due, past due before open.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> SwapStatus {
        match &self.taken {
            _ if self.deleted => SwapStatus::Deleted,
            Some(_) => SwapStatus::Taken,
            None if now > self.starts_at => SwapStatus::PastDue,
            None => SwapStatus::Open,
        }
    }

    /// Returns who is on duty by it: whoever took it, unless it was taken back.
    pub(crate) fn in_force(&self) -> Option<&Taken> {
        self.taken.as_ref().filter(|_| !self.deleted)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn the_status_follows_from_what_happened() {
        let starts_at: DateTime<Utc> = "2026-03-07T01:00:00Z".parse().expect("a time");
        let at = "2026-03-07T09:00:00".parse().expect("a wall time");
        let wall = Wall { from: at, to: at + TimeDelta::hours(1), zone: Tz::Asia__Shanghai };
        let id = Uuid::from_u128(1);
        let (team, requester) = ("desk".to_owned(), "ann".to_owned());
        let open = Swap { id, team, wall, starts_at, requester, taken: None, deleted: false };
        let later = starts_at + TimeDelta::seconds(1);
        assert_eq!(open.status(starts_at), SwapStatus::Open);
        assert_eq!(open.status(later), SwapStatus::PastDue);
        let taken = Swap { taken: Some(Taken { by: "bob".into(), order: 1 }), ..open };
        assert_eq!(taken.status(later), SwapStatus::Taken);
        assert_eq!(Swap { deleted: true, ..taken }.status(later), SwapStatus::Deleted);
    }
}
