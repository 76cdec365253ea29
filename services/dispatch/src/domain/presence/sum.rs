//! What people did in a period, added up: the figures that adherence is judged by (D6).

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::dispatch::v1::PresenceState;

use super::SYSTEM;

/// What somebody did for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spell {
    /// Who.
    pub(crate) subject: String,
    /// What.
    pub(crate) state: PresenceState,
    /// From when.
    pub(crate) from: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub(crate) to: Option<DateTime<Utc>>,
    /// Who said so.
    pub(crate) begun_by: String,
}

/// What somebody did in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// How long, and how often it was begun in the period, by the number of the state.
    pub(crate) times: BTreeMap<i32, (TimeDelta, i32)>,
    /// How often they became away by themselves.
    pub(crate) went_away: i32,
    /// How often they were logged out.
    pub(crate) logged_out: i32,
}

/// Adds up spells of any people, as far as they lie in the period and are over by `now`.
pub(crate) fn sums(
    spells: impl IntoIterator<Item = Spell>,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> HashMap<String, Sum> {
    let mut sums: HashMap<String, Sum> = HashMap::new();
    for spell in spells {
        let (begins, ends) = (spell.from.max(from), spell.to.unwrap_or(now).min(to));
        let begun = spell.from >= from && spell.from < to;
        if ends < begins || (ends == begins && !begun) {
            continue;
        }
        let sum = sums.entry(spell.subject).or_default();
        let (time, times) = sum.times.entry(spell.state.into()).or_default();
        *time += ends - begins;
        *times += i32::from(begun);
        if begun && spell.begun_by == SYSTEM {
            sum.went_away += i32::from(spell.state == PresenceState::Away);
            sum.logged_out += i32::from(spell.state == PresenceState::Offline);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hotline_proto::dispatch::v1::PresenceState;

    use super::{SYSTEM, Spell, sums};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn spell(state: PresenceState, from: i64, to: Option<i64>, by: &str) -> Spell {
        Spell { subject: "ann".into(), state, from: at(from), to: to.map(at), begun_by: by.into() }
    }

    #[test]
    fn what_reaches_over_an_edge_counts_as_far_as_it_is_inside() {
        let spells = [
            spell(PresenceState::Ready, 0, Some(30), "ann"),
            spell(PresenceState::Away, 30, Some(45), SYSTEM),
            spell(PresenceState::Offline, 45, Some(50), SYSTEM),
            spell(PresenceState::Ready, 50, None, "ann"),
        ];
        let ann = sums(spells, (at(20), at(100)), at(60)).remove("ann").expect("there");
        let of = |state: PresenceState| ann.times[&state.into()];
        assert_eq!(of(PresenceState::Ready), (TimeDelta::minutes(10 + 10), 1), "the first was begun before");
        assert_eq!(of(PresenceState::Away), (TimeDelta::minutes(15), 1));
        assert_eq!((ann.went_away, ann.logged_out), (1, 1));
    }

    #[test]
    fn what_lies_outside_counts_for_nobody() {
        let spells = [spell(PresenceState::Ready, 0, Some(10), "ann")];
        assert!(sums(spells, (at(20), at(30)), at(60)).is_empty());
    }
}
