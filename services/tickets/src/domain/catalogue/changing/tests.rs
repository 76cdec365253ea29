//! What is refused of changes of the catalogue, and what comes of them.

use super::*;
use crate::domain::catalogue::asked::ValueKind;
use crate::domain::catalogue::shipped;

fn catalogue() -> Catalogue {
    Catalogue(shipped().expect("is valid"))
}

fn with(editions: Vec<Edition>) -> Catalogue {
    let mut all = catalogue().0;
    for Edition { after, .. } in editions {
        all.retain(|category| category.code != after.code);
        all.push(after);
    }
    Catalogue::in_order(all)
}

fn given(code: &str) -> Given {
    Given { code: code.into(), label_zh: "屋顶".into(), ..Given::default() }
}

fn paths(refused: Result<Vec<Edition>, Error>) -> Vec<String> {
    match refused {
        Err(Error::Fields(fields)) => fields.into_iter().map(|field| field.path).collect(),
        other => panic!("{other:?}"),
    }
}

fn asked(key: &str) -> AskedField {
    AskedField {
        key: key.into(),
        label_zh: "型号".into(),
        label_en: "model".into(),
        kind: ValueKind::any_text(),
        required: false,
        hint: String::new(),
    }
}

#[test]
fn a_new_category_takes_what_is_left_out_from_the_one_above() {
    let made = create(&catalogue(), given("repair.roof"), |_| true).expect("is made").remove(0).after;
    assert_eq!((made.kind, made.priority), (TicketType::Fault, Priority::Medium));
    assert_eq!((made.label_en.as_str(), made.parent_code.as_str(), made.version), ("屋顶", "repair", 1));
    let all = with(create(&catalogue(), given("repair.roof"), |_| true).expect("is made"));
    let codes: Vec<&str> = all.subtree("repair").map(|category| category.code.as_str()).collect();
    assert_eq!(codes.last(), Some(&"repair.roof"), "after its siblings");
}

#[test]
fn without_a_code_the_label_makes_one() {
    let unnamed =
        Given { parent_code: "repair".into(), label_zh: "屋顶、 外墙 (A)".into(), ..Given::default() };
    let made = create(&catalogue(), unnamed, |_| true).expect("is made").remove(0).after;
    assert_eq!(made.code, "repair.屋顶-外墙-a");
}

#[test]
fn a_code_is_taken_once_and_hangs_below_an_active_category() {
    let twice = create(&catalogue(), given("repair.paid"), |_| true);
    assert!(matches!(twice, Err(Error::CategoryExists(code)) if code == "repair.paid"));
    assert_eq!(paths(create(&catalogue(), given("nowhere.roof"), |_| true)), ["parentCode"]);
    assert_eq!(paths(create(&catalogue(), given("repair.a/b"), |_| true)), ["code"]);
    let elsewhere = Given { parent_code: "consult".into(), ..given("repair.roof") };
    assert_eq!(paths(create(&catalogue(), elsewhere, |_| true)), ["parentCode"]);
    let retired = with(retire(&catalogue(), "repair", "").expect("is retired"));
    assert_eq!(paths(create(&retired, given("repair.roof"), |_| true)), ["parentCode"]);
}

#[test]
fn everything_that_makes_no_sense_is_named() {
    let choice = AskedField { kind: ValueKind::Choice(Vec::new()), ..asked("model") };
    let senseless = Given {
        label_zh: " ".into(),
        policy: "nope".into(),
        asks: vec![asked("model"), choice],
        ..given("repair.roof")
    };
    let named = paths(create(&catalogue(), senseless, |_| false));
    assert_eq!(named, ["labelZh", "policy", "formFields[1].key", "formFields[1].choices"]);
}

#[test]
fn a_form_stays_within_what_a_ticket_keeps_below_too() {
    let most: Vec<AskedField> = (0..50).map(|number| asked(&format!("a{number}"))).collect();
    let leaf = |before: &Category| Ok(Category { asks: most.clone(), ..before.clone() });
    let full = with(update(&catalogue(), "repair.paid", "", leaf, |_| true).expect("is changed"));
    let board = |before: &Category| Ok(Category { asks: vec![asked("one-more")], ..before.clone() });
    assert_eq!(paths(update(&full, "repair", "", board, |_| true)), ["formFields"]);
    let same = |before: &Category| Ok(Category { asks: vec![asked("a7")], ..before.clone() });
    assert!(update(&full, "repair", "", same, |_| true).is_ok(), "a field of the same key adds none");
}

#[test]
fn a_change_is_one_version_and_none_where_nothing_changes() {
    let label = |before: &Category| Ok(Category { label_zh: "屋面".into(), ..before.clone() });
    let changed = update(&catalogue(), "repair.paid", "\"1\"", label, |_| true).expect("is changed");
    assert_eq!((changed.len(), changed[0].after.version), (1, 2));
    let again = update(&with(changed), "repair.paid", "", label, |_| true).expect("is fine");
    assert!(again.is_empty());
    let stale = update(&catalogue(), "repair.paid", "\"7\"", label, |_| true);
    assert!(matches!(stale, Err(Error::Core(Core::Stale { .. }))));
}

#[test]
fn who_is_retired_takes_those_below_along_and_comes_back_after_the_one_above() {
    let retired = retire(&catalogue(), "repair", "").expect("is retired");
    assert_eq!(retired.len(), 4);
    let catalogue = with(retired);
    assert!(retire(&catalogue, "repair", "").expect("is fine").is_empty());
    let back = |before: &Category| Ok(Category { active: true, ..before.clone() });
    assert_eq!(paths(update(&catalogue, "repair.paid", "", back, |_| true)), ["active"]);
    assert_eq!(update(&catalogue, "repair", "", back, |_| true).expect("comes back").len(), 1);
}

#[test]
fn to_make_inactive_is_to_retire() {
    let off = |before: &Category| Ok(Category { active: false, ..before.clone() });
    let editions = update(&catalogue(), "repair", "", off, |_| true).expect("is retired");
    assert_eq!(editions.len(), 4);
    assert!(editions.iter().all(|edition| !edition.after.active));
}
