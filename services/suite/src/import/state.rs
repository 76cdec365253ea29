//! The states of another system, in our words.

/// A state after an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody works on it yet.
    New,
    /// Somebody works on it.
    Active,
    /// It waits for one of `CUSTOMER`, `THIRD_PARTY`, `APPROVAL`.
    Waiting(&'static str),
    /// Solved.
    Resolved,
    /// At its end.
    Closed,
    /// Given up.
    Cancelled,
    /// A state that we have no word for: written down, and the ticket stays as it was.
    Noted,
    /// A state that says nothing.
    Ignored,
}

impl State {
    /// Returns the state of a mapping's word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "new" => Self::New,
            "active" => Self::Active,
            "waiting-customer" => Self::Waiting("CUSTOMER"),
            "waiting-third-party" => Self::Waiting("THIRD_PARTY"),
            "waiting-approval" => Self::Waiting("APPROVAL"),
            "resolved" => Self::Resolved,
            "closed" => Self::Closed,
            "cancelled" => Self::Cancelled,
            "noted" => Self::Noted,
            "ignored" => Self::Ignored,
            _ => return None,
        })
    }

    /// Tells whether work is done.
    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed | Self::Cancelled)
    }
}
