//! Reopening by rule: what was closed, within the days for that; later by a supervisor (T15).

use super::*;
use crate::domain::refusal::Refusal;

fn closed() -> Story {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.resolve("重启光猫", Vec::new()));
    story.then("2026-03-02 10:00", |draft| draft.close_by_hand(""));
    story
}

#[test]
fn what_was_closed_is_opened_again_until_its_days_are_over_and_then_by_a_supervisor_only() {
    let until = at("2026-03-02 10:00") + TimeDelta::days(RULES.reopen_days.into());
    let mut in_time = closed();
    in_time.at(until, |draft| draft.reopen_in_time("又断了")).expect("is in time");
    assert_eq!((in_time.ticket.state, in_time.ticket.reopen_count), (State::Assigned, 1));

    let mut late = closed();
    let refused = late.at(until + TimeDelta::minutes(1), |draft| draft.reopen_in_time("又断了"));
    assert!(matches!(refused, Err(Error::Refused(Refusal::ReopenTooLate { until: told })) if told == until));
    assert_eq!(late.ticket.state, State::Closed);
    late.at(until + TimeDelta::minutes(1), |draft| draft.reopen("又断了")).expect("a supervisor may");
    assert_eq!(late.ticket.state, State::Assigned);
}
