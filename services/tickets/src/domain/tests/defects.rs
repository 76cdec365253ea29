//! What goes wrong in other systems, and what their users complain of: it must not here. Those of updates, of the night
//! and of repairs are in files of their own, those of calendars alone in the crate of calendars.

use super::five_clocks::rules;
use super::*;

mod measured;
mod pauses;
mod rounds;
mod years;

/// Rules with these policies over the shipped calendars.
fn by(policies: &str) -> Rules {
    rules(policies, Vec::new())
}

fn begun(rules: &Rules, time: &str) -> Story {
    Story::begin(registered_by(rules, fault(), time))
}

/// Runs one command, which must not be refused.
fn then(
    story: &mut Story,
    rules: &Rules,
    time: &str,
    decide: impl FnOnce(&mut Draft<'_>) -> Result<(), Error>,
) {
    story.by(rules, at(time), decide).expect("is legal");
}

/// Starts work and waits between two times.
fn wait(story: &mut Story, rules: &Rules, reason: &str, from: &str, to: &str) {
    if story.ticket.state != State::InProgress {
        then(story, rules, from, |draft| draft.start("engineer", "t", assignment(10, 0)));
    }
    then(story, rules, from, |draft| draft.wait(reason, None, ""));
    then(story, rules, to, |draft| draft.resume(""));
}

/// Returns how the clock was stopped, the last time it was.
fn stopped(story: &Story, which: Which) -> Option<(bool, i64, i64)> {
    story.told.iter().rev().find_map(|what| match what {
        What::Fulfilled(stopped) if stopped.which == which => {
            Some((stopped.met, stopped.elapsed_seconds, stopped.working_seconds))
        }
        _ => None,
    })
}
