//! Waiting: complaints 1 to 5 of the users of osTicket, GLPI and Frappe.

use super::*;

const FOUR_HOURS: &str = "[[policies]]\nkey = 'four'\nresolution = { minutes = 240, calendar = 'office' }";

/// Complaints 1 and 2: promises ran at night, at weekends, on holidays and over lunch.
#[test]
fn nothing_is_used_of_a_promise_while_its_calendar_is_closed() {
    let rules = by(FOUR_HOURS);
    for (start, due) in [
        ("2026-03-02 16:00", "2026-03-03 11:00"),
        ("2026-03-06 20:00", "2026-03-09 13:00"),
        ("2026-02-14 17:30", "2026-02-24 12:30"),
        ("2026-02-20 03:00", "2026-02-24 13:00"),
    ] {
        assert_eq!(begun(&rules, start).due(Which::Resolution), at(due), "from {start}");
    }
    let mut almanac = hotline_calendar::Almanac::shipped().expect("shipped data is valid");
    let office = almanac.editions().find(|edition| edition.spec.key == "office").expect("shipped");
    let mut office = office.clone();
    office.spec.hours.mon = serde_json::from_str(r#"["09:00-12:00", "13:00-18:00"]"#).expect("hours");
    almanac.add(office);
    let config = toml::from_str(FOUR_HOURS).expect("settings");
    let with_lunch = Rules::new(config, almanac).expect("it makes sense");
    assert_eq!(begun(&with_lunch, "2026-03-02 09:00").due(Which::Resolution), at("2026-03-02 14:00"));
}

/// Complaint 3: waiting for the customer was a breach all the same.
#[test]
fn no_sweep_finds_a_breach_while_the_customer_is_waited_for() {
    let rules = by(FOUR_HOURS);
    let mut story = begun(&rules, "2026-03-02 09:00");
    then(&mut story, &rules, "2026-03-02 09:30", |draft| draft.start("engineer", "t", assignment(10, 0)));
    then(&mut story, &rules, "2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    for sweep in ["2026-03-02 13:00", "2026-03-05 12:00", "2026-03-09 16:00"] {
        then(&mut story, &rules, sweep, |_| Ok(()));
    }
    then(&mut story, &rules, "2026-03-09 17:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Resolution), at("2026-03-10 11:00"));
    then(&mut story, &rules, "2026-03-10 10:59", |draft| draft.resolve("完工", Vec::new()));
    assert!(story.told_at(Which::Resolution, Kind::SlaBreached).is_empty());
    assert_eq!(
        stopped(&story, Which::Resolution).map(|(met, _, working)| (met, working)),
        Some((true, 4 * 3600 - 60))
    );
}

/// Complaint 4: GLPI lost the time waited with every change of the priority.
#[test]
fn a_priority_changed_there_and_back_costs_no_minute_also_while_work_waits() {
    let rules = by(
        "[[policies]]\nkey = 'quick'\npriorities = ['HIGH']\nresolution = { minutes = 240, calendar = 'office' }\n\
         [[policies]]\nkey = 'slow'\nresolution = { working_days = 2, calendar = 'office' }",
    );
    let mut story = begun(&rules, "2026-03-02 09:00");
    wait(&mut story, &rules, "CUSTOMER", "2026-03-02 10:00", "2026-03-02 11:00");
    let (high, low) = ((Level::High, Level::Medium), (Level::Low, Level::Low));
    for (time, (urgency, impact), due) in [
        ("2026-03-02 11:10", low, "2026-03-04 18:00"),
        ("2026-03-02 11:20", high, "2026-03-02 14:00"),
        ("2026-03-02 11:30", low, "2026-03-04 18:00"),
    ] {
        then(&mut story, &rules, time, |draft| draft.reprioritize(urgency, impact, "x"));
        assert_eq!(story.due(Which::Resolution), at(due), "{time}");
    }
    then(&mut story, &rules, "2026-03-02 12:00", |draft| draft.wait("APPROVAL", None, ""));
    then(&mut story, &rules, "2026-03-02 12:30", |draft| draft.reprioritize(high.0, high.1, "x"));
    then(&mut story, &rules, "2026-03-02 13:00", |draft| draft.resume(""));
    assert_eq!(story.due(Which::Resolution), at("2026-03-02 15:00"));
}

/// Complaint 5: Frappe added the time waited to the start by the wall, and some of it twice.
#[test]
fn a_wait_over_a_weekend_moves_a_promise_by_its_open_hours_and_only_once() {
    let rules = by(FOUR_HOURS);
    let mut story = begun(&rules, "2026-03-06 16:00");
    wait(&mut story, &rules, "CUSTOMER", "2026-03-06 17:00", "2026-03-09 10:00");
    assert_eq!(story.due(Which::Resolution), at("2026-03-09 13:00"));
    let start = story.ticket.clock(Which::Resolution).expect("promised").started_at;
    assert_eq!(start, at("2026-03-06 16:00"), "the start stays where it was");
    then(&mut story, &rules, "2026-03-09 10:10", |draft| draft.reprioritize(Level::High, Level::High, "x"));
    wait(&mut story, &rules, "THIRD_PARTY", "2026-03-09 10:30", "2026-03-09 11:00");
    assert_eq!(story.due(Which::Resolution), at("2026-03-09 13:30"));
    then(&mut story, &rules, "2026-03-09 11:30", |draft| draft.resolve("完工", Vec::new()));
    let worked = TimeDelta::minutes(60 + 30 + 30).num_seconds();
    assert_eq!(stopped(&story, Which::Resolution).map(|(.., working)| working), Some(worked));
}

/// Plain's rule: each clock has its own states to stand still in, and none is never.
#[test]
fn each_clock_stands_still_for_its_own_reasons_only() {
    let rules = by(r#"
        [[policies]]
        key = "own"
        resolution = { minutes = 240, calendar = "office", pauses = ["CUSTOMER"] }
        total_resolution = { minutes = 300, calendar = "office", pauses = [] }
        update = { minutes = 240, calendar = "office", pauses = ["THIRD_PARTY"] }
    "#);
    for (reason, resolution, update) in [
        ("CUSTOMER", "2026-03-02 15:00", "2026-03-02 13:00"),
        ("THIRD_PARTY", "2026-03-02 13:00", "2026-03-02 15:00"),
        ("APPROVAL", "2026-03-02 13:00", "2026-03-02 13:00"),
    ] {
        let mut story = begun(&rules, "2026-03-02 09:00");
        then(&mut story, &rules, "2026-03-02 09:00", |draft| draft.start("engineer", "t", assignment(10, 0)));
        wait(&mut story, &rules, reason, "2026-03-02 10:00", "2026-03-02 12:00");
        let due = [Which::Resolution, Which::Total, Which::Update].map(|which| story.due(which));
        assert_eq!(due, [at(resolution), at("2026-03-02 14:00"), at(update)], "{reason}");
        // What does not stand still runs out while work waits, at its time.
        then(&mut story, &rules, "2026-03-02 12:30", |draft| draft.wait(reason, None, ""));
        then(&mut story, &rules, "2026-03-02 17:00", |_| Ok(()));
        assert_eq!(story.told_at(Which::Total, Kind::SlaBreached), [at("2026-03-02 14:00")], "{reason}");
        let ran_out = story.told_at(Which::Resolution, Kind::SlaBreached);
        assert_eq!(ran_out.is_empty(), reason == "CUSTOMER", "{reason}");
    }
}
