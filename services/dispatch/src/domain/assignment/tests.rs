//! What a holder may do, for how long, and what is left of it afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use uuid::Uuid;

use super::{Assignment, Brief, Place, Route};
use crate::domain::state::{Move, State};
use crate::error::Error;

/// An assignment that waits in `team_key`'s queue.
pub(crate) fn waiting(id: u128, team_key: &str) -> Assignment {
    let ticket = Brief {
        id: Uuid::from_u128(1_000 + id),
        number: "2603020000018".into(),
        kind: TicketType::Fault,
        category_code: "repair.private".into(),
        subject: "宽带无法上网".into(),
        description: String::new(),
        priority: Priority::High,
        project: String::new(),
        room: String::new(),
        region: String::new(),
        key_account: false,
        channel: Channel::Phone,
        created_at: at(0),
        resolution_due_at: None,
    };
    let route = Route { rule: "默认".into(), ..Route::by_person(team_key) };
    let place = Place { due_at: at(3_600), order: 42 };
    Assignment::queued(Uuid::from_u128(id), ticket, route, place, at(0))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

fn lost(result: Result<(), Error>) -> bool {
    matches!(result, Err(Error::LeaseLost))
}

#[test]
fn only_the_holder_with_the_token_acts_and_only_while_the_lease_runs() {
    let mut work = waiting(1, "a");
    let token = work.lease("engineer", [7; 16], at(60)).unwrap();
    let text = token.text();
    assert!(work.check("engineer", &text, Move::Accept, at(59)).is_ok());
    assert!(lost(work.check("engineer", &text, Move::Accept, at(60))));
    assert!(lost(work.check("engineer2", &text, Move::Accept, at(1))));
    assert!(lost(work.check("engineer", "forged", Move::Accept, at(1))));
    let mut guess = token;
    guess.secret[0] ^= 1;
    assert!(lost(work.check("engineer", &guess.text(), Move::Accept, at(1))));
}

#[test]
fn a_later_lease_makes_the_earlier_token_stale_for_the_same_member_too() {
    let mut work = waiting(1, "a");
    let stale = work.lease("engineer", [7; 16], at(60)).unwrap().text();
    work.put_back(Move::Expire).unwrap();
    assert!(lost(work.check("engineer", &stale, Move::Accept, at(61))));
    let fresh = work.lease("engineer", [8; 16], at(120)).unwrap();
    assert_eq!((fresh.epoch, work.attempts), (2, 2));
    assert!(lost(work.check("engineer", &stale, Move::Accept, at(61))));
    assert!(work.check("engineer", &fresh.text(), Move::Accept, at(61)).is_ok());
}

#[test]
fn a_heartbeat_counts_from_now_and_never_adds() {
    let mut work = waiting(1, "a");
    let token = work.lease("engineer", [7; 16], at(30)).unwrap().text();
    work.heartbeat(at(50)).unwrap();
    assert_eq!(work.lease_expires_at, Some(at(50)));
    assert!(work.check("engineer", &token, Move::Heartbeat, at(49)).is_ok());
    assert!(lost(work.check("engineer", &token, Move::Heartbeat, at(50))));
}

#[test]
fn accepted_work_has_no_lease_to_lose_and_its_token_is_good_until_the_end() {
    let mut work = waiting(1, "a");
    let token = work.lease("engineer", [7; 16], at(30)).unwrap().text();
    work.accept(at(10)).unwrap();
    work.heartbeat(at(40)).unwrap();
    assert_eq!(work.lease_expires_at, None);
    assert!(work.check("engineer", &token, Move::Complete, at(86_400)).is_ok());
    work.end(Move::Complete, at(86_400)).unwrap();
    assert_eq!((work.state, work.holder.as_str()), (State::Completed, "engineer"));
    assert!(lost(work.check("engineer", &token, Move::Complete, at(86_401))));
}

#[test]
fn what_the_holder_cannot_do_now_is_told_with_the_state() {
    let mut work = waiting(1, "a");
    let token = work.lease("engineer", [7; 16], at(30)).unwrap().text();
    let error = work.check("engineer", &token, Move::Complete, at(1)).unwrap_err();
    assert_eq!(error.to_string(), "the assignment is leased: it can heartbeat, accept, decline, transfer");
}

#[test]
fn returned_work_keeps_its_place_and_counts_the_return() {
    let mut work = waiting(1, "a");
    let before = work.clone();
    work.lease("engineer", [7; 16], at(30)).unwrap();
    work.accept(at(10)).unwrap();
    work.put_back(Move::Return).unwrap();
    let expected = Assignment { epoch: 1, attempts: 1, returns: 1, ..before };
    assert_eq!(work, expected);
}

#[test]
fn the_next_team_gets_it_with_its_due_time_and_place() {
    let mut work = waiting(1, "a");
    work.lease("engineer", [7; 16], at(30)).unwrap();
    let next = work.handed_to(Uuid::from_u128(2), "b", at(20));
    work.end(Move::Transfer, at(20)).unwrap();
    assert_eq!((next.team_key.as_str(), next.order, next.due_at), ("b", 42, at(3_600)));
    assert_eq!((next.state, next.epoch, next.holder.as_str()), (State::Queued, 0, ""));
    assert_eq!((work.state, work.ended_at), (State::Transferred, Some(at(20))));
}
