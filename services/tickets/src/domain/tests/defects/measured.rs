//! What is measured: not the sweep, not a rounded share, not the wall where the office counts.

use super::*;

const EVERY_CLOCK: &str = r#"
    [[policies]]
    key = "every"
    response = { minutes = 60, calendar = "office" }
    resolution = { minutes = 120, calendar = "office" }
    total_resolution = { hours = 2 }
    update = { minutes = 30, calendar = "office" }
"#;

/// `LibreDesk` writes down when the poller ran, and its averages contain the delay of the poll.
#[test]
fn what_was_done_is_done_when_it_was_done_however_late_the_sweep() {
    let rules = by(EVERY_CLOCK);
    let mut story = begun(&rules, "2026-03-02 09:00");
    then(&mut story, &rules, "2026-03-02 09:40", |draft| draft.resolve("重启", Vec::new()));
    then(&mut story, &rules, "2026-03-03 12:00", |_| Ok(()));
    for which in [Which::Response, Which::Resolution, Which::Total] {
        assert_eq!(story.told_at(which, Kind::SlaMet), [at("2026-03-02 09:40")], "{which:?}");
        assert_eq!(stopped(&story, which), Some((true, 2400, 2400)), "{which:?}");
        assert!(story.told_at(which, Kind::SlaBreached).is_empty());
    }
}

/// Chatwoot ends as a hit what was solved after its deadline, but before the next poll.
#[test]
fn what_was_solved_too_late_is_missed_on_every_clock_though_nobody_swept_before() {
    let rules = by(EVERY_CLOCK);
    let mut story = begun(&rules, "2026-03-02 09:00");
    then(&mut story, &rules, "2026-03-02 09:01", |draft| {
        draft.promise_answer(hotline_proto::tickets::v1::PromiseTier::Minutes30)
    });
    then(&mut story, &rules, "2026-03-02 11:01", |draft| draft.resolve("重启", Vec::new()));
    for (which, due) in [
        (Which::Response, "2026-03-02 10:00"),
        (Which::Resolution, "2026-03-02 11:00"),
        (Which::Total, "2026-03-02 11:00"),
        (Which::Answer, "2026-03-02 09:31"),
    ] {
        assert_eq!(story.told_at(which, Kind::SlaBreached), [at(due)], "{which:?}");
        assert_eq!(stopped(&story, which).map(|(met, ..)| met), Some(false), "{which:?}");
    }
}

/// `ServiceNow` rounded 99.951 % of a long promise to 100 %, and called it broken.
#[test]
fn the_last_second_of_a_long_promise_is_in_time() {
    let rules = by("[[policies]]\nkey = 'long'\nresolution = { minutes = 20000, calendar = 'office' }");
    let start = at("2026-03-02 09:00");
    let mut story = begun(&rules, "2026-03-02 09:00");
    let due = story.due(Which::Resolution);
    let used = rules.calendars.get("office").expect("shipped").elapsed(start, due, &[]);
    assert_eq!(used, Ok(TimeDelta::minutes(20_000)));
    let last = due - TimeDelta::seconds(1);
    story.by(&rules, last, |draft| draft.resolve("完工", Vec::new())).expect("is legal");
    assert!(story.told_at(Which::Resolution, Kind::SlaBreached).is_empty());
    assert_eq!(stopped(&story, Which::Resolution).map(|(met, ..)| met), Some(true));
    assert_eq!(stopped(&story, Which::Resolution).map(|(.., working)| working), Some(20_000 * 60 - 1));
}

/// GLPI led its escalations by the wall: they came at midnight, or on the wrong day.
#[test]
fn a_warning_leads_by_the_time_in_which_the_promise_counts() {
    let rules = by("[[policies]]\nkey = 'four'\nresolution = { minutes = 240, calendar = 'office' }");
    for (start, warned, due) in [
        ("2026-03-06 16:00", "2026-03-09 10:00", "2026-03-09 11:00"),
        ("2026-03-06 15:00", "2026-03-06 18:00", "2026-03-09 10:00"),
        ("2026-02-14 16:00", "2026-02-24 10:00", "2026-02-24 11:00"),
    ] {
        let mut story = begun(&rules, start);
        story.by(&rules, at("2026-03-20 12:00"), |_| Ok(())).expect("a sweep");
        assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned), [at(warned)], "from {start}");
        assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at(due)], "from {start}");
    }
}

/// osTicket-1.7#686: a promise that was broken could not be changed any more.
#[test]
fn a_broken_promise_is_changed_by_replay_and_stays_told() {
    let rules = by(
        "[[policies]]\nkey = 'quick'\npriorities = ['HIGH']\nresolution = { minutes = 60, calendar = 'office' }\n\
         [[policies]]\nkey = 'slow'\npriorities = ['MEDIUM']\nresolution = { minutes = 600, calendar = 'office' }",
    );
    let mut story = begun(&rules, "2026-03-02 09:00");
    then(&mut story, &rules, "2026-03-02 11:00", |draft| {
        draft.reprioritize(Level::Medium, Level::Medium, "x")
    });
    assert_eq!(story.due(Which::Resolution), at("2026-03-03 10:00"), "counted from the start");
    then(&mut story, &rules, "2026-03-02 12:00", |draft| {
        draft.reprioritize(Level::Low, Level::Low, "无承诺")
    });
    then(&mut story, &rules, "2026-03-02 13:00", |draft| draft.reprioritize(Level::High, Level::Medium, "x"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-02 10:00"));
    then(&mut story, &rules, "2026-03-04 12:00", |draft| draft.resolve("完工", Vec::new()));
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-02 10:00")], "once");
    assert_eq!(stopped(&story, Which::Resolution).map(|(met, ..)| met), Some(false));
}
