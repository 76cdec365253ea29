//! What people do, as far as it decides whether they are given work (D6).

pub(crate) mod standby;
pub(crate) mod stay;
pub(crate) mod sum;

use hotline_proto::dispatch::v1::PresenceState;

/// Who says what comes by itself: that somebody is away, or logged out.
pub(crate) const SYSTEM: &str = "system";

/// Reads a stored state; of who never said anything, and what nobody knows, that they are offline.
pub(crate) fn from_number(number: i32) -> PresenceState {
    match PresenceState::try_from(number) {
        Ok(PresenceState::Unspecified) | Err(_) => PresenceState::Offline,
        Ok(state) => state,
    }
}

/// Tells whether work is offered to somebody who does this.
pub(crate) fn is_ready(state: PresenceState) -> bool {
    state == PresenceState::Ready
}

/// Returns a state's name in events.
pub(crate) fn name(state: PresenceState) -> &'static str {
    state.as_str_name().trim_start_matches("PRESENCE_STATE_")
}

#[cfg(test)]
mod tests {
    use hotline_proto::dispatch::v1::PresenceState;

    use super::{from_number, is_ready, name};

    #[test]
    fn only_who_is_ready_is_offered_work_and_who_said_nothing_is_offline() {
        assert!(is_ready(from_number(PresenceState::Ready.into())));
        assert_eq!(from_number(0), PresenceState::Offline);
        assert_eq!(from_number(99), PresenceState::Offline);
        assert!(!is_ready(PresenceState::WrapUp));
        assert_eq!(name(PresenceState::OnCall), "ON_CALL");
    }
}
