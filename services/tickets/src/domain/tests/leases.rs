//! Dispatch's calls and events: late, repeated and out of order.

use super::*;
use crate::domain::lease::Hold;

const TEAM: &str = "second-line-network";

fn started() -> Story {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", TEAM, assignment(10, 1)));
    story
}

fn is_lost(result: Result<(), Error>) -> bool {
    matches!(result, Err(Error::LeaseLost { .. }))
}

#[test]
fn a_start_before_its_assignment_was_told_assigns_too() {
    let mut story = started();
    assert_eq!(story.kinds()[2..], ["ASSIGNED", "STARTED", "SLA_MET"]);
    assert_eq!((story.ticket.team_key.as_str(), story.ticket.assignee.as_str()), (TEAM, "engineer"));
    assert_eq!(story.ticket.responded_at, Some(at("2026-03-02 09:05")));
    let before = story.ticket.clone();
    story.then("2026-03-02 09:06", |draft| draft.assign(TEAM, assignment(10, 0)));
    assert_eq!(story.ticket, before);
}

#[test]
fn the_same_start_again_changes_nothing() {
    let mut story = started();
    let before = story.ticket.clone();
    story.then("2026-03-02 09:06", |draft| draft.start("engineer", TEAM, assignment(10, 1)));
    assert_eq!(story.ticket, before);
}

#[test]
fn a_stale_holder_is_refused() {
    let mut story = started();
    let now = at("2026-03-02 09:10");
    story.then("2026-03-02 09:07", |draft| draft.release(TEAM, assignment(10, 1), "忙"));
    assert_eq!((story.ticket.state, story.ticket.assignee.as_str()), (State::Assigned, ""));
    story.then("2026-03-02 09:08", |draft| draft.release(TEAM, assignment(10, 1), "忙"));
    assert!(is_lost(story.at(now, |draft| draft.start("engineer", TEAM, assignment(10, 1)))));
    story.then("2026-03-02 09:09", |draft| draft.start("engineer2", TEAM, assignment(10, 2)));
    assert!(is_lost(story.at(now, |draft| draft.release(TEAM, assignment(10, 1), ""))));
    assert!(is_lost(story.at(now, |draft| draft.complete("engineer", assignment(10, 1), "x", Vec::new()))));
    assert!(is_lost(story.at(now, |draft| draft.complete("engineer", assignment(9, 9), "x", Vec::new()))));
    story.then("2026-03-02 09:10", |draft| draft.complete("engineer2", assignment(10, 2), "x", Vec::new()));
    story.then("2026-03-02 09:11", |draft| draft.complete("engineer2", assignment(10, 2), "y", Vec::new()));
    assert_eq!((story.ticket.resolution.as_str(), story.ticket.solved_by.as_str()), ("x", "engineer2"));
}

#[test]
fn after_a_reopening_the_first_holders_late_word_is_refused() {
    let mut story = started();
    story.then("2026-03-02 09:10", |draft| draft.complete("engineer", assignment(10, 1), "x", Vec::new()));
    story.then("2026-03-02 10:00", |draft| draft.reopen("又断了"));
    let late = story
        .at(at("2026-03-02 10:01"), |draft| draft.complete("engineer", assignment(10, 1), "y", Vec::new()));
    assert!(is_lost(late));
}

#[test]
fn after_a_hand_over_the_holders_late_word_is_refused() {
    let mut story = started();
    story.then("2026-03-02 09:10", |draft| draft.hand_over("on-site-east", "需上门"));
    assert_eq!((story.ticket.state, story.ticket.assignee.as_str()), (State::Assigned, ""));
    assert!(is_lost(story.at(at("2026-03-02 09:11"), |draft| {
        draft.complete("engineer", assignment(10, 1), "y", Vec::new())
    })));
}

#[test]
fn only_the_work_it_is_held_under_comes_back() {
    let mut story = started();
    story.then("2026-03-02 09:06", |draft| draft.returned(TEAM, assignment(9, 5), ""));
    story.then("2026-03-02 09:06", |draft| draft.returned(TEAM, assignment(10, 0), ""));
    assert_eq!(story.ticket.state, State::InProgress);
    story.then("2026-03-02 09:07", |draft| draft.returned(TEAM, assignment(10, 2), "超时"));
    assert_eq!((story.ticket.state, story.ticket.lease.unwrap().hold), (State::Assigned, Hold::Ended));
    story.then("2026-03-02 09:08", |draft| draft.resolve("x", Vec::new()));
    story.then("2026-03-02 09:09", |draft| draft.assign(TEAM, assignment(12, 0)));
    assert_eq!(story.ticket.state, State::Resolved);
}
