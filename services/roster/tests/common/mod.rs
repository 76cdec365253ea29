//! A small world: people, teams and their books.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendars, DayHours};
use hotline_roster::{Book, Hours, Leave, LeaveState, Override, Roster, Shift, Staff, Swap, Wall};
use uuid::Uuid;

/// The team of most tests.
pub const DESK: &str = "desk";
/// Another team, of which everybody is too.
pub const FIELD: &str = "field";
/// Everybody, of both teams and long in service.
pub const PEOPLE: [&str; 5] = ["ann", "bob", "cyd", "dan", "eve"];

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A stretch of wall time in Shanghai, as in `2026-03-07T09:00`.
pub fn wall(from: &str, to: &str) -> Wall {
    let read = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").expect("a wall time");
    Wall { from: read(from), to: read(to), zone: Tz::Asia__Shanghai }
}

/// Returns the same hours on every kind of day.
pub fn daily(hours: &[&str]) -> Hours {
    let intervals = hours.iter().map(|hours| hours.parse().expect("an interval")).collect();
    let hours = DayHours::new(intervals).expect("no overlap");
    Hours { working: hours.clone(), weekend: hours.clone(), holiday: hours }
}

/// A book with everybody and no roster.
pub fn book() -> Book {
    let mut staff = Staff::default();
    for team in [DESK, FIELD] {
        PEOPLE.iter().for_each(|person| staff.add(team, person, date("2020-01-01")));
    }
    Book::new(Calendars::shipped().expect("shipped data is valid"), staff)
}

/// A roster of four weeks from Monday, 2 March 2026, in Shanghai.
pub fn march(number: u128, team: &str, turns: &[&str]) -> Roster {
    Roster {
        id: id(number),
        team: team.into(),
        first: date("2026-03-02"),
        last: date("2026-03-29"),
        zone: Tz::Asia__Shanghai,
        calendar: "duty".into(),
        hours: Hours::default(),
        turns: turns.iter().map(|person| (*person).into()).collect(),
        holidays: BTreeMap::new(),
    }
}

pub fn swap(number: u128, team: &str, wall: Wall, requester: &str) -> Swap {
    Swap {
        id: id(number),
        team: team.into(),
        wall,
        starts_at: wall.starts_at().expect("not empty"),
        requester: requester.into(),
        taken: None,
        deleted: false,
    }
}

pub fn leave(number: u128, team: &str, wall: Wall, person: &str) -> Leave {
    Leave {
        id: id(number),
        team: team.into(),
        person: person.into(),
        wall,
        cover: String::new(),
        state: LeaveState::Requested,
        order: 0,
    }
}

pub fn put(number: u128, team: &str, wall: Wall, person: &str, order: i64) -> Override {
    Override { id: id(number), team: team.into(), wall, person: person.into(), order }
}

/// Returns who is on duty for a team at an instant.
pub fn on_duty(book: &Book, team: &str, at: DateTime<Utc>) -> Option<Shift> {
    let day = chrono::TimeDelta::days(1);
    let span = hotline_calendar::Span::new(at - day, at + day);
    let shifts = book.shifts(team, span).expect("known years");
    hotline_roster::on_duty(&shifts, at).current.cloned()
}
