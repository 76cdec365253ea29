//! Rules match when all of their conditions hold, and say which one did not.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_calendar::Calendars;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use proptest::prelude::*;

use super::{Candidate, Conditions, Facts, Hours, Mismatch, decide, rank};

/// Monday 2 March 2026, nine in the morning.
fn nine() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200, 0).unwrap()
}

fn calendars() -> &'static Calendars {
    static SHIPPED: LazyLock<Calendars> = LazyLock::new(|| Calendars::shipped().unwrap());
    &SHIPPED
}

fn fault() -> Facts<'static> {
    Facts {
        ticket_type: TicketType::Fault,
        category_code: "repair.private",
        priority: Priority::High,
        project: "曲江一期",
        channel: Channel::Phone,
        key_account: false,
        regions: vec!["东区", "东区/曲江"],
        at: nine(),
        calendars: calendars(),
    }
}

fn category(code: &str) -> Conditions {
    Conditions { category_codes: vec![code.into()], ..Conditions::default() }
}

fn open(conditions: &Conditions) -> Candidate<'_> {
    Candidate { conditions, team_key: "a", closed: false }
}

#[test]
fn a_rule_whose_team_takes_nothing_in_is_passed_over() {
    let rules = [Conditions::default(), Conditions::default()];
    let tried = [Candidate { closed: true, ..open(&rules[0]) }, open(&rules[1])];
    assert_eq!(decide(tried, &fault()), (Some(1), vec![Mismatch::Draining("a".into())]));
}

#[test]
fn a_category_covers_its_subtree_and_not_its_namesakes() {
    for code in ["repair.private", "repair"] {
        assert_eq!(category(code).mismatch(&fault()), None, "{code}");
    }
    for code in ["repair.private.indoor", "repair.priv", "rep", "consult", "private"] {
        assert_eq!(
            category(code).mismatch(&fault()),
            Some(Mismatch::Category("repair.private".into())),
            "{code}"
        );
    }
}

#[test]
fn every_condition_that_is_set_must_hold() {
    let all = Conditions {
        types: vec![TicketType::Fault.into(), TicketType::Complaint.into()],
        category_codes: vec!["consult".into(), "repair".into()],
        priorities: vec![Priority::High.into()],
        projects: vec!["曲江一期".into()],
        channels: vec![Channel::Phone.into()],
        key_account: Some(false),
        regions: vec!["西区".into(), "东区".into()],
        hours: Some(Hours { calendar: "office".into(), within: true }),
    };
    assert_eq!(all.mismatch(&fault()), None);
    let one_off: [(Facts, Mismatch); 8] = [
        (Facts { ticket_type: TicketType::Other, ..fault() }, Mismatch::Type(TicketType::Other)),
        (Facts { category_code: "product", ..fault() }, Mismatch::Category("product".into())),
        (Facts { priority: Priority::Low, ..fault() }, Mismatch::Priority(Priority::Low)),
        (Facts { project: "", ..fault() }, Mismatch::Project(String::new())),
        (Facts { channel: Channel::Email, ..fault() }, Mismatch::Channel(Channel::Email)),
        (Facts { key_account: true, ..fault() }, Mismatch::KeyAccount(true)),
        (Facts { regions: vec!["东"], ..fault() }, Mismatch::Region(vec!["东".into()])),
        (
            Facts { at: nine() + TimeDelta::hours(12), ..fault() },
            Mismatch::Hours {
                calendar: "office".into(),
                open: false,
                local: "2026-03-02T21:00:00+08:00".into(),
            },
        ),
    ];
    for (facts, mismatch) in one_off {
        assert_eq!(all.mismatch(&facts), Some(mismatch));
    }
}

#[test]
fn the_first_rule_that_matches_decides_and_those_before_say_why_not() {
    let rules = [category("consult"), category("repair.private"), category("repair"), Conditions::default()];
    let (chosen, refused) = decide(rules.iter().map(open), &fault());
    assert_eq!(chosen, Some(1));
    assert_eq!(refused, [Mismatch::Category("repair.private".into())]);
    assert_eq!(refused[0].en(), "the category `repair.private` is under none of the rule's");
    assert_eq!(refused[0].zh(), "类目 `repair.private` 不属于规则所列类目");
}

#[test]
fn hours_are_those_of_a_calendar_or_all_others() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let times = [
        ("2026-03-02T09:00:00+08:00", true),
        ("2026-03-02T18:00:00+08:00", false),
        // A Saturday, a holiday, and the make-up day for it.
        ("2026-03-07T10:00:00+08:00", false),
        ("2026-10-01T10:00:00+08:00", false),
        ("2026-10-10T10:00:00+08:00", true),
        // In a year that nobody has announced yet the weekday decides.
        ("2031-03-03T10:00:00+08:00", true),
        ("2031-03-02T10:00:00+08:00", false),
    ];
    for (time, open) in times {
        for within in [true, false] {
            let hours = Some(Hours { calendar: "office".into(), within });
            let rule = Conditions { hours, ..Conditions::default() };
            let facts = Facts { at: at(time), ..fault() };
            assert_eq!(rule.mismatch(&facts).is_none(), open == within, "{time} {within}");
        }
    }
    let gone = Some(Hours { calendar: "night".into(), within: false });
    let rule = Conditions { hours: gone, ..Conditions::default() };
    assert_eq!(rule.mismatch(&fault()), Some(Mismatch::NoCalendar("night".into())));
}

#[test]
fn the_default_rule_stands_behind_every_position() {
    assert!(rank(0, false) < rank(1, false));
    assert!(rank(1_000_000, false) < rank(0, true));
}

proptest! {
    #[test]
    fn with_a_default_rule_everything_goes_somewhere(
        kind in 1_i32..6,
        priority in 1_i32..5,
        channel in 1_i32..7,
        code in "[a-z]{1,6}(\\.[a-z]{1,6}){0,2}",
        key_account: bool,
    ) {
        let facts = Facts {
            ticket_type: kind.try_into().unwrap(),
            category_code: &code,
            priority: priority.try_into().unwrap(),
            project: "p",
            channel: channel.try_into().unwrap(),
            key_account,
            ..fault()
        };
        let rules = [category("repair"), category(&code), Conditions::default()];
        let (chosen, refused) = decide(rules.iter().map(open), &facts);
        prop_assert_eq!(chosen, Some(refused.len()));
        prop_assert!(chosen < Some(2));
    }
}
