//! First and total resolution: two promises, of which a reopening renews only one.

use super::*;

const BOTH: &str = r#"
    [[policies]]
    key = "both"
    response = { minutes = 60, calendar = "office" }
    resolution = { minutes = 240, calendar = "office" }
    total_resolution = { working_days = 2, calendar = "office" }
"#;

fn reopened(rules: &Rules, time: &str) -> Story {
    let mut story = begun(rules, "2026-03-02 09:00");
    then(&mut story, rules, "2026-03-02 09:50", |draft| draft.resolve("重启", Vec::new()));
    then(&mut story, rules, time, |draft| draft.reopen("又断了"));
    story
}

#[test]
fn a_reopening_promises_another_solution_and_the_total_counts_on_from_registration() {
    let rules = by(BOTH);
    let mut story = reopened(&rules, "2026-03-03 10:00");
    assert_eq!(story.due(Which::Resolution), at("2026-03-03 14:00"));
    assert_eq!(story.due(Which::Total), at("2026-03-04 18:00"));
    then(&mut story, &rules, "2026-03-03 12:00", |draft| draft.resolve("换线", Vec::new()));
    assert_eq!(story.told_at(Which::Total, Kind::SlaMet).len(), 2);
    let total = stopped(&story, Which::Total).expect("it was stopped");
    assert_eq!(total, (true, 27 * 3600, 12 * 3600), "with the time in which it was thought solved");
    assert_eq!(stopped(&story, Which::Resolution), Some((true, 2 * 3600, 2 * 3600)));
}

#[test]
fn reopening_a_very_old_ticket_breaks_the_total_at_its_own_due_time() {
    let rules = by(BOTH);
    let mut story = reopened(&rules, "2026-03-16 10:00");
    assert_eq!(story.told_at(Which::Total, Kind::SlaBreached), [at("2026-03-04 18:00")]);
    assert!(story.told_at(Which::Resolution, Kind::SlaBreached).is_empty());
    assert_eq!(story.due(Which::Resolution), at("2026-03-16 14:00"));
    then(&mut story, &rules, "2026-03-16 11:00", |draft| draft.resolve("换线", Vec::new()));
    let met = |which| stopped(&story, which).map(|(met, ..)| met);
    assert_eq!((met(Which::Resolution), met(Which::Total)), (Some(true), Some(false)));
}

#[test]
fn the_first_response_is_given_once_and_measured_once() {
    let rules = by(BOTH);
    let mut story = reopened(&rules, "2026-03-03 10:00");
    then(&mut story, &rules, "2026-03-05 12:00", |draft| draft.start("engineer", "t", assignment(10, 0)));
    assert_eq!(story.told_at(Which::Response, Kind::SlaMet), [at("2026-03-02 09:50")]);
    assert!(story.told_at(Which::Response, Kind::SlaMissed).is_empty());
}
