//! The timeline alone gives every clock: what a replay computes is what the commands computed (T10).

use proptest::prelude::*;

use super::five_clocks::{CORRECTED, NAMING, USUAL};
use super::walk::{Step, any_steps, give};
use super::*;
use crate::domain::extension::Extension;
use crate::domain::lifecycle::is_open;
use crate::domain::sla::replay::{Replayed, replay};
use crate::domain::sla::standing::{self, Difference};

fn begun(rules: &Rules, key_account: bool) -> Story {
    Story::begin(registered_by(rules, Registration { key_account, ..fault() }, "2026-02-10 09:00"))
}

/// Runs commands one after the other; returns when the last was given.
fn go_on(story: &mut Story, rules: &Rules, from: DateTime<Utc>, steps: &[Step]) -> DateTime<Utc> {
    let mut now = from;
    for (minutes, command, choice) in steps {
        now += TimeDelta::minutes(*minutes);
        let _ = story.by(rules, now, |draft| give(draft, &NAMING, *command, *choice));
    }
    story.by(rules, now, |_| Ok(())).expect("nothing is refused");
    now
}

fn again(story: &Story, rules: &Rules, now: DateTime<Utc>) -> Replayed {
    replay(&story.ticket, &story.timeline(), rules, now).expect("known years")
}

fn repair(story: &mut Story, rules: &Rules, now: DateTime<Utc>) -> Vec<Difference> {
    let (history, mut differences) = (story.entries.clone(), Vec::new());
    let repaired = story.by(rules, now, |draft| {
        differences = draft.repair(&history, Uuid::from_u128(77))?;
        Ok(())
    });
    repaired.expect("known years");
    differences
}

/// An extension tells what was due before it, which other rules put elsewhere.
fn without_former_times(mut ticket: Ticket) -> Ticket {
    for clock in [&mut ticket.resolution_clock, &mut ticket.course.total].into_iter().flatten() {
        let extensions = std::mem::take(&mut clock.extensions).into_iter();
        clock.extensions = extensions.map(|one| Extension { from: one.until, ..one }).collect();
    }
    ticket
}

/// When a clock would have warned that was stopped before is nothing that a repair looks at, nor what a ticket that was
/// given up would have come to.
fn without_spent_warnings(mut ticket: Ticket) -> Ticket {
    let given_up = !is_open(ticket.state);
    for which in Which::ALL {
        let Some(clock) = ticket.clock_mut(which) else { continue };
        match clock.met {
            Some(_) => clock.warn_at = clock.due_at,
            None if given_up && !clock.breached => {
                (clock.warn_at, clock.due_at, clock.warned) = (clock.started_at, clock.started_at, false);
            }
            None => {}
        }
    }
    ticket
}

/// What the history gives by the corrected rules; who was warned of the right time stays warned.
fn but_for_warnings_given(story: &Story, now: DateTime<Utc>) -> Ticket {
    let mut replayed = again(story, &CORRECTED, now).ticket;
    standing::keep_warnings(&story.ticket, &mut replayed);
    without_spent_warnings(replayed)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_replay_by_the_same_rules_gives_what_the_commands_gave(steps in any_steps(), gold in any::<bool>()) {
        let mut story = begun(&USUAL, gold);
        let now = go_on(&mut story, &USUAL, at("2026-02-10 09:00"), &steps);
        let replayed = again(&story, &USUAL, now);
        prop_assert_eq!(&replayed.ticket, &story.ticket);
        let stored = standing::of(&story.ticket, &story.entries);
        prop_assert_eq!(standing::of(&replayed.ticket, &replayed.entries), stored);
        let written = story.entries.len();
        prop_assert_eq!(repair(&mut story, &USUAL, now), Vec::new());
        prop_assert_eq!(story.entries.len(), written);
    }

    #[test]
    fn a_second_repair_changes_nothing_also_when_commands_came_between(
        steps in any_steps(), more in any_steps(), gold in any::<bool>(),
    ) {
        let mut story = begun(&USUAL, gold);
        let now = go_on(&mut story, &USUAL, at("2026-02-10 09:00"), &steps);
        repair(&mut story, &CORRECTED, now);
        prop_assert_eq!(repair(&mut story, &CORRECTED, now), Vec::new());
        prop_assert_eq!(but_for_warnings_given(&story, now), without_spent_warnings(story.ticket.clone()));
        let now = go_on(&mut story, &CORRECTED, now, &more);
        prop_assert_eq!(repair(&mut story, &CORRECTED, now), Vec::new());
        prop_assert_eq!(but_for_warnings_given(&story, now), without_spent_warnings(story.ticket.clone()));
    }

    #[test]
    fn a_replay_by_other_rules_gives_what_the_same_commands_would_have_given(
        steps in any_steps(), gold in any::<bool>(), there in any::<bool>(),
    ) {
        let (first, second): (&Rules, &Rules) = if there { (&USUAL, &CORRECTED) } else { (&CORRECTED, &USUAL) };
        let (mut was, mut other) = (begun(first, gold), begun(second, gold));
        let mut now = was.ticket.created_at;
        for (minutes, command, choice) in steps {
            now += TimeDelta::minutes(minutes);
            let (mut here, mut there) = (was.clone(), other.clone());
            let both = here.by(first, now, |draft| give(draft, &NAMING, command, choice)).is_ok()
                && there.by(second, now, |draft| give(draft, &NAMING, command, choice)).is_ok();
            if both {
                (was, other) = (here, there);
            }
        }
        was.by(first, now, |_| Ok(())).expect("nothing is refused");
        other.by(second, now, |_| Ok(())).expect("nothing is refused");
        let replayed = again(&was, second, now);
        let would_be = standing::of(&other.ticket, &other.entries);
        prop_assert_eq!(standing::of(&replayed.ticket, &replayed.entries), would_be);
        prop_assert_eq!(without_former_times(replayed.ticket), without_former_times(other.ticket));
    }

    #[test]
    fn no_promise_is_broken_twice_even_where_it_was_taken_back_in_between(steps in any_steps(), gold in any::<bool>()) {
        let mut story = begun(&USUAL, gold);
        go_on(&mut story, &USUAL, at("2026-02-10 09:00"), &steps);
        let broken = story.entries.iter().filter(|entry| entry.kind == Kind::SlaBreached);
        let mut broken: Vec<_> = broken.map(|entry| (&entry.details["clock"], &entry.details["instance"])).collect();
        broken.sort_unstable();
        prop_assert!(broken.windows(2).all(|pair| pair[0] != pair[1]), "{broken:?}");
    }
}
