//! The engine against a clock that looks at the wall every minute: any calendar, policies and run of commands (T9–T11).

use std::collections::BTreeMap;

use hotline_calendar::Span;
use proptest::prelude::*;

use super::walk::give;
use super::*;
use crate::domain::lifecycle::is_open;
use crate::domain::target::Target;

mod case;
mod wall;

use case::{Case, cases};
use wall::Wall;

/// What the timeline tells of clocks: since when each counts, and every wait with its reason.
#[derive(Default)]
struct Past {
    starts: BTreeMap<Which, DateTime<Utc>>,
    waits: Vec<(String, Span)>,
}

impl Past {
    /// Reads a timeline; a wait that lasts is told up to `now`.
    fn of(entries: &[Entry], now: DateTime<Utc>) -> Self {
        let mut past = Self::default();
        let mut waiting: Option<(String, DateTime<Utc>)> = None;
        for entry in entries {
            if entry.state != State::Waiting
                && let Some((reason, from)) = waiting.take()
            {
                past.waits.push((reason, Span::new(from, entry.at)));
            }
            match entry.kind {
                Kind::Waiting => waiting = Some((entry.details["reason"].clone(), entry.at)),
                Kind::Created => past.start(&[Which::Response, Which::Resolution, Which::Total], entry.at),
                Kind::Promised => past.start(&[Which::Answer], entry.at),
                Kind::Reopened => past.start(&[Which::Resolution, Which::Update], entry.at),
                Kind::Informed if past.starts.contains_key(&Which::Update) => {
                    past.start(&[Which::Update], entry.at);
                }
                Kind::Started if !past.starts.contains_key(&Which::Update) => {
                    past.start(&[Which::Update], entry.at);
                }
                Kind::Resolved => drop(past.starts.remove(&Which::Update)),
                _ => {}
            }
        }
        past.waits.extend(waiting.map(|(reason, from)| (reason, Span::new(from, now))));
        past
    }

    fn start(&mut self, clocks: &[Which], at: DateTime<Utc>) {
        self.starts.extend(clocks.iter().map(|which| (*which, at)));
    }

    /// Returns when a clock with this target stood still.
    fn pauses(&self, which: Which, target: &Target) -> Vec<Span> {
        let usual: &[&str] = match which {
            Which::Response | Which::Resolution | Which::Total => &["CUSTOMER", "THIRD_PARTY", "APPROVAL"],
            Which::Answer | Which::Update => &["CUSTOMER"],
        };
        let stops = |reason: &str| {
            target.pauses.as_ref().map_or(usual.contains(&reason), |reasons| reasons.contains(reason))
        };
        self.waits.iter().filter(|(reason, _)| stops(reason)).map(|(_, span)| *span).collect()
    }
}

/// Every clock that runs is due when the wall says, and warns when the wall says.
fn check_running(story: &Story, case: &Case, rules: &Rules, wall: &Wall, now: DateTime<Utc>) -> Checked {
    let (ticket, past) = (&story.ticket, Past::of(&story.entries, now));
    for which in Which::ALL {
        let clock = ticket.clock(which).filter(|clock| clock.met.is_none());
        let promised = case.promised(ticket, which);
        let begun = match which {
            Which::Answer => clock.is_some(),
            Which::Response => ticket.responded_at.is_none(),
            _ => past.starts.contains_key(&which),
        };
        let Some(clock) = clock else {
            prop_assert!(promised.is_none() || !begun, "{which:?} is promised and does not run");
            continue;
        };
        prop_assert!(begun, "{which:?} runs though nothing began");
        if which != Which::Answer {
            prop_assert!(promised == Some(&clock.target) || (promised.is_none() && clock.breached));
        }
        let (start, pauses) = (past.starts[&which], past.pauses(which, &clock.target));
        prop_assert_eq!(clock.started_at, start, "{:?} starts elsewhere", which);
        let due = wall.due(&clock.target, start, &pauses);
        let told = ticket.due_as_of(which, now, &rules.calendars);
        prop_assert_eq!(told, Some(due), "{:?} {:?} from {} with {:?}", which, clock.target, start, pauses);
        if ticket.stands_still(which) {
            continue;
        }
        prop_assert!(clock.breached || due > now, "{which:?} ran out unnoticed");
        if !clock.warned && !clock.breached {
            let warn = wall.warn(&clock.target, start, &pauses, 75);
            prop_assert_eq!(clock.warn_at, warn, "{:?} warns elsewhere", which);
            prop_assert!(warn > now, "{which:?} was to warn");
        }
    }
    Ok(())
}

/// Every clock that a command stopped was met where the wall says that it was not due before, and had not run out.
fn check_stopped(before: &Story, after: &Story, wall: &Wall, now: DateTime<Utc>) -> Checked {
    let (then, past) = (Past::of(&before.entries, now), Past::of(&after.entries, now));
    let told = &after.entries[before.entries.len()..];
    for entry in told.iter().filter(|entry| matches!(entry.kind, Kind::SlaMet | Kind::SlaMissed)) {
        let which = Which::named(&entry.details["clock"]).expect("a clock");
        let target = &before.ticket.clock(which).expect("it ran").target;
        let due = wall.due(target, then.starts[&which], &past.pauses(which, target));
        let told: DateTime<Utc> = entry.details[which.due_name()].parse().expect("a time");
        prop_assert_eq!(told, due, "{:?} was due elsewhere", which);
        let ran_out = |other: &Entry| {
            other.kind == Kind::SlaBreached
                && ["clock", "instance"].iter().all(|name| other.details[*name] == entry.details[*name])
        };
        // The total is one promise over all rounds: what ran out in an earlier one stays so.
        let ran_out = after.entries.iter().any(ran_out)
            || (which == Which::Total && !after.told_at(which, Kind::SlaBreached).is_empty());
        prop_assert_eq!(entry.kind == Kind::SlaMet, now < due && !ran_out, "{:?}", which);
        prop_assert_eq!(entry.at, now);
    }
    Ok(())
}

type Checked = Result<(), TestCaseError>;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_clock_equals_one_that_looks_at_the_wall_every_minute(case in cases()) {
        let (rules, wall) = (case.rules(), Wall::of(&case));
        let draft = register(fault(), &CATALOGUE, &rules, Uuid::from_u128(7), case.start, who("agent"));
        let mut story = Story::begin(draft.expect("registers"));
        let mut now = case.start;
        for (minutes, command, choice) in &case.steps {
            now += TimeDelta::minutes(*minutes);
            let before = story.clone();
            let _ = story.by(&rules, now, |draft| give(draft, &CATALOGUE, *command, *choice));
            story.by(&rules, now, |_| Ok(())).expect("nothing is refused");
            check_stopped(&before, &story, &wall, now)?;
            if is_open(story.ticket.state) {
                check_running(&story, &case, &rules, &wall, now)?;
            }
        }
    }
}
