use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::dispatch::v1::{DutyLogState as State, DutyStage as Stage};

use super::{Facts, Move, Refusal, Times, happened, verbs};

/// Everywhere a log can stand.
const STATES: [State; 9] = [
    State::Open,
    State::Registered,
    State::RemoteAgreed,
    State::Emergency,
    State::Coordinated,
    State::EngineerCalled,
    State::Solved,
    State::Told,
    State::Closed,
];

/// Every move, in the order of the table's columns.
const MOVES: [Move; 13] = [
    Move::Solve,
    Move::Register,
    Move::AgreeRemote,
    Move::FailRemote,
    Move::StartEmergency,
    Move::ReachCoordinator,
    Move::MissCoordinator,
    Move::CallEngineer,
    Move::MissEngineer,
    Move::TellResult,
    Move::Note,
    Move::PutFirst,
    Move::Close,
];

/// By state and move: where it leads, by the place of the state in [`STATES`]; `-` where it can't be done.
const TABLE: [&str; 9] = [
    // S R A F E C m L l T N P X
    "  6 1 2 - 3 - - - - - 0 - 8", // open
    "  6 1 2 - 3 - - - - - 1 8 -", // registered
    "  6 1 2 0 3 - - - - - 2 - -", // remote session agreed
    "  6 - - - - 4 3 5 3 7 3 - -", // emergency
    "  6 - - - - 4 4 5 4 7 4 - -", // coordinated
    "  6 - - - - 5 5 5 5 7 5 - -", // engineer called
    "  - - - - - - - - - 7 6 - 8", // solved
    "  6 1 - - - - - - - - 7 - 8", // told
    "  - - - - - - - - - - - - -", // closed
];

fn at(state: State) -> Facts {
    Facts { state, stopped: true, emergency: false, tried: true, solved: false }
}

#[test]
fn every_move_from_every_state_leads_where_the_table_says() {
    for (state, row) in STATES.into_iter().zip(TABLE) {
        for (step, cell) in MOVES.into_iter().zip(row.split_whitespace()) {
            let expected = cell.parse::<usize>().ok().map(|place| STATES[place]);
            let led = at(state).after(step);
            assert_eq!(led.as_ref().ok().copied(), expected, "{state:?} {step:?}");
            if expected.is_none() {
                assert_eq!(led, Err(Refusal::State(state)), "{step:?}");
            }
        }
    }
    assert_eq!(verbs(State::Closed), "-");
    assert_eq!(verbs(State::Solved), "tellResult, note, close");
}

#[test]
fn an_emergency_is_for_where_production_stands_still() {
    let runs = Facts { stopped: false, ..at(State::Open) };
    assert_eq!(runs.after(Move::StartEmergency), Err(Refusal::NotStopped));
    let solved = Facts { stopped: true, ..at(State::Solved) };
    assert_eq!(solved.after(Move::StartEmergency), Err(Refusal::State(State::Solved)));
}

#[test]
fn the_coordinator_comes_before_the_engineer_also_where_nobody_answers() {
    let begun = Facts { tried: false, ..at(State::Emergency) };
    assert_eq!(begun.after(Move::CallEngineer), Err(Refusal::CoordinatorFirst));
    assert_eq!(begun.after(Move::MissCoordinator), Ok(State::Emergency));
    assert_eq!(Facts { tried: true, ..begun }.after(Move::CallEngineer), Ok(State::EngineerCalled));
}

#[test]
fn an_emergency_is_closed_once_the_customer_knows_the_result() {
    let solved = Facts { emergency: true, solved: true, ..at(State::Solved) };
    assert_eq!(solved.after(Move::Close), Err(Refusal::TellFirst));
    assert!(solved.is_open() && !Facts { emergency: false, ..solved }.is_open());
    let told = Facts { state: State::Told, ..solved };
    assert_eq!(told.after(Move::Close), Ok(State::Closed));
    assert!(!told.is_open() && Facts { solved: false, ..told }.is_open());
}

#[test]
fn each_stage_has_its_time() {
    let minutes = TimeDelta::minutes;
    let times = Times {
        answer: minutes(1),
        remote: minutes(2),
        coordinator: minutes(3),
        engineer: minutes(4),
        solve: minutes(5),
        tell: minutes(6),
    };
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let due = |facts: Facts| times.due(&facts, now, Some(now + minutes(60)));
    for (state, expected) in [
        (State::Open, Some((Stage::Answer, 1))),
        (State::Registered, None),
        (State::RemoteAgreed, Some((Stage::Remote, 62))),
        (State::Emergency, Some((Stage::Coordinator, 3))),
        (State::Coordinated, Some((Stage::Engineer, 4))),
        (State::EngineerCalled, Some((Stage::Solve, 5))),
        (State::Solved, None),
        (State::Told, None),
        (State::Closed, None),
    ] {
        assert_eq!(due(at(state)), expected.map(|(stage, after)| (stage, now + minutes(after))), "{state:?}");
    }
    let emergency = Facts { emergency: true, ..at(State::Solved) };
    assert_eq!(due(emergency), Some((Stage::Tell, now + minutes(6))));
}

#[test]
fn what_is_told_of_happened_between_the_call_and_now() {
    let (received, now) = (DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(1));
    assert_eq!(happened(None, received, now).expect("now"), now);
    assert_eq!(happened(Some(received), received, now).expect("then"), received);
    for wrong in [received - TimeDelta::seconds(1), now + TimeDelta::seconds(1)] {
        let refused = happened(Some(wrong), received, now).expect_err("refused").to_string();
        assert!(refused.starts_with("`at`"), "{refused}");
    }
}

#[test]
fn refusals_say_what_to_do_in_both_languages() {
    let all = [
        Refusal::State(State::Closed),
        Refusal::NotStopped,
        Refusal::CoordinatorFirst,
        Refusal::TellFirst,
        Refusal::NoPlan("东区".into()),
        Refusal::PlanExists(String::new()),
        Refusal::NobodyLocal("on-site".into()),
        Refusal::NoRelief("first-line".into()),
        Refusal::Acknowledged { by: "ann".into(), at: DateTime::UNIX_EPOCH },
    ];
    let reasons: std::collections::BTreeSet<_> = all.iter().map(Refusal::reason).collect();
    assert_eq!(reasons.len(), all.len());
    for refusal in all {
        let (en, zh) = (refusal.to_string(), refusal.zh());
        assert!(en.is_ascii() || en.contains("东区"), "{en}");
        assert!(!zh.is_ascii() && !zh.is_empty(), "{zh}");
    }
}
