//! The customer is kept informed: the clock of updates against what users of other systems complain of.

use super::five_clocks::rules;
use super::*;

static INFORMING: LazyLock<Rules> = LazyLock::new(|| {
    let policies = r#"
        [[policies]]
        key = "told"
        response = { minutes = 60, calendar = "office" }
        update = { minutes = 120, calendar = "office" }
    "#;
    rules(policies, Vec::new())
});

fn begun() -> Story {
    Story::begin(registered_by(&INFORMING, fault(), "2026-03-02 09:00"))
}

fn started() -> Story {
    let mut story = begun();
    then(&mut story, "2026-03-02 09:30", |draft| draft.start("engineer", "t", assignment(10, 0)));
    story
}

fn then(story: &mut Story, time: &str, decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>) {
    story.by(&INFORMING, at(time), decide).expect("is legal");
}

fn inform(story: &mut Story, time: &str) {
    then(story, time, |draft| draft.inform("已安排师傅上门", Channel::Phone));
}

#[test]
fn the_clock_of_updates_never_overrules_the_first_response() {
    let mut story = begun();
    inform(&mut story, "2026-03-02 09:10");
    assert!(story.ticket.clock(Which::Update).is_none(), "nobody has taken it on yet");
    assert!(story.ticket.clock(Which::Response).is_some_and(|clock| clock.met.is_none()));
    then(&mut story, "2026-03-02 18:00", |_| Ok(()));
    assert_eq!(story.told_at(Which::Response, Kind::SlaBreached), [at("2026-03-02 10:00")]);
    assert!(story.told_at(Which::Update, Kind::SlaBreached).is_empty());
}

#[test]
fn whoever_is_told_in_time_is_no_breach() {
    let mut story = started();
    for (time, due) in [
        ("2026-03-02 11:29", "2026-03-02 13:29"),
        ("2026-03-02 13:00", "2026-03-02 15:00"),
        ("2026-03-02 14:59", "2026-03-02 16:59"),
    ] {
        inform(&mut story, time);
        assert_eq!(story.due(Which::Update), at(due));
    }
    assert_eq!(story.told_at(Which::Update, Kind::SlaMet).len(), 3);
    assert!(story.told_at(Which::Update, Kind::SlaBreached).is_empty());
    let instances = story.entries.iter().filter(|entry| entry.kind == Kind::SlaMet);
    let instances: Vec<_> = instances.map(|entry| entry.details["instance"].as_str()).collect();
    assert_eq!(instances, ["1", "1", "2", "3"], "the first is the response");
}

#[test]
fn only_a_word_to_the_customer_starts_the_clock_again() {
    let mut story = started();
    then(&mut story, "2026-03-02 09:40", |draft| draft.start("engineer", "u", assignment(11, 0)));
    then(&mut story, "2026-03-02 09:50", |draft| draft.wait("THIRD_PARTY", None, ""));
    then(&mut story, "2026-03-02 10:00", |draft| draft.resume(""));
    then(&mut story, "2026-03-02 10:10", |draft| draft.reprioritize(Level::Low, Level::Low, "不急"));
    then(&mut story, "2026-03-02 10:20", |draft| draft.hand_over("v", ""));
    then(&mut story, "2026-03-02 10:30", |draft| draft.start("engineer", "v", assignment(12, 0)));
    assert_eq!(story.due(Which::Update), at("2026-03-02 11:30"));
    assert_eq!(story.ticket.instance(Which::Update), 1);
}

#[test]
fn a_word_that_comes_too_late_is_missed_once_and_counts_from_then_on() {
    let mut story = started();
    inform(&mut story, "2026-03-02 12:00");
    assert_eq!(story.told_at(Which::Update, Kind::SlaBreached), [at("2026-03-02 11:30")]);
    assert_eq!(story.told_at(Which::Update, Kind::SlaMissed), [at("2026-03-02 12:00")]);
    assert_eq!(story.due(Which::Update), at("2026-03-02 14:00"));
    // Over night nobody expects a word.
    inform(&mut story, "2026-03-02 13:59");
    inform(&mut story, "2026-03-02 15:58");
    inform(&mut story, "2026-03-02 17:30");
    assert_eq!(story.due(Which::Update), at("2026-03-03 10:30"));
}

#[test]
fn while_the_customer_is_waited_for_no_word_is_owed_and_while_others_are_it_is() {
    for (reason, due) in [("CUSTOMER", "2026-03-02 12:30"), ("THIRD_PARTY", "2026-03-02 11:30")] {
        let mut story = started();
        then(&mut story, "2026-03-02 10:00", |draft| draft.wait(reason, None, ""));
        then(&mut story, "2026-03-02 11:00", |draft| draft.resume(""));
        assert_eq!(story.due(Which::Update), at(due), "{reason}");
    }
}

#[test]
fn a_word_while_the_customer_is_waited_for_is_in_time_however_long_that_takes() {
    let mut story = started();
    then(&mut story, "2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    inform(&mut story, "2026-03-03 14:00");
    assert_eq!(story.told_at(Which::Update, Kind::SlaMet), [at("2026-03-03 14:00")]);
    let met = story.entries.last().expect("it was told");
    assert_eq!(met.details["updateDueAt"], "2026-03-03T07:30:00Z", "as if work went on then");
    then(&mut story, "2026-03-03 15:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Update), at("2026-03-03 17:00"));
}

#[test]
fn a_solution_ends_it_unless_it_was_broken_and_a_reopening_is_a_word_to_wait_for() {
    let mut story = started();
    then(&mut story, "2026-03-02 10:00", |draft| draft.resolve("更换光猫", Vec::new()));
    then(&mut story, "2026-03-02 17:00", |_| Ok(()));
    for kind in [Kind::SlaMet, Kind::SlaMissed, Kind::SlaBreached] {
        assert!(story.told_at(Which::Update, kind).is_empty(), "{kind:?}");
    }
    then(&mut story, "2026-03-03 09:00", |draft| draft.reopen("又断了"));
    assert_eq!(story.due(Which::Update), at("2026-03-03 11:00"));
    then(&mut story, "2026-03-03 09:30", |draft| draft.start("engineer", "t", assignment(11, 0)));
    assert_eq!(story.due(Which::Update), at("2026-03-03 11:00"));
    then(&mut story, "2026-03-03 12:00", |draft| draft.resolve("更换线路", Vec::new()));
    assert_eq!(story.told_at(Which::Update, Kind::SlaMissed), [at("2026-03-03 12:00")]);
}
