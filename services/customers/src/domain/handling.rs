//! The 8-minute rule (C9): a call that takes longer needs the customer's consent, or goes to the second line.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::Channel;
use hotline_proto::customers::v1::OverrunState;
use serde::{Deserialize, Serialize};

/// How long a contact may take, and what was agreed about a longer one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Handling {
    /// When it is too long; none where no limit applies.
    pub(crate) due_at: Option<DateTime<Utc>>,
    /// When agent and lead were prompted; none where they were not.
    pub(crate) overran_at: Option<DateTime<Utc>>,
    /// What the customer said when asked to go on, oldest first; the last one counts.
    pub(crate) answers: Vec<Answer>,
    /// The team it could be handed over to; empty while nobody said what it is about.
    pub(crate) suggested_team: String,
    /// To whom it was handed over.
    pub(crate) handed_over: Option<HandOver>,
}

/// What a customer said when asked to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The customer agreed.
    pub(crate) agreed: bool,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The agent who asked.
    pub(crate) by: String,
    /// In the agent's words.
    pub(crate) note: String,
}

/// To whom a long call was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandOver {
    /// The team.
    pub(crate) team_key: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl Handling {
    /// Returns what holds for a contact that begins: only calls have a limit.
    pub(crate) fn of(channel: Channel, started_at: DateTime<Utc>, limit: TimeDelta) -> Self {
        let limited = matches!(channel, Channel::Phone | Channel::DutyPhone);
        Self { due_at: limited.then(|| started_at + limit), ..Self::default() }
    }

    /// Returns when agent and lead are to be prompted; none where they were, or where there is no need.
    pub(crate) fn prompts_at(&self) -> Option<DateTime<Utc>> {
        let settled = self.overran_at.is_some() || self.consent() == Some(true) || self.handed_over.is_some();
        self.due_at.filter(|_| !settled)
    }

    /// Notes what was due by `now`; tells whether agent and lead are to be prompted for it.
    pub(crate) fn catch_up(&mut self, now: DateTime<Utc>) -> bool {
        let due = self.prompts_at().filter(|due| *due <= now);
        self.overran_at = self.overran_at.or(due);
        due.is_some()
    }

    /// Returns what the customer said last; none while nobody asked.
    pub(crate) fn consent(&self) -> Option<bool> {
        self.answers.last().map(|answer| answer.agreed)
    }

    /// Returns how the prompt stands.
    pub(crate) fn state(&self, has_ended: bool) -> OverrunState {
        match (self.overran_at, &self.handed_over, self.consent()) {
            (None, ..) => OverrunState::Unspecified,
            (_, Some(_), _) => OverrunState::HandedOver,
            (_, None, Some(true)) => OverrunState::Agreed,
            (_, None, Some(false)) => OverrunState::Declined,
            (_, None, None) if has_ended => OverrunState::Unsettled,
            (_, None, None) => OverrunState::Prompted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn call() -> Handling {
        Handling::of(Channel::Phone, at(0), TimeDelta::minutes(8))
    }

    fn said(agreed: bool, minute: i64) -> Answer {
        Answer { agreed, at: at(minute), by: "agent".into(), note: String::new() }
    }

    #[test]
    fn only_calls_have_a_limit() {
        for channel in [Channel::Phone, Channel::DutyPhone] {
            assert_eq!(Handling::of(channel, at(0), TimeDelta::minutes(8)).prompts_at(), Some(at(8)));
        }
        for channel in [Channel::Chat, Channel::Email, Channel::Fax, Channel::Portal, Channel::Ivr] {
            assert_eq!(Handling::of(channel, at(0), TimeDelta::minutes(8)).prompts_at(), None);
        }
    }

    #[test]
    fn a_long_call_prompts_once_at_its_limit_however_late_it_is_noticed() {
        let mut call = call();
        assert!(!call.catch_up(at(7)));
        assert_eq!(call.state(false), OverrunState::Unspecified);
        assert!(call.catch_up(at(60)));
        assert_eq!((call.overran_at, call.state(false)), (Some(at(8)), OverrunState::Prompted));
        assert!(!call.catch_up(at(61)));
        assert_eq!(call.state(true), OverrunState::Unsettled);
    }

    #[test]
    fn a_consent_before_the_limit_prevents_the_prompt() {
        let mut call = call();
        call.answers.push(said(true, 5));
        assert!(!call.catch_up(at(20)));
        assert_eq!((call.overran_at, call.state(true)), (None, OverrunState::Unspecified));
    }

    #[test]
    fn a_refusal_before_the_limit_prevents_nothing() {
        let mut call = call();
        call.answers.push(said(false, 5));
        assert!(call.catch_up(at(8)));
        assert_eq!(call.state(false), OverrunState::Declined);
        call.answers.push(said(true, 9));
        assert_eq!(call.state(false), OverrunState::Agreed);
    }

    #[test]
    fn what_was_handed_over_prompts_nobody_and_settles_the_prompt() {
        let over = HandOver { team_key: "second-line-network".into(), at: at(6) };
        let mut early = Handling { handed_over: Some(over.clone()), ..call() };
        assert!(!early.catch_up(at(9)));
        let mut late = call();
        late.catch_up(at(9));
        late.answers.push(said(false, 9));
        late.handed_over = Some(over);
        assert_eq!(late.state(true), OverrunState::HandedOver);
    }
}
