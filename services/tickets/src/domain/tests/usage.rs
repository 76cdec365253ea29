//! Who used the budget: shares by team, person and waiting party that add up to the time of the rounds.

use proptest::prelude::*;

use super::walk::{any_steps, give};
use super::*;
use crate::domain::usage::{Share, of_all_rounds, of_last_round};

fn shares(story: &Story, now: &str) -> Vec<Share> {
    let calendar = RULES.working_calendar().expect("shipped");
    of_all_rounds(&story.ticket, calendar, at(now)).expect("known years")
}

/// Writes shares as team, person, waiting party, working minutes and minutes by the wall.
fn lines(shares: &[Share]) -> Vec<(&str, &str, &str, i64, i64)> {
    let line = |share: &'_ Share| (share.working_seconds / 60, share.elapsed_seconds / 60);
    let lines = shares.iter().map(|share| {
        let (working, elapsed) = line(share);
        (share.team.as_str(), share.assignee.as_str(), share.waiting_for.as_str(), working, elapsed)
    });
    lines.collect()
}

/// In the queue of one team, worked on, waited for, handed over, solved the next morning.
fn solved() -> Story {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.assign("network", assignment(1, 0)));
    story.then("2026-03-02 10:00", |draft| draft.start("wang", "network", assignment(1, 1)));
    story.then("2026-03-02 11:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-02 12:30", |draft| draft.resume(""));
    story.then("2026-03-02 13:00", |draft| draft.hand_over("cables", ""));
    story.then("2026-03-02 17:00", |draft| draft.start("li", "cables", assignment(2, 0)));
    story.then("2026-03-03 10:00", |draft| draft.complete("li", assignment(2, 0), "换线", Vec::new()));
    story
}

#[test]
fn each_minute_is_whose_it_was() {
    let story = solved();
    let told = shares(&story, "2026-03-05 09:00");
    let expected = [
        ("", "", "", 10, 10),
        ("network", "", "", 50, 50),
        ("network", "wang", "", 90, 90),
        ("network", "wang", "CUSTOMER", 90, 90),
        ("cables", "", "", 240, 240),
        ("cables", "li", "", 120, 17 * 60),
    ];
    assert_eq!(lines(&told), expected);
    let sum: i64 = told.iter().map(|share| share.elapsed_seconds).sum();
    assert_eq!(sum, 25 * 3600);
}

#[test]
fn a_reopened_ticket_counts_both_rounds_and_not_the_time_between() {
    let mut story = solved();
    story.then("2026-03-04 10:00", |draft| draft.reopen("又断了"));
    story.then("2026-03-04 10:30", |draft| draft.start("wang", "network", assignment(3, 0)));
    story.then("2026-03-04 11:00", |draft| draft.resolve("换设备", Vec::new()));
    let told = shares(&story, "2026-03-09 09:00");
    let of = |team: &str, assignee: &str| {
        let own = told.iter().filter(|share| share.team == team && share.assignee == assignee);
        own.map(|share| share.elapsed_seconds / 60).sum::<i64>()
    };
    assert_eq!((of("cables", ""), of("network", "wang"), of("cables", "li")), (270, 210, 17 * 60));
    let calendar = RULES.working_calendar().expect("shipped");
    let last = of_last_round(&story.ticket, calendar, at("2026-03-04 11:00")).expect("known years");
    assert_eq!(lines(&last), [("cables", "", "", 30, 30), ("network", "wang", "", 30, 30)]);
}

#[test]
fn whoever_is_waited_for_is_told_apart_from_one_who_works() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.start("wang", "network", assignment(1, 0)));
    for (from, reason, to) in [
        ("2026-03-02 10:00", "CUSTOMER", "2026-03-02 10:20"),
        ("2026-03-02 11:00", "APPROVAL", "2026-03-02 11:30"),
        ("2026-03-02 12:00", "CUSTOMER", "2026-03-02 12:40"),
    ] {
        story.then(from, |draft| draft.wait(reason, None, ""));
        story.then(to, |draft| draft.resume(""));
    }
    let expected = [
        ("network", "wang", "", 150, 150),
        ("network", "wang", "CUSTOMER", 60, 60),
        ("network", "wang", "APPROVAL", 30, 30),
    ];
    assert_eq!(lines(&shares(&story, "2026-03-02 13:00")), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn shares_add_up_to_the_time_of_the_rounds_whatever_happens(steps in any_steps()) {
        let mut story = Story::begin(registered(fault(), "2026-02-10 09:00"));
        let mut now = story.ticket.created_at;
        for (minutes, command, choice) in steps {
            now += TimeDelta::minutes(minutes);
            let _ = story.at(now, |draft| give(draft, &CATALOGUE, command, choice));
        }
        let calendar = RULES.working_calendar().expect("shipped");
        let told = of_all_rounds(&story.ticket, calendar, now).expect("known years");
        let rounds = story.ticket.course.rounds.iter().map(|round| (round.from, round.to.unwrap_or(now)));
        let (mut elapsed, mut working) = (TimeDelta::zero(), TimeDelta::zero());
        for (from, to) in rounds {
            elapsed += to - from;
            working += calendar.elapsed(from, to, &[]).expect("known years");
        }
        prop_assert_eq!(told.iter().map(|share| share.elapsed_seconds).sum::<i64>(), elapsed.num_seconds());
        prop_assert_eq!(told.iter().map(|share| share.working_seconds).sum::<i64>(), working.num_seconds());
        let waited = told.iter().filter(|share| !share.waiting_for.is_empty());
        let waited: i64 = waited.map(|share| share.elapsed_seconds).sum();
        let waits = story.ticket.waits.iter().map(|wait| (wait.to.unwrap_or(now) - wait.from).num_seconds());
        prop_assert_eq!(waited, waits.sum::<i64>());
        let mut whose: Vec<_> = told.iter().map(|one| (&one.team, &one.assignee, &one.waiting_for)).collect();
        whose.sort_unstable();
        prop_assert!(whose.windows(2).all(|pair| pair[0] != pair[1]), "each is named once");
    }
}
