use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::dispatch::v1::MemberChoice;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Ready, Selector, Waiting, match_up, relaxes_at};
use crate::domain::team::{Budget, Ways};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// A member who has room for five and has been idle since `idle`.
fn member(subject: &str, held: u64, idle: i64) -> Ready {
    Ready {
        subject: subject.into(),
        skills: Vec::new(),
        levels: Vec::new(),
        budget: Budget { capacity: Some(5), held },
        idle_since: at(idle),
    }
}

fn work(id: u128) -> Waiting {
    Waiting {
        id: Uuid::from_u128(id),
        category_code: "repair.private".into(),
        cost: 1,
        queued_at: at(0),
        declined: HashSet::new(),
        solver: None,
    }
}

fn ways(choice: MemberChoice) -> Ways {
    Ways { pushes: true, choice, ..Ways::default() }
}

fn chosen(waiting: &[Waiting], mut members: Vec<Ready>, ways: &Ways, now: i64) -> Vec<String> {
    match_up(waiting, &mut members, ways, at(now)).into_iter().map(|(_, subject)| subject).collect()
}

#[test]
fn who_holds_the_least_of_their_capacity_is_chosen_then_who_was_idle_longest() {
    let big = Ready { budget: Budget { capacity: Some(10), held: 3 }, ..member("big", 0, 9) };
    let members = vec![member("a", 2, 0), big, member("b", 2, 5)];
    let order = chosen(&[1, 2, 3, 4].map(work), members, &ways(MemberChoice::LeastLoaded), 100);
    assert_eq!(order, ["big", "a", "b", "big"]);
}

#[test]
fn who_was_idle_longest_is_chosen_whatever_they_hold() {
    let members = vec![member("a", 0, 7), member("b", 4, 3)];
    let order = chosen(&[1, 2, 3].map(work), members, &ways(MemberChoice::LongestIdle), 100);
    assert_eq!(order, ["b", "a", "a"], "b is full after the first");
}

#[test]
fn the_most_special_level_counts_and_the_highest_is_chosen() {
    let levels =
        |levels: &[(&str, i32)]| levels.iter().map(|(skill, level)| ((*skill).into(), *level)).collect();
    let good = Ready { levels: levels(&[("repair", 9), ("repair.private", 2)]), ..member("good", 0, 0) };
    let best = Ready { levels: levels(&[("repair", 3)]), ..member("best", 3, 9) };
    let other = Ready { skills: vec!["consult".into()], ..member("other", 0, 0) };
    let order = chosen(&[work(1)], vec![good, best, other], &ways(MemberChoice::MostSkilled), 100);
    assert_eq!(order, ["best"]);
}

#[test]
fn who_solved_the_ticket_last_comes_first_unless_they_may_not_have_it() {
    let back = Waiting { solver: Some("busy".into()), ..work(1) };
    let ways = ways(MemberChoice::LeastLoaded);
    let among = |held| vec![member("idle", 0, 0), member("busy", held, 9)];
    assert_eq!(chosen(std::slice::from_ref(&back), among(4), &ways, 9), ["busy"]);
    assert_eq!(chosen(std::slice::from_ref(&back), among(5), &ways, 9), ["idle"]);
    let declined = Waiting { declined: ["busy".into()].into(), ..back };
    assert_eq!(chosen(&[declined], vec![member("idle", 0, 0), member("busy", 0, 0)], &ways, 9), ["idle"]);
}

#[test]
fn a_selector_holds_work_back_until_it_relaxes() {
    let selector =
        Selector { category_code: "repair".into(), level: 5, relax_after: Some(TimeDelta::seconds(300)) };
    let for_ever = Selector { category_code: "repair.gas".into(), level: 8, relax_after: None };
    let ways = Ways { selectors: vec![selector, for_ever], ..ways(MemberChoice::LeastLoaded) };
    let gas = Waiting { category_code: "repair.gas".into(), ..work(2) };
    let waiting = [work(1), gas];
    let members = || vec![member("novice", 0, 0)];
    assert_eq!(chosen(&waiting, members(), &ways, 299), [""; 0]);
    assert_eq!(relaxes_at(&waiting, &ways, at(299)), Some(at(300)));
    assert_eq!(chosen(&waiting, members(), &ways, 300), ["novice"], "gas is not for novices, ever");
    assert_eq!(relaxes_at(&waiting, &ways, at(300)), None);
}

#[test]
fn work_that_fits_nobody_does_not_hold_up_what_is_behind_it() {
    let big = Waiting { cost: 4, ..work(1) };
    let pairs = match_up(&[big, work(2)], &mut [member("a", 2, 0)], &ways(MemberChoice::LeastLoaded), at(9));
    assert_eq!(pairs, [(Uuid::from_u128(2), "a".into())]);
}

fn any_work() -> impl Strategy<Value = Waiting> {
    (any::<u128>(), 1_u64..8, 0_i64..400, proptest::collection::hash_set(0_usize..6, 0..4)).prop_map(
        |(id, cost, queued, declined)| Waiting {
            cost,
            queued_at: at(queued),
            declined: declined.into_iter().map(|index| format!("m{index}")).collect(),
            ..work(id)
        },
    )
}

fn any_member() -> impl Strategy<Value = (u64, u64, i64, i32)> {
    (1_u64..9, 0_u64..9, 0_i64..99, 1_i32..=10)
}

proptest! {
    #[test]
    fn nothing_waits_that_somebody_who_is_ready_may_have(
        waiting in proptest::collection::vec(any_work(), 0..20),
        members in proptest::collection::vec(any_member(), 0..6),
        choice in 1_i32..=3,
    ) {
        let selector = Selector {
            category_code: "repair".into(), level: 5, relax_after: Some(TimeDelta::seconds(100)),
        };
        let ways = Ways {
            selectors: vec![selector], ..ways(choice.try_into().unwrap())
        };
        let mut ready: Vec<Ready> = members.iter().enumerate().map(|(index, (capacity, held, idle, level))| Ready {
            levels: vec![("repair".into(), *level)],
            budget: Budget { capacity: Some(*capacity), held: *held },
            ..member(&format!("m{index}"), 0, *idle)
        }).collect();
        let before = ready.clone();
        let pairs = match_up(&waiting, &mut ready, &ways, at(300));
        let given: HashSet<Uuid> = pairs.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(given.len(), pairs.len(), "each once");
        for work in &waiting {
            let least = if work.queued_at + TimeDelta::seconds(100) > at(300) { 5 } else { 0 };
            let fits = |member: &Ready| {
                let budget = member.budget;
                (budget.held == 0 || budget.held + work.cost <= budget.capacity.unwrap())
                    && member.levels[0].1 >= least
                    && !work.declined.contains(&member.subject)
            };
            prop_assert!(given.contains(&work.id) || !ready.iter().any(fits), "{work:?} waits");
            if let Some((_, subject)) = pairs.iter().find(|(id, _)| *id == work.id) {
                let member = before.iter().find(|member| member.subject == *subject).unwrap();
                prop_assert!(!work.declined.contains(subject) && member.levels[0].1 >= least);
            }
        }
        for (member, before) in ready.iter().zip(&before) {
            let got: u64 = pairs.iter().filter(|(_, subject)| *subject == member.subject)
                .map(|(id, _)| waiting.iter().find(|work| work.id == *id).unwrap().cost).sum();
            prop_assert_eq!(member.budget.held, before.budget.held + got);
            let over = member.budget.held > member.budget.capacity.unwrap();
            prop_assert!(!over || got == 0 || before.budget.held == 0, "over the budget only by one big piece");
        }
    }
}
