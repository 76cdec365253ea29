//! The promises: run out, met, missed, moved by waiting and by priority.

use super::*;

fn clock(story: &Story, which: Which) -> &crate::domain::clock::Clock {
    story.ticket.clock(which).expect("a target applies")
}

fn of(story: &Story, kind: Kind) -> Vec<DateTime<Utc>> {
    story.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.at).collect()
}

#[test]
fn a_late_sweep_tells_of_the_due_times_not_of_its_own() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-04 12:00", |_| Ok(()));
    let warned = at("2026-03-02 09:00");
    assert_eq!(of(&story, Kind::SlaWarned), [warned + TimeDelta::seconds(675), warned + TimeDelta::hours(3)]);
    assert_eq!(of(&story, Kind::SlaBreached), [at("2026-03-02 09:15"), at("2026-03-02 13:00")]);
    let written = story.entries.len();
    story.then("2026-03-05 12:00", |_| Ok(()));
    assert_eq!(story.entries.len(), written);
}

#[test]
fn solved_after_the_due_time_but_before_the_sweep_is_missed_and_breached() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 13:30", |draft| draft.resolve("x", Vec::new()));
    let expected = [
        "CREATED",
        "SLA_SET",
        "SLA_WARNED",
        "SLA_BREACHED",
        "SLA_WARNED",
        "SLA_BREACHED",
        "RESOLVED",
        "SLA_MISSED",
        "SLA_MISSED",
    ];
    assert_eq!(story.kinds(), expected);
    let resolved = story.told.iter().find_map(|what| match what {
        What::Resolved(solution) => Some(solution.clone()),
        _ => None,
    });
    let solution = resolved.expect("it was told");
    assert_eq!((solution.within_target, solution.elapsed_seconds), (Some(false), 16_200));
}

#[test]
fn a_solution_at_the_very_due_time_is_too_late() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 13:00", |draft| draft.resolve("x", Vec::new()));
    assert_eq!(clock(&story, Which::Resolution).met, Some(false));
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 12:59", |draft| draft.resolve("x", Vec::new()));
    assert_eq!(clock(&story, Which::Resolution).met, Some(true));
}

#[test]
fn waiting_stops_the_clock_and_moves_it_by_the_office_time_waited() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    let shown = |time| story.ticket.due_as_of(Which::Resolution, at(time), &RULES.calendars);
    assert_eq!(shown("2026-03-02 11:00"), Some(at("2026-03-02 14:00")));
    assert_eq!(shown("2026-03-03 10:00"), Some(at("2026-03-03 13:00")));
    story.then("2026-03-03 10:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Resolution), at("2026-03-03 13:00"));
    assert!(of(&story, Kind::SlaBreached).is_empty());
    story.then("2026-03-03 12:00", |draft| draft.resolve("x", Vec::new()));
    let fulfilled = story.told.iter().rev().find_map(|what| match what {
        What::Fulfilled(stopped) => Some((stopped.met, stopped.working_seconds)),
        _ => None,
    });
    assert_eq!(fulfilled, Some((true, 3 * 3600)));
}

#[test]
fn a_wait_with_an_end_resumes_by_itself_at_that_time() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 10:00", |draft| draft.wait("THIRD_PARTY", Some(at("2026-03-02 11:00")), ""));
    let past = story.at(at("2026-03-02 10:30"), |draft| draft.wait("CUSTOMER", None, ""));
    assert!(matches!(past, Err(Error::State { .. })));
    story.then("2026-03-02 17:00", |_| Ok(()));
    assert_eq!(of(&story, Kind::Resumed), [at("2026-03-02 11:00")]);
    assert_eq!(of(&story, Kind::SlaBreached), [at("2026-03-02 14:00")]);
    let early =
        story.at(at("2026-03-02 17:00"), |draft| draft.wait("CUSTOMER", Some(at("2026-03-02 17:00")), ""));
    assert!(matches!(early, Err(Error::Core(_))));
}

#[test]
fn a_new_priority_counts_from_the_start_with_the_pauses_there_were() {
    let low = Registration { urgency: Level::Low, impact: Level::Low, ..fault() };
    let mut story = Story::begin(registered(low, "2026-03-02 09:00"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-05 18:00"));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-02 11:00", |draft| draft.resume(""));
    story.then("2026-03-02 11:30", |draft| draft.reprioritize(Level::High, Level::Medium, "停产"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-02 14:00"));
    let set = story.entries.iter().rev().find(|entry| entry.kind == Kind::SlaSet).expect("times were set");
    assert_eq!(set.details["fromResolutionDueAt"], "2026-03-05T10:00:00Z");
    assert_eq!(set.details["resolutionDueAt"], "2026-03-02T06:00:00Z");
}

#[test]
fn a_promise_that_is_broken_by_a_new_priority_is_told_at_once_with_its_due_time() {
    let low = Registration { urgency: Level::Low, impact: Level::Low, ..fault() };
    let mut story = Story::begin(registered(low, "2026-03-02 09:00"));
    story.then("2026-03-02 15:00", |draft| draft.reprioritize(Level::High, Level::High, "停产"));
    assert_eq!(of(&story, Kind::SlaBreached), [at("2026-03-02 13:00"), at("2026-03-02 11:00")]);
    let told: Vec<_> = story.told.iter().map(std::mem::discriminant).collect();
    let reprioritized = std::mem::discriminant(&What::Reprioritized(Priority::Low));
    let place = told.iter().position(|what| *what == reprioritized).expect("it was told");
    let resolution = story.told.iter().position(|what| matches!(what, What::Breached(Which::Resolution, _)));
    assert!(resolution.expect("it was told") > place);
}

#[test]
fn a_breach_is_told_once_in_a_round_and_stays_even_where_the_target_grows() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 14:00", |draft| draft.reprioritize(Level::Low, Level::Low, "不急"));
    assert!(clock(&story, Which::Resolution).breached);
    story.then("2026-03-02 15:00", |draft| draft.resolve("x", Vec::new()));
    assert_eq!(clock(&story, Which::Resolution).met, Some(false));
    story.then("2026-03-02 16:00", |draft| draft.reopen("又断了"));
    assert!(!clock(&story, Which::Resolution).breached);
    assert_eq!(of(&story, Kind::SlaBreached).len(), 2);
    story.then("2026-03-20 16:00", |_| Ok(()));
    assert_eq!(of(&story, Kind::SlaBreached).len(), 3);
}

#[test]
fn a_reopening_promises_anew_but_the_first_response_stays_given() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.resolve("x", Vec::new()));
    story.then("2026-03-06 17:00", |draft| draft.reopen("又断了"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-06 19:00"));
    assert_eq!(story.due(Which::Response), at("2026-03-02 09:15"));
    assert_eq!(story.ticket.responded_at, Some(at("2026-03-02 09:10")));
}

#[test]
fn a_year_nobody_has_announced_is_refused_with_what_to_do() {
    let low = Registration { urgency: Level::Low, impact: Level::Low, ..fault() };
    let refused = register(low, &CATALOGUE, &RULES, Uuid::nil(), at("2026-12-31 10:00"), who("agent"));
    let error = refused.err().expect("it is refused");
    assert_eq!(hotline_core::error::Reason::reason(&error), "CALENDAR_YEAR_MISSING");
    assert!(error.to_string().contains("add the year file `cn/2027`"), "{error}");
}
