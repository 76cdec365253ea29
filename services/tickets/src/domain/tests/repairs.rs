//! A rule is corrected, and what was told by it: from history alone, once, with what was told before on record.

use hotline_calendar::{Almanac, DayHours, ExceptionSpec};

use super::five_clocks::{policy, rules};
use super::*;
use crate::domain::explain::explain;
use crate::domain::rule_version::{RuleKind, RuleVersion};
use crate::domain::sla::repair::Correction;
use crate::domain::sla::replay::replay;
use crate::domain::sla::standing::{self, Difference};

const POLICIES: &str = r#"
    [[policies]]
    key = "gold"
    key_account = true
    resolution = { minutes = 120, calendar = "office" }

    [[policies]]
    key = "glass"
    types = ["OTHER"]
    resolution = { minutes = 240, calendar = "office" }

    [[policies]]
    key = "usual"
    resolution = { minutes = 480, calendar = "office" }
"#;

fn shipped() -> Rules {
    rules(POLICIES, Vec::new())
}

/// The same with a day off that nobody had told of: Tuesday 3 March.
fn with_a_day_off() -> Rules {
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let office = almanac.editions().find(|edition| edition.spec.key == "office").expect("shipped");
    let mut spec = office.spec.clone();
    spec.except(ExceptionSpec::new("停电", "2026-03-03", DayHours::default()).expect("a date"));
    let content = serde_json::to_string(&spec).expect("written");
    let version =
        RuleVersion { kind: RuleKind::Calendar, key: "office".into(), content, ..policy("key = 'x'", 0) };
    rules(POLICIES, vec![version])
}

fn repair(story: &mut Story, rules: &Rules, time: &str) -> Vec<Difference> {
    let (history, mut differences) = (story.entries.clone(), Vec::new());
    let decide = |draft: &mut Draft<'_>| {
        differences = draft.repair(&history, Uuid::from_u128(77))?;
        Ok(())
    };
    story.by(rules, at(time), decide).expect("known years");
    differences
}

fn corrections(story: &Story) -> Vec<&Correction> {
    let corrections = story.told.iter().filter_map(|what| match what {
        What::Repaired(correction) => Some(correction),
        _ => None,
    });
    corrections.collect()
}

/// Solved on Wednesday at 10:00, by the calendar as shipped an hour too late.
fn missed() -> Story {
    let rules = shipped();
    let mut story = Story::begin(registered_by(&rules, fault(), "2026-03-02 16:00"));
    let solve = |draft: &mut Draft<'_>| draft.resolve("完工", Vec::new());
    story.by(&rules, at("2026-03-04 09:30"), solve).expect("is legal");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-03 15:00")]);
    story
}

#[test]
fn a_day_off_that_was_told_afterwards_takes_a_breach_back_and_keeps_it_on_record() {
    let mut story = missed();
    let found = repair(&mut story, &with_a_day_off(), "2026-03-05 10:00");
    let [Difference { place: (Which::Resolution, 1), was: Some(was), is: Some(is) }] = &found[..] else {
        panic!("one clock differs: {found:?}")
    };
    assert_eq!((was.due_at, was.met), (at("2026-03-03 15:00"), Some(false)));
    assert_eq!((is.due_at, is.met, is.breached_at), (at("2026-03-04 15:00"), Some(true), None));
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-03 15:00")], "still told");
    let entry = story.entries.last().expect("it was written down");
    assert_eq!(entry.kind, Kind::SlaRepaired);
    assert_eq!(entry.details["fromBreachedAt"], "2026-03-03T07:00:00Z");
    assert!(!entry.details.contains_key("breachedAt"));
    assert_eq!(entry.details["resolutionDueAt"], "2026-03-04T07:00:00Z");
}

#[test]
fn figures_take_back_what_was_and_count_what_is() {
    let mut story = missed();
    repair(&mut story, &with_a_day_off(), "2026-03-05 10:00");
    let told: Vec<_> = corrections(&story)
        .into_iter()
        .map(|Correction { was, is, .. }| {
            let side = |told: &Option<crate::domain::sla::repair::Told>| {
                told.as_ref().map(|told| {
                    let standing = &told.standing;
                    (standing.warned_at, standing.breached_at, standing.met, told.elapsed_seconds)
                })
            };
            (side(was), side(is))
        })
        .collect();
    let day = 24 * 3600;
    let expected = [
        // The warning at three quarters of it comes a day later, and was not reached.
        (Some((Some(at("2026-03-03 13:00")), None, None, 0)), None),
        (Some((None, Some(at("2026-03-03 15:00")), None, 0)), None),
        (
            Some((None, None, Some(false), day + day * 35 / 48)),
            Some((None, None, Some(true), day + day * 35 / 48)),
        ),
    ];
    assert_eq!(told, expected);
}

#[test]
fn repaired_once_is_repaired() {
    let (mut story, corrected) = (missed(), with_a_day_off());
    repair(&mut story, &corrected, "2026-03-05 10:00");
    let (before, told) = (story.ticket.clone(), story.told.len());
    assert_eq!(repair(&mut story, &corrected, "2026-03-06 10:00"), Vec::new());
    assert_eq!((&story.ticket, story.told.len()), (&before, told));
    // And back again, where the correction was the mistake.
    assert_eq!(repair(&mut story, &shipped(), "2026-03-06 11:00").len(), 1);
    assert_eq!(story.ticket.clock(Which::Resolution).and_then(|clock| clock.met), Some(false));
}

/// `ServiceNow` repairs by what the customer is today, not by what they were then.
#[test]
fn a_repair_reads_what_was_true_then_and_not_what_is_true_today() {
    let rules = shipped();
    let gold = Registration { key_account: true, ..fault() };
    let mut story = Story::begin(registered_by(&rules, gold, "2026-03-02 09:00"));
    story.by(&rules, at("2026-03-02 12:00"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-02 11:00")]);
    story.ticket.key_account = false;
    let again =
        replay(&story.ticket, &story.timeline(), &rules, at("2026-03-02 12:00")).expect("known years");
    assert_eq!((again.ticket.policy.as_str(), again.ticket.key_account), ("gold", true));
    assert_eq!(repair(&mut story, &rules, "2026-03-02 12:00"), Vec::new());
}

#[test]
fn the_policy_that_the_category_named_then_is_read_from_the_timeline() {
    let rules = shipped();
    let naming = |policy: &str| {
        let mut catalogue = CATALOGUE.clone();
        for category in catalogue.0.iter_mut().filter(|category| category.code == "repair.private") {
            category.policy = policy.to_owned();
        }
        catalogue
    };
    let draft =
        register(fault(), &naming("glass"), &rules, Uuid::nil(), at("2026-03-02 09:00"), who("agent"));
    let mut story = Story::begin(draft.expect("registers"));
    assert_eq!(story.due(Which::Resolution), at("2026-03-02 13:00"));
    let edit = |code: &str, ticket: &Ticket| crate::domain::editing::Edit {
        earlier: None,
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        category_code: code.to_owned(),
        fields: ticket.fields.clone(),
        project: String::new(),
    };
    // Since then the category names no policy; the ticket goes elsewhere and comes back.
    for (time, code, due) in [
        ("2026-03-02 14:00", "repair.public", "2026-03-02 17:00"),
        ("2026-03-02 14:30", "repair.private", "2026-03-02 17:00"),
    ] {
        let edit = edit(code, &story.ticket);
        story.by(&rules, at(time), |draft| draft.update(edit, &naming(""))).expect("is legal");
        assert_eq!(story.due(Which::Resolution), at(due), "{time}");
    }
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaBreached), [at("2026-03-02 13:00")]);
    let again =
        replay(&story.ticket, &story.timeline(), &rules, at("2026-03-02 15:00")).expect("known years");
    assert_eq!(again.ticket.resolution_clock, story.ticket.resolution_clock);
    let (was, is) =
        (standing::of(&story.ticket, &story.entries), standing::of(&again.ticket, &again.entries));
    assert_eq!(standing::differences(&was, &is), Vec::new());
}

/// iTop: "overrun can be wrong" after a recalculation, for it keeps sums instead of history.
#[test]
fn time_used_left_and_overrun_are_right_after_a_repair() {
    let rules = shipped();
    let mut story = Story::begin(registered_by(&rules, fault(), "2026-03-02 16:00"));
    let start = |draft: &mut Draft<'_>| draft.start("engineer", "t", assignment(10, 0));
    story.by(&rules, at("2026-03-02 16:00"), start).expect("is legal");
    story.by(&rules, at("2026-03-02 17:00"), |draft| draft.wait("CUSTOMER", None, "")).expect("is legal");
    story.by(&rules, at("2026-03-03 10:00"), |draft| draft.resume("")).expect("is legal");
    let overrun = |story: &Story, rules: &Rules| {
        let explanation = explain(&story.ticket, at("2026-03-05 10:00"), rules).expect("known years");
        let clock =
            explanation.clocks.iter().find(|clock| clock.which == Which::Resolution).expect("promised");
        (clock.due_at, clock.used.num_hours(), clock.left.num_hours())
    };
    // An hour on Monday; eight on Tuesday, nine on Wednesday, one on Thursday.
    assert_eq!(overrun(&story, &rules), (at("2026-03-03 17:00"), 19, -11));
    let corrected = with_a_day_off();
    repair(&mut story, &corrected, "2026-03-05 10:00");
    assert_eq!(overrun(&story, &corrected), (at("2026-03-04 16:00"), 11, -3));
}

#[test]
fn a_warning_that_was_given_stays_though_the_team_works_other_hours_today() {
    let mut rules = rules("[[policies]]\nkey = 'x'\nresolution = { hours = 24 }", Vec::new());
    rules.set_teams([("a".to_owned(), "office".to_owned())]);
    let mut story = Story::begin(registered_by(&rules, fault(), "2026-03-02 14:00"));
    story.by(&rules, at("2026-03-02 14:00"), |draft| draft.assign("a", assignment(1, 0))).expect("is legal");
    story.by(&rules, at("2026-03-03 09:30"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned), [at("2026-03-03 09:00")]);
    rules.set_teams([("a".to_owned(), "always".to_owned())]);
    assert!(repair(&mut story, &rules, "2026-03-03 10:00").is_empty());
    story.by(&rules, at("2026-03-03 13:00"), |_| Ok(())).expect("a sweep");
    assert_eq!(story.told_at(Which::Resolution, Kind::SlaWarned).len(), 1);
}

#[test]
fn a_ticket_that_was_given_up_has_nothing_to_put_right_that_it_had_not_told() {
    let mut story = Story::begin(registered_by(&shipped(), fault(), "2026-03-02 16:00"));
    story.by(&shipped(), at("2026-03-02 17:00"), |draft| draft.cancel("重复")).expect("is legal");
    assert!(repair(&mut story, &with_a_day_off(), "2026-03-05 10:00").is_empty());
}

#[test]
fn a_total_that_is_promised_afterwards_is_measured_from_registration_in_every_round() {
    let rules_now = rules(&format!("{POLICIES}\ntotal_resolution = {{ hours = 1 }}"), Vec::new());
    let mut story = Story::begin(registered_by(&shipped(), fault(), "2026-03-02 10:00"));
    let solve = |draft: &mut Draft<'_>| draft.resolve("完工", Vec::new());
    story.by(&shipped(), at("2026-03-02 11:00"), solve).expect("is legal");
    story.by(&shipped(), at("2026-03-02 12:00"), |draft| draft.reopen("又坏了")).expect("is legal");
    story.by(&shipped(), at("2026-03-02 13:00"), solve).expect("is legal");
    repair(&mut story, &rules_now, "2026-03-02 14:00");
    let totals = corrections(&story).into_iter().filter(|correction| correction.place.0 == Which::Total);
    let elapsed: Vec<_> = totals.filter_map(|correction| correction.is.as_ref()).collect();
    let elapsed = elapsed.iter().filter(|told| told.standing.met.is_some()).map(|told| told.elapsed_seconds);
    assert_eq!(elapsed.collect::<Vec<_>>(), [3600, 3 * 3600]);
}
