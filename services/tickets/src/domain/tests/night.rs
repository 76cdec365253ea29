//! Nobody who works by day is warned at night: when a share of a promise is used up, and when its team is told.

use super::five_clocks::rules;
use super::*;

/// A promise of plain hours for the whole day and night.
fn within(hours: u32) -> Rules {
    let policy = format!("[[policies]]\nkey = 'round-the-clock'\nresolution = {{ hours = {hours} }}");
    rules(&policy, Vec::new())
}

fn begun(rules: &Rules, team: &str, time: &str) -> Story {
    let mut story = Story::begin(registered_by(rules, fault(), time));
    story.by(rules, at(time), |draft| draft.assign(team, assignment(1, 0))).expect("is legal");
    story
}

fn warns(story: &Story) -> DateTime<Utc> {
    story.ticket.clock(Which::Resolution).expect("promised").warn_at
}

#[test]
fn a_team_that_works_by_day_is_warned_when_it_comes_and_else_before_it_goes() {
    for (hours, from, raw, due, warned) in [
        // While it is there: at once.
        (4, "2026-03-02 10:00", "2026-03-02 13:00", "2026-03-02 14:00", "2026-03-02 13:00"),
        // In the night, due in the afternoon: when it comes.
        (24, "2026-03-02 14:00", "2026-03-03 08:00", "2026-03-03 14:00", "2026-03-03 09:00"),
        // In the night, due before it comes: before it goes.
        (16, "2026-03-02 14:00", "2026-03-03 02:00", "2026-03-03 06:00", "2026-03-02 17:59"),
        // The same over a weekend, and over nine days of holidays.
        (48, "2026-03-05 20:00", "2026-03-07 08:00", "2026-03-07 20:00", "2026-03-06 17:59"),
        (200, "2026-03-02 09:00", "2026-03-08 15:00", "2026-03-10 17:00", "2026-03-09 09:00"),
        (96, "2026-02-14 10:00", "2026-02-17 10:00", "2026-02-18 10:00", "2026-02-14 17:59"),
        // Due the very moment it comes is too late to be told then.
        (19, "2026-03-02 14:00", "2026-03-03 04:15", "2026-03-03 09:00", "2026-03-02 17:59"),
    ] {
        let rules = within(hours);
        let story = begun(&rules, "a", from);
        assert_eq!(
            (story.due(Which::Resolution), warns(&story)),
            (at(due), at(warned)),
            "{hours} h from {from}"
        );
        for team in ["lift", "nobody-knows"] {
            assert_eq!(warns(&begun(&rules, team, from)), at(raw), "{hours} h from {from}, {team}");
        }
    }
}

#[test]
fn nobody_is_woken_by_what_comes_and_runs_out_in_one_night() {
    let rules = within(8);
    let mut story = begun(&rules, "a", "2026-03-02 20:00");
    assert_eq!(
        (story.due(Which::Resolution), warns(&story)),
        (at("2026-03-03 04:00"), at("2026-03-03 09:00"))
    );
    story.by(&rules, at("2026-03-03 10:00"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-03 04:00")]);
    assert!(story.told_at(Which::Resolution, Kind::SlaWarned).is_empty(), "what ran out needs no warning");
}

#[test]
fn another_team_is_warned_by_its_own_hours() {
    let rules = within(24);
    let mut story = begun(&rules, "a", "2026-03-02 14:00");
    story.by(&rules, at("2026-03-02 16:00"), |draft| draft.hand_over("lift", "")).expect("is legal");
    assert_eq!(warns(&story), at("2026-03-03 08:00"));
    story.by(&rules, at("2026-03-02 17:00"), |draft| draft.hand_over("a", "")).expect("is legal");
    assert_eq!(warns(&story), at("2026-03-03 09:00"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-03 14:00"), "what was promised stays");
}

#[test]
fn a_team_that_is_there_at_night_is_warned_when_it_gets_what_was_to_wait_for_the_morning() {
    let rules = within(24);
    let mut story = begun(&rules, "a", "2026-03-02 14:00");
    story.by(&rules, at("2026-03-03 08:30"), |draft| draft.hand_over("lift", "")).expect("is legal");
    story.by(&rules, at("2026-03-03 08:40"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned), [at("2026-03-03 08:30")]);
    story.by(&rules, at("2026-03-03 08:50"), |draft| draft.hand_over("a", "")).expect("is legal");
    story.by(&rules, at("2026-03-03 10:00"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned).len(), 1, "one warning is enough");
}

#[test]
fn a_wait_that_ends_at_night_moves_the_warning_by_the_same_rule() {
    let rules = within(20);
    let mut story = begun(&rules, "a", "2026-03-02 10:00");
    assert_eq!(warns(&story), at("2026-03-02 17:59"), "due at 06:00");
    let start = |draft: &mut Draft<'_>| draft.start("engineer", "a", assignment(2, 0));
    story.by(&rules, at("2026-03-02 11:00"), start).expect("is legal");
    let until = Some(at("2026-03-02 21:00"));
    story.by(&rules, at("2026-03-02 11:00"), |draft| draft.wait("CUSTOMER", until, "")).expect("is legal");
    story.by(&rules, at("2026-03-02 22:00"), |_| Ok(())).expect("a sweep");
    assert_eq!(
        (story.due(Which::Resolution), warns(&story)),
        (at("2026-03-03 16:00"), at("2026-03-03 11:00"))
    );
}

#[test]
fn a_team_that_has_come_to_work_by_day_is_not_warned_by_what_was_set_before() {
    let mut rules = within(24);
    let mut story = begun(&rules, "lift", "2026-03-02 14:00");
    assert_eq!(warns(&story), at("2026-03-03 08:00"));
    rules.set_teams([("lift".to_owned(), "office".to_owned())]);
    story.by(&rules, at("2026-03-03 08:30"), |_| Ok(())).expect("a sweep");
    assert!(story.told_at(Which::Resolution, Kind::SlaWarned).is_empty());
    story.by(&rules, at("2026-03-03 09:30"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned), [at("2026-03-03 09:00")]);
}
