//! Which policy is for which ticket, and what a policy must not name.

use chrono::TimeDelta;
use chrono::{DateTime, Utc};
use hotline_calendar::Calendars;
use proptest::prelude::*;

use super::*;
use crate::domain::policy_book::{PolicyBook, PolicyVersion};

fn calendars() -> Calendars {
    Calendars::shipped().expect("shipped data is valid")
}

fn never_but(reason: &str) -> Target {
    Target { pauses: Some([reason.to_owned()].into()), ..Target::minutes(60, "office") }
}

#[test]
fn a_policy_that_names_what_does_not_exist_is_refused() {
    let policy = |change: fn(&mut Policy)| {
        let mut policy = Policy {
            key: "gold".into(),
            types: vec!["FAULT".into()],
            channels: vec!["FAX".into()],
            response: Some(Target::minutes(5, "always")),
            ..Policy::default()
        };
        change(&mut policy);
        policies(vec![policy], &calendars()).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(policy(|_| {}), Ok(()));
    for (change, named) in [
        ((|policy: &mut Policy| policy.types = vec!["FAUL".into()]) as fn(&mut Policy), "types names `FAUL`"),
        (|policy| policy.priorities = vec!["5".into()], "priorities names `5`"),
        (|policy| policy.channels = vec!["TELEX".into()], "channels names `TELEX`"),
        (|policy| policy.response = Some(Target::minutes(0, "always")), "no time"),
        (|policy| policy.response = Some(Target::minutes(5, "night")), "response.calendar can't be used"),
        (|policy| policy.update = Some(never_but("LUNCH")), "update.pauses names `LUNCH`"),
    ] {
        let refused = policy(change).expect_err("it is wrong");
        assert!(refused.contains(named) && refused.contains("`gold`"), "{refused}");
    }
}

#[test]
fn every_type_priority_and_channel_has_a_shipped_policy() {
    let policies = policies(Vec::new(), &calendars()).expect("shipped data is valid");
    let first = |kind, priority, channel| {
        let ticket = Traits { kind, priority, channel, category_code: "repair.public", key_account: false };
        let policy = policies.iter().find(|policy| policy.covers(&ticket));
        policy.map(|policy| policy.key.as_str())
    };
    for kind in 1..=5 {
        for priority in 1..=4 {
            for channel in 1..=6 {
                let found = first(
                    TicketType::try_from(kind).unwrap(),
                    Priority::try_from(priority).unwrap(),
                    Channel::try_from(channel).unwrap(),
                );
                assert!(found.is_some(), "{kind} {priority} {channel}");
            }
        }
    }
    assert_eq!(first(TicketType::Complaint, Priority::Low, Channel::Phone), Some("complaint-low"));
    assert_eq!(first(TicketType::Fault, Priority::Critical, Channel::Fax), Some("critical"));
}

fn fault<'a>() -> Traits<'a> {
    Traits {
        kind: TicketType::Fault,
        priority: Priority::High,
        channel: Channel::Phone,
        category_code: "repair.private",
        key_account: false,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

#[test]
fn a_category_stands_for_its_subtree_and_for_no_namesake() {
    let policy = |code: &str| Policy { categories: vec![code.into()], ..Policy::default() };
    for (code, covers) in
        [("repair", true), ("repair.private", true), ("rep", false), ("repair.public", false)]
    {
        assert_eq!(policy(code).covers(&fault()), covers, "{code}");
    }
}

#[test]
fn a_policy_for_key_accounts_is_for_nobody_else_and_says_so() {
    let policy = Policy { key_account: Some(true), types: vec!["COMPLAINT".into()], ..Policy::default() };
    let mismatches: Vec<_> = policy.mismatches(&fault()).collect();
    assert_eq!(mismatches, ["types", "keyAccount"]);
    let key_account = Traits { key_account: true, kind: TicketType::Complaint, ..fault() };
    assert!(policy.covers(&key_account));
}

fn version(key: &str, position: i32, from: Option<&str>) -> PolicyVersion {
    PolicyVersion {
        policy: Policy { key: key.into(), ..Policy::default() },
        position,
        effective_from: from.map(at),
        retired: false,
        record: crate::domain::rule_version::Record::default(),
    }
}

#[test]
fn the_first_that_matches_applies_unless_the_category_names_one() {
    let mut book = PolicyBook::of(vec![Policy { key: "any".into(), ..Policy::default() }]);
    book.record(version("gold", 50, Some("2026-03-01T00:00:00Z")));
    let policy = |by_category: &str, time| {
        book.policy(by_category, &fault(), at(time)).map(|policy| policy.key.clone()).unwrap_or_default()
    };
    assert_eq!(policy("", "2026-02-28T23:59:59Z"), "any");
    assert_eq!(policy("", "2026-03-01T00:00:00Z"), "gold");
    assert_eq!(policy("any", "2026-03-02T00:00:00Z"), "any");
    // A category may name a policy that is not in force yet: until then it is as if it named none.
    assert_eq!(policy("gold", "2026-02-01T00:00:00Z"), "any");
}

#[test]
fn of_the_versions_effective_by_then_the_one_effective_last_holds_and_of_two_the_later_recorded() {
    let mut book = PolicyBook::default();
    for (position, from) in [(1, None), (2, Some("2026-05-01T00:00:00Z")), (3, Some("2026-03-01T00:00:00Z"))]
    {
        book.record(version("gold", position, from));
    }
    let place = |book: &PolicyBook, time| book.in_force("gold", at(time)).map(|version| version.position);
    assert_eq!(place(&book, "2026-01-01T00:00:00Z"), Some(1));
    assert_eq!(place(&book, "2026-04-01T00:00:00Z"), Some(3));
    assert_eq!(place(&book, "2026-06-01T00:00:00Z"), Some(2));
    book.record(PolicyVersion { retired: true, ..version("gold", 4, Some("2026-05-01T00:00:00Z")) });
    assert_eq!(place(&book, "2026-04-30T00:00:00Z"), Some(3));
    assert_eq!(place(&book, "2026-06-01T00:00:00Z"), None);
}

/// Returns an instant so many days after the first of the year.
fn day(days: i64) -> DateTime<Utc> {
    at("2026-01-01T00:00:00Z") + TimeDelta::days(days)
}

/// Records versions and ends of one policy one after another, each with the day from which it is effective; `look` is
/// given the book before and after each.
fn record(steps: &[(bool, i64)], mut look: impl FnMut(&PolicyBook, &PolicyBook, &PolicyVersion)) {
    let mut book = PolicyBook::default();
    for ((retired, from), place) in steps.iter().zip(1..) {
        let version = version("gold", place, None);
        let step = PolicyVersion { retired: *retired, effective_from: Some(day(*from)), ..version };
        let before = book.clone();
        book.record(step.clone());
        look(&before, &book, &step);
    }
}

proptest! {
    #[test]
    fn what_is_recorded_last_holds_from_its_time_on_and_changes_nothing_before(
        steps in prop::collection::vec((any::<bool>(), 0..8_i64), 0..12),
    ) {
        record(&steps, |before, after, step| {
            for at in (0..10).map(day) {
                let (was, is) = (before.in_force("gold", at), after.in_force("gold", at));
                if Some(at) < step.effective_from {
                    assert_eq!(is, was, "before it");
                } else if step.retired {
                    assert_eq!(after.in_force_or_to_come("gold", at), None, "nothing comes after an end");
                } else {
                    assert!(is.is_some(), "no end recorded before it ends it");
                }
                if Some(at) == step.effective_from && !step.retired {
                    assert_eq!(is, Some(step));
                }
            }
        });
    }

    #[test]
    fn what_is_to_come_is_in_force_at_its_time_and_nothing_is_until_then(
        steps in prop::collection::vec((any::<bool>(), 0..8_i64), 0..12),
    ) {
        record(&steps, |_, book, _| {
            for today in 0..10 {
                let next = (today..10).find_map(|later| book.in_force("gold", day(later)));
                assert_eq!(book.in_force_or_to_come("gold", day(today)), next);
            }
        });
    }
}

#[test]
fn a_policy_is_written_and_read_alike() {
    let policy = Policy {
        key: "gold".into(),
        response: Some(never_but("CUSTOMER")),
        update: Some(Target { amount: Amount::Hours(24), calendar: String::new(), pauses: Some([].into()) }),
        ..Policy::default()
    };
    let text = serde_json::to_string(&policy).expect("written");
    assert_eq!(serde_json::from_str::<Policy>(&text).expect("read"), policy, "{text}");
    for wrong in
        ["{}", r#"{"hours": 4, "calendar": "office"}"#, r#"{"minutes": 4}"#, r#"{"minutes": 4, "hours": 4}"#]
    {
        assert!(serde_json::from_str::<Target>(wrong).is_err(), "{wrong}");
    }
}
