//! Any run of commands: no forbidden state, and the timeline alone tells how the ticket stands.

use hotline_calendar::Span;
use hotline_proto::tickets::v1::PromiseTier;
use proptest::prelude::*;

use super::*;
use crate::domain::comment::{Comment, Visibility};
use crate::domain::editing::Edit;
use crate::domain::extension::Extension;
use crate::domain::judging::Statement;
use crate::domain::lifecycle::{is_open, legal, next};
use crate::domain::linking::{Cascade, Link};
use crate::domain::matters::{Party, PartyKind, Verdict};
use crate::domain::solving::Outcome;

/// One command and how long after the one before it comes, in minutes.
pub(super) type Step = (i64, u8, u8);

const REASONS: [&str; 3] = ["CUSTOMER", "THIRD_PARTY", "APPROVAL"];

const CATEGORIES: [&str; 5] =
    ["repair.private", "repair.public", "housekeeping.glass", "complaint.service", "consult.property"];

fn run(story: &mut Story, now: DateTime<Utc>, command: u8, choice: u8) -> Result<(), Error> {
    story.at(now, |draft| give(draft, &CATALOGUE, command, choice))
}

/// Gives one of the commands.
pub(super) fn give(
    draft: &mut Draft<'_>,
    catalogue: &Catalogue,
    command: u8,
    choice: u8,
) -> Result<(), Error> {
    let now = draft.at;
    let lease = assignment(u128::from(choice % 4) + 1, i64::from(choice / 4 % 3));
    let levels = [Level::High, Level::Medium, Level::Low];
    let (urgency, impact) = (levels[usize::from(choice % 3)], levels[usize::from(choice / 3 % 3)]);
    let until = (choice.is_multiple_of(2)).then(|| now + TimeDelta::minutes(i64::from(choice) * 7 + 1));
    let outcome = [Outcome::Satisfied, Outcome::Unsatisfied, Outcome::Unreachable][usize::from(choice % 3)];
    let team = if choice.is_multiple_of(2) { "a" } else { "b" };
    let callback = Uuid::from_u128(u128::from(choice));
    match command {
        0 => draft.assign(team, lease),
        1 => draft.hand_over(team, ""),
        2 => draft.start("engineer", "a", assignment(10 + u128::from(choice), 0)),
        3 => draft.start("specialist", team, assignment(10 + u128::from(choice), 1)),
        4 => draft.release(team, lease, ""),
        5 => draft.returned(team, assignment(10 + u128::from(choice), 1), ""),
        6 | 7 => draft.wait(REASONS[usize::from(choice % 3)], until, ""),
        8 => draft.resume(""),
        9 => draft.resolve("x", Vec::new()),
        10 => draft.complete("engineer", assignment(10 + u128::from(choice), 0), "x", Vec::new()),
        11 => draft.verify(""),
        12 => draft.close(""),
        13 => draft.reopen("x"),
        14 => draft.cancel("x"),
        15 => draft.reprioritize(urgency, impact, "x"),
        16 => draft.settle(outcome, "x", callback),
        17 => draft.extend(now + TimeDelta::hours(i64::from(choice)), "x", None),
        18 => draft.inform("x", Channel::Phone),
        19 => draft.promise_answer(PromiseTier::try_from(i32::from(choice % 7)).unwrap_or_default()),
        20 => move_to(draft, catalogue, CATEGORIES[usize::from(choice % 5)]),
        21.. => matter(draft, command, choice),
    }
}

/// Gives one of the commands about what a kind of trouble asks for besides.
fn matter(draft: &mut Draft<'_>, command: u8, choice: u8) -> Result<(), Error> {
    let odd = !choice.is_multiple_of(2);
    let article = Uuid::from_u128(u128::from(choice % 2) + 900);
    let others = Ticket { id: Uuid::from_u128(4711), ..draft.ticket.clone() };
    let party = Party {
        kind: if odd { PartyKind::Agent } else { PartyKind::Other },
        name: if choice.is_multiple_of(5) { "agent".to_owned() } else { "agent2".to_owned() },
    };
    let comment = Comment {
        id: Uuid::from_u128(u128::from(choice)),
        ticket_id: draft.ticket.id,
        via_id: None,
        author: "agent".to_owned(),
        visibility: Visibility::Internal,
        customer_channel: odd.then_some(Channel::Chat),
        text: "还是不行".to_owned(),
        created_at: draft.at,
    };
    match command {
        21 => draft.judge_valid("x"),
        22 => draft.explain(&Statement { article, text: "统一答复".to_owned() }, ""),
        23 => draft.guide(if odd { "市政热线 12345" } else { " " }, ""),
        24 => draft.analyse(article, ""),
        25 => draft.statement_approved(article),
        26 => draft.investigate(party, ""),
        27 => draft.conclude(Verdict::Upheld, "x", "y"),
        28 => draft.feed_back("x", Channel::Phone, odd.then_some(true)),
        29 | 30 => draft.merge_into(&others, ["lead".to_owned()].into(), "x"),
        31 | 32 => draft.unmerge("x").map(drop),
        33 => draft.comment(&comment, choice.is_multiple_of(3)),
        34 => draft.close_by_hand(""),
        35 => draft.reopen_in_time("x"),
        36 => draft.tag(&["a".to_owned()], &["b".to_owned()]),
        37 if odd => draft.watch("lead"),
        37 => draft.unwatch("lead"),
        38 => draft.absorb(&others).map(drop),
        39 => draft.follow(&others, if odd { Cascade::Resolve } else { Cascade::Close }),
        40 if odd => draft.link(Link::Child, &others, ""),
        40 => draft.unlink(Link::Child, &others, ""),
        _ => Ok(()),
    }
}

/// Corrects the category, with fields that satisfy the form of each.
fn move_to(draft: &mut Draft<'_>, catalogue: &Catalogue, code: &str) -> Result<(), Error> {
    let ticket = &draft.ticket;
    let named = ["room", "question", "complainedOf"].map(|name| (name.to_owned(), "1".to_owned()));
    let edit = Edit {
        earlier: None,
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        category_code: code.to_owned(),
        fields: named.into(),
        project: "曲江一期".into(),
    };
    draft.update(edit, catalogue)
}

/// Returns the first move among entries, in the order in which they were written, that no single row of the table allows.
/// What a clock tells later of what came due before is no move.
fn forbidden(from: State, entries: &[Entry]) -> Option<(State, &'static str)> {
    let mut state = from;
    for entry in entries.iter().filter(|entry| !entry.kind.name().starts_with("SLA_")) {
        let is_legal = legal(state).any(|event| next(state, event) == Some(entry.state));
        if entry.state != state && !is_legal {
            return Some((state, entry.kind.name()));
        }
        state = entry.state;
    }
    None
}

/// What the timeline alone tells.
struct Replayed {
    state: State,
    pauses: Vec<Span>,
    round: DateTime<Utc>,
    extension: Option<Extension>,
}

fn replay(entries: &[Entry]) -> Replayed {
    let mut told =
        Replayed { state: State::Unspecified, pauses: Vec::new(), round: entries[0].at, extension: None };
    let mut waiting = None;
    for entry in entries {
        if entry.state != State::Waiting
            && let Some(from) = waiting.take()
        {
            told.pauses.push(Span::new(from, entry.at));
        }
        match entry.kind {
            Kind::Waiting => waiting = Some(entry.at),
            Kind::Reopened => (told.round, told.extension) = (entry.at, None),
            Kind::Extended => {
                let time = |name: &str| entry.details[name].parse().expect("a time");
                let (from, until) = (time("fromResolutionDueAt"), time("resolutionDueAt"));
                told.extension = Some(Extension { at: entry.at, from, until, consent: None });
            }
            _ => {}
        }
        told.state = entry.state;
    }
    told
}

fn check(story: &Story, now: DateTime<Utc>) -> Result<(), TestCaseError> {
    let told = replay(&story.entries);
    let ticket = &story.ticket;
    prop_assert_eq!(told.state, ticket.state);
    let closed: Vec<Span> =
        ticket.waits.iter().filter_map(|wait| Some(Span::new(wait.from, wait.to?))).collect();
    prop_assert_eq!(&told.pauses, &closed);
    prop_assert_eq!(ticket.waits.iter().any(|wait| wait.to.is_none()), ticket.state == State::Waiting);
    if ticket.state != State::Waiting {
        let clock = ticket.clock(Which::Resolution).expect("a target applies");
        let due = |pauses: &[Span]| {
            let due = clock.target.due(&RULES.calendars, told.round, pauses, told.extension.as_ref());
            due.expect("known years")
        };
        prop_assert_eq!(due(&told.pauses), clock.due_at, "the timeline tells another due time");
        prop_assert!(due(&[]) <= clock.due_at, "pauses made the deadline earlier");
    }
    for which in [Which::Response, Which::Resolution] {
        let clock = ticket.clock(which).expect("a target applies");
        let runs =
            matches!(ticket.state, State::New | State::Assigned | State::InProgress) && clock.met.is_none();
        prop_assert!(!runs || clock.breached || clock.due_at > now, "a clock ran out unnoticed");
        prop_assert!(clock.met != Some(true) || !clock.breached);
    }
    Ok(())
}

pub(super) fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0i64..2000, 0u8..42, any::<u8>()), 1..40)
}

#[test]
fn a_move_that_the_table_forbids_is_seen_wherever_it_stands() {
    let mut story = Story::begin(registered(fault(), "2026-02-10 09:00"));
    story.then("2026-02-10 09:10", |draft| draft.resolve("x", Vec::new()));
    story.then("2026-02-10 09:20", |draft| draft.close(""));
    story.then("2026-02-10 09:30", |draft| draft.reopen("x"));
    assert_eq!(forbidden(State::New, &story.entries), None);
    assert_eq!(forbidden(State::Assigned, &story.entries), Some((State::Assigned, "CREATED")));
    let without =
        |kind: Kind| story.entries.iter().filter(|entry| entry.kind != kind).cloned().collect::<Vec<_>>();
    assert_eq!(forbidden(State::New, &without(Kind::Resolved)), Some((State::New, "CLOSED")));
    assert_eq!(forbidden(State::New, &without(Kind::Closed)), None, "what is resolved can be opened again");
    let mut elsewhere = story.entries.clone();
    let reopened =
        elsewhere.iter_mut().find(|entry| entry.kind == Kind::Reopened).expect("it was opened again");
    reopened.state = State::InProgress;
    assert_eq!(forbidden(State::New, &elsewhere), Some((State::Closed, "REOPENED")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_run_of_commands_is_told_by_its_timeline(steps in any_steps()) {
        let mut story = Story::begin(registered(fault(), "2026-02-10 09:00"));
        let mut now = story.ticket.created_at;
        for (minutes, command, choice) in steps {
            now += TimeDelta::minutes(minutes);
            let (before, written) = (story.ticket.state, story.entries.len());
            let outcome = run(&mut story, now, command, choice);
            let after = story.ticket.state;
            if let Err(error) = outcome {
                let expected = matches!(
                    error,
                    Error::State { .. } | Error::LeaseLost { .. } | Error::Core(_) | Error::Fields(_) | Error::Refused(_)
                );
                prop_assert!(expected, "{error}");
                prop_assert_eq!(after, before);
                continue;
            }
            prop_assert_eq!(forbidden(before, &story.entries[written..]), None, "after {:?}", before);
            prop_assert_eq!(story.ticket.survivor_id.is_some(), story.ticket.matters.merge.is_some());
            prop_assert!(story.ticket.survivor_id.is_none() || after == State::Cancelled);
            check(&story, now)?;
        }
    }

    #[test]
    fn computing_due_times_again_changes_nothing(steps in any_steps()) {
        let mut story = Story::begin(registered(fault(), "2026-02-10 09:00"));
        let mut now = story.ticket.created_at;
        for (minutes, command, choice) in steps {
            now += TimeDelta::minutes(minutes);
            let _ = run(&mut story, now, command, choice);
        }
        story.at(now, |_| Ok(())).expect("nothing is refused");
        let mut draft = Draft::new(story.ticket.clone(), &RULES, now, who("agent"));
        if is_open(story.ticket.state) && story.ticket.state != State::Waiting {
            draft.recompute().expect("known years");
            prop_assert_eq!(&draft.ticket, &story.ticket);
            draft.promise(false).expect("known years");
            prop_assert_eq!(&draft.ticket, &story.ticket);
            prop_assert!(draft.entries.is_empty());
        }
    }

    #[test]
    fn a_clock_tells_each_of_its_alarms_once_in_a_round(steps in any_steps()) {
        let mut story = Story::begin(registered(fault(), "2026-02-10 09:00"));
        let mut now = story.ticket.created_at;
        for (minutes, command, choice) in steps {
            now += TimeDelta::minutes(minutes);
            let _ = run(&mut story, now, command, choice);
        }
        for round in story.entries.split(|entry| entry.kind == Kind::Reopened) {
            for which in [Which::Response, Which::Resolution] {
                for kind in [Kind::SlaWarned, Kind::SlaBreached] {
                    let told = round.iter().filter(|entry| entry.kind == kind && entry.details["clock"] == which.name());
                    prop_assert!(told.count() <= 1);
                }
            }
        }
    }
}
