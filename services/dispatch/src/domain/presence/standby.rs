//! Who is on duty is given work though they are not at their desk (D6): where nobody of a team that pushes is ready, what
//! waits is offered to whoever is on duty by the final schedule.
//!
//! Duty is to be reachable, not to be signed in: who went home, or never signed in, keeps it until the shift ends, or until a
//! swap, a leave or an override gives it to somebody else. Signing out by one's own word does not end it. Who says that they
//! are at something else (a break, a meal, a call, away) is left alone meanwhile, as anybody is. Who let an offer run out is
//! away by that, and logged out a quarter of an hour later: this, or a lead's word that they are not there, holds for the
//! shift in which it was said, so that work is not offered again and again to who does not answer.

use chrono::{DateTime, Utc};
use hotline_proto::dispatch::v1::PresenceState;

/// What somebody does, as far as it decides whether their duty brings them work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    /// Who.
    pub(crate) subject: &'a str,
    /// What they do.
    pub(crate) state: PresenceState,
    /// Since when.
    pub(crate) since: DateTime<Utc>,
    /// Who said so.
    pub(crate) changed_by: &'a str,
}

impl Standing<'_> {
    /// Tells whether somebody who is not ready is given work because of a shift that began at `begins`.
    pub(crate) fn stands_by(self, begins: DateTime<Utc>) -> bool {
        self.state == PresenceState::Offline && (self.since < begins || self.changed_by == self.subject)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use hotline_proto::dispatch::v1::PresenceState;

    use super::Standing;
    use crate::domain::presence::SYSTEM;

    #[test]
    fn duty_reaches_who_is_signed_out_but_not_who_is_at_something_or_did_not_answer_in_this_shift() {
        let begins = DateTime::UNIX_EPOCH;
        let (before, during) = (begins - TimeDelta::hours(1), begins + TimeDelta::hours(1));
        let stands_by = |state, since, changed_by| {
            Standing { subject: "ann", state, since, changed_by }.stands_by(begins)
        };
        assert!(stands_by(PresenceState::Offline, before, "ann"), "she went home");
        assert!(stands_by(PresenceState::Offline, during, "ann"), "signing out does not end duty");
        assert!(stands_by(PresenceState::Offline, before, SYSTEM), "that was yesterday");
        assert!(!stands_by(PresenceState::Offline, during, SYSTEM), "she did not answer");
        assert!(!stands_by(PresenceState::Offline, during, "lead"), "the lead knows that she is not there");
        for state in
            [PresenceState::Break, PresenceState::Away, PresenceState::OnCall, PresenceState::Training]
        {
            assert!(!stands_by(state, before, "ann"), "{state:?}");
        }
    }
}
