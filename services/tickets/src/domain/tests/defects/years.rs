//! Holidays, make-up days and changes of the clock, as they reach a promise: complaints 9, 10 and 11.

use hotline_calendar::Almanac;

use super::*;
use crate::domain::rule_version::{RuleKind, RuleVersion};
use crate::domain::rules::Base;

const DAYS: &str = "[[policies]]\nkey = 'days'\nresolution = { working_days = 1, calendar = 'office' }";

/// Complaint 9: a public feed brought "holidays" that nobody had decided on.
#[test]
fn a_year_is_refused_until_a_person_has_added_its_file() {
    let config: Config = toml::from_str(DAYS).expect("settings");
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let base = Base::new(config, almanac).expect("it makes sense");
    let before = base.rules(0, Vec::new()).expect("as shipped");
    let new_year = |rules| {
        register(fault(), &CATALOGUE, rules, Uuid::nil(), at("2026-12-31 10:00"), who("agent"))
            .map(|draft| draft.ticket.clock(Which::Resolution).expect("promised").due_at)
    };
    let refused = new_year(&before).expect_err("nobody knows when 2027 begins to work");
    assert_eq!(hotline_core::error::Reason::reason(&refused), "CALENDAR_YEAR_MISSING");
    let year = RuleVersion {
        kind: RuleKind::YearFile,
        key: "cn/2027".into(),
        content: "year = 2027\n[[holiday]]\nname = \"元旦\"\noff = [\"2027-01-01 to 2027-01-03\"]\nwork = [\"2027-01-09\"]".into(),
        ..super::super::five_clocks::policy("key = 'none'", 0)
    };
    let after = base.rules(1, vec![year]).expect("a year file");
    assert_eq!(new_year(&after).expect("known now"), at("2027-01-04 18:00"));
    assert!(new_year(&before).is_err(), "what holds already is not changed behind anybody's back");
}

/// Complaint 10: make-up working days, which Zendesk and others don't know.
#[test]
fn make_up_days_count_in_every_unit_of_a_promise() {
    let days = by(DAYS);
    assert_eq!(begun(&days, "2026-02-13 10:00").due(Which::Resolution), at("2026-02-14 18:00"));
    assert_eq!(begun(&days, "2026-02-14 10:00").due(Which::Resolution), at("2026-02-24 18:00"));
    assert_eq!(begun(&days, "2026-09-18 10:00").due(Which::Resolution), at("2026-09-20 18:00"), "a Sunday");
    let minutes = by("[[policies]]\nkey = 'm'\nresolution = { minutes = 540, calendar = 'office' }");
    assert_eq!(begun(&minutes, "2026-02-13 10:00").due(Which::Resolution), at("2026-02-14 10:00"));
    // A wait of the whole make-up day moves working days by one, as that of any other would.
    let mut story = begun(&days, "2026-02-13 10:00");
    wait(&mut story, &days, "CUSTOMER", "2026-02-13 17:00", "2026-02-15 10:00");
    assert_eq!(story.due(Which::Resolution), at("2026-02-24 18:00"));
}

/// A calendar in Berlin that is open from midnight to six.
fn berlin() -> Rules {
    let mut almanac = Almanac::shipped().expect("shipped data is valid");
    let always = almanac.editions().find(|edition| edition.spec.key == "always").expect("shipped");
    let mut night = always.clone();
    night.spec.key = "night".into();
    night.spec.zone = "Europe/Berlin".into();
    let hours = serde_json::from_str(r#"["00:00-06:00"]"#).expect("hours");
    night.spec.hours = hotline_calendar::HoursSpec::every_day(&hours);
    almanac.add(night);
    let policies = "[[policies]]\nkey = 'night'\nresolution = { minutes = 300, calendar = 'night' }\n\
        total_resolution = { working_days = 1, calendar = 'night', same_time = true }\nupdate = { hours = 4 }";
    Rules::new(toml::from_str(policies).expect("settings"), almanac).expect("it makes sense")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// Complaint 11: an hour was lost or doubled, a queue stood still, where clocks changed.
#[test]
fn a_night_on_which_clocks_change_has_the_hours_it_has() {
    let rules = berlin();
    for (start, due, next_day) in [
        // Five hours from midnight to six, for the wall leaves one out.
        ("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z", "2026-03-29T22:00:00Z"),
        // Seven, of which one comes twice.
        ("2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z", "2026-10-25T23:00:00Z"),
        ("2026-03-02T23:00:00Z", "2026-03-03T04:00:00Z", "2026-03-03T23:00:00Z"),
    ] {
        let start = utc(start);
        let draft = register(fault(), &CATALOGUE, &rules, Uuid::nil(), start, who("agent"));
        let mut story = Story::begin(draft.expect("registers"));
        assert_eq!(story.due(Which::Resolution), utc(due), "from {start}");
        assert_eq!(story.due(Which::Total), utc(next_day), "from {start}");
        story.by(&rules, start, |draft| draft.start("engineer", "t", assignment(10, 0))).expect("is legal");
        assert_eq!(story.due(Which::Update), start + TimeDelta::hours(4), "hours are hours");
        // A wait over the change takes what the night has of it.
        story
            .by(&rules, start + TimeDelta::minutes(30), |draft| draft.wait("CUSTOMER", None, ""))
            .expect("is legal");
        story.by(&rules, start + TimeDelta::hours(3), |draft| draft.resume("")).expect("is legal");
        let left = rules.calendars.get("night").expect("there").elapsed(
            start + TimeDelta::hours(3),
            story.due(Which::Resolution),
            &[],
        );
        assert_eq!(left, Ok(TimeDelta::minutes(270)), "from {start}");
    }
}
