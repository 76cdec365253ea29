//! How long people may do what they say they do, and what happens by itself when they do not come back (D6, F11).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::dispatch::v1::PresenceState;

/// What nobody may exceed, not even with a lead's word.
const MOST: TimeDelta = TimeDelta::hours(24);

/// The longest times; none is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of a break.
    pub(crate) short_break: Option<TimeDelta>,
    /// Of a meal.
    pub(crate) meal: Option<TimeDelta>,
    /// Of a training.
    pub(crate) training: Option<TimeDelta>,
    /// Of wrap-up after a call.
    pub(crate) wrap_up: Option<TimeDelta>,
    /// Of being away, once it was reported.
    pub(crate) reported: Option<TimeDelta>,
    /// Of being away without having reported it; then the person is logged out.
    pub(crate) unreported: TimeDelta,
}

/// What somebody does since when, as far as it changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    /// What.
    pub(crate) state: PresenceState,
    /// Since when.
    pub(crate) since: DateTime<Utc>,
    /// Until when they may.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Within what time they are to be heard of again.
    pub(crate) heartbeat: Option<TimeDelta>,
    /// When they were last heard of.
    pub(crate) seen_at: DateTime<Utc>,
    /// Of who is away: they said why.
    pub(crate) reported: bool,
}

/// What happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lapse {
    /// Nobody heard of them in the time they named: they are away.
    Silent,
    /// They stayed longer than they may: they are away, whatever they reported.
    Overstayed,
    /// They were away without having reported it: they are logged out.
    Unreported,
}

/// What is wrong with the time of coming back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untimely {
    /// Who does this does not come back from it.
    Endless,
    /// It is over already.
    Past,
    /// It is later than the person may say.
    TooLate,
}

impl Lapse {
    /// Returns what they do then.
    pub(crate) fn leads_to(self) -> PresenceState {
        match self {
            Self::Silent | Self::Overstayed => PresenceState::Away,
            Self::Unreported => PresenceState::Offline,
        }
    }

    /// Returns why, as it is shown.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Silent => "心跳中断",
            Self::Overstayed => "超时未归",
            Self::Unreported => "离席未报告，已签出",
        }
    }
}

impl Limits {
    /// Returns how long somebody may do this by their own word.
    pub(crate) fn longest(&self, state: PresenceState) -> Option<TimeDelta> {
        match state {
            PresenceState::Break => self.short_break,
            PresenceState::Meal => self.meal,
            PresenceState::Training => self.training,
            PresenceState::WrapUp => self.wrap_up,
            PresenceState::Away => self.reported,
            _ => None,
        }
    }

    /// Returns until when somebody may do what they begin at `begins`, if it has an end: what was `asked` for, else the
    /// longest there is. Those in charge may allow more.
    ///
    /// # Errors
    /// [`Untimely`].
    pub(crate) fn until(
        &self,
        state: PresenceState,
        asked: Option<DateTime<Utc>>,
        (begins, now): (DateTime<Utc>, DateTime<Utc>),
        in_charge: bool,
    ) -> Result<Option<DateTime<Utc>>, Untimely> {
        let longest = self.longest(state);
        let Some(asked) = asked else { return Ok(longest.map(|time| begins + time)) };
        if !ends(state) {
            return Err(Untimely::Endless);
        }
        let most = if in_charge { MOST } else { longest.unwrap_or(MOST) };
        match asked {
            asked if asked <= now => Err(Untimely::Past),
            asked if asked > begins + most => Err(Untimely::TooLate),
            asked => Ok(Some(asked)),
        }
    }
}

impl Stay {
    /// Returns what happens next by itself, and when, if the person is not heard of before.
    pub(crate) fn lapse(&self, limits: &Limits) -> Option<(DateTime<Utc>, Lapse)> {
        match self.state {
            PresenceState::Offline | PresenceState::Unspecified => None,
            PresenceState::Away if !self.reported => {
                Some((self.since + limits.unreported, Lapse::Unreported))
            }
            PresenceState::Away => self.overstays(),
            _ => {
                let silent = self.heartbeat.map(|within| (self.seen_at + within, Lapse::Silent));
                [self.overstays(), silent].into_iter().flatten().min_by_key(|(at, _)| *at)
            }
        }
    }

    fn overstays(&self) -> Option<(DateTime<Utc>, Lapse)> {
        self.until.map(|until| (until, Lapse::Overstayed))
    }
}

fn ends(state: PresenceState) -> bool {
    use PresenceState as S;
    matches!(state, S::Break | S::Meal | S::Training | S::WrapUp | S::Away)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hotline_proto::dispatch::v1::PresenceState;

    use super::{Lapse, Limits, Stay, Untimely};

    const LIMITS: Limits = Limits {
        short_break: Some(TimeDelta::minutes(15)),
        meal: Some(TimeDelta::minutes(60)),
        training: None,
        wrap_up: Some(TimeDelta::minutes(30)),
        reported: Some(TimeDelta::minutes(60)),
        unreported: TimeDelta::minutes(15),
    };

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn stay(state: PresenceState) -> Stay {
        Stay { state, since: at(0), until: None, heartbeat: None, seen_at: at(0), reported: false }
    }

    #[test]
    fn who_is_away_without_a_word_is_logged_out_after_a_quarter_of_an_hour() {
        let away = stay(PresenceState::Away);
        assert_eq!(away.lapse(&LIMITS), Some((at(15), Lapse::Unreported)));
        let reported = Stay { reported: true, until: Some(at(40)), ..away };
        assert_eq!(reported.lapse(&LIMITS), Some((at(40), Lapse::Overstayed)));
        assert_eq!(Lapse::Unreported.leads_to(), PresenceState::Offline);
        assert_eq!(stay(PresenceState::Offline).lapse(&LIMITS), None, "nobody waits for who is gone");
    }

    #[test]
    fn whichever_comes_first_the_silence_or_the_end_makes_them_away() {
        let meal =
            Stay { until: Some(at(60)), heartbeat: Some(TimeDelta::minutes(2)), ..stay(PresenceState::Meal) };
        assert_eq!(meal.lapse(&LIMITS), Some((at(2), Lapse::Silent)));
        let heard = Stay { seen_at: at(59), ..meal };
        assert_eq!(heard.lapse(&LIMITS), Some((at(60), Lapse::Overstayed)));
        let ready = Stay { heartbeat: meal.heartbeat, ..stay(PresenceState::Ready) };
        assert_eq!(ready.lapse(&LIMITS), Some((at(2), Lapse::Silent)));
        assert_eq!(stay(PresenceState::Ready).lapse(&LIMITS), None, "who named no heartbeat is believed");
    }

    #[test]
    fn people_shorten_their_time_and_a_lead_makes_it_longer_within_a_day() {
        let until = |state, asked, in_charge| LIMITS.until(state, asked, (at(0), at(5)), in_charge);
        assert_eq!(until(PresenceState::Break, None, false), Ok(Some(at(15))));
        assert_eq!(until(PresenceState::Break, Some(at(10)), false), Ok(Some(at(10))));
        assert_eq!(until(PresenceState::Break, Some(at(16)), false), Err(Untimely::TooLate));
        assert_eq!(until(PresenceState::Break, Some(at(16)), true), Ok(Some(at(16))));
        assert_eq!(until(PresenceState::Break, Some(at(24 * 60 + 1)), true), Err(Untimely::TooLate));
        assert_eq!(until(PresenceState::Break, Some(at(5)), true), Err(Untimely::Past));
        assert_eq!(
            until(PresenceState::Training, Some(at(600)), false),
            Ok(Some(at(600))),
            "no limit is set"
        );
        assert_eq!(until(PresenceState::Training, None, false), Ok(None));
        assert_eq!(until(PresenceState::Ready, Some(at(10)), true), Err(Untimely::Endless));
    }
}
