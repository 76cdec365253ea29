//! Rules match when all of their conditions hold, and say which one did not.

use hotline_proto::common::v1::{Channel, Priority, TicketType};
use proptest::prelude::*;

use super::{Conditions, Facts, Mismatch, decide, rank};

fn fault() -> Facts<'static> {
    Facts {
        ticket_type: TicketType::Fault,
        category_code: "repair.private",
        priority: Priority::High,
        project: "曲江一期",
        channel: Channel::Phone,
        key_account: false,
    }
}

fn category(code: &str) -> Conditions {
    Conditions { category_codes: vec![code.into()], ..Conditions::default() }
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
    };
    assert_eq!(all.mismatch(&fault()), None);
    let one_off: [(Facts, Mismatch); 6] = [
        (Facts { ticket_type: TicketType::Other, ..fault() }, Mismatch::Type(TicketType::Other)),
        (Facts { category_code: "product", ..fault() }, Mismatch::Category("product".into())),
        (Facts { priority: Priority::Low, ..fault() }, Mismatch::Priority(Priority::Low)),
        (Facts { project: "", ..fault() }, Mismatch::Project(String::new())),
        (Facts { channel: Channel::Email, ..fault() }, Mismatch::Channel(Channel::Email)),
        (Facts { key_account: true, ..fault() }, Mismatch::KeyAccount(true)),
    ];
    for (facts, mismatch) in one_off {
        assert_eq!(all.mismatch(&facts), Some(mismatch));
    }
}

#[test]
fn the_first_rule_that_matches_decides_and_those_before_say_why_not() {
    let rules = [category("consult"), category("repair.private"), category("repair"), Conditions::default()];
    let (chosen, refused) = decide(&rules, &fault());
    assert_eq!(chosen, Some(1));
    assert_eq!(refused, [Mismatch::Category("repair.private".into())]);
    assert_eq!(refused[0].en(), "the category `repair.private` is under none of the rule's");
    assert_eq!(refused[0].zh(), "类目 `repair.private` 不属于规则所列类目");
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
        };
        let rules = [category("repair"), category(&code), Conditions::default()];
        let (chosen, refused) = decide(&rules, &facts);
        prop_assert_eq!(chosen, Some(refused.len()));
        prop_assert!(chosen < Some(2));
    }
}
