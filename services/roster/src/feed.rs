//! A schedule for calendar programs (RFC 5545).

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike};

use crate::{Shift, Source};

/// Returns the shifts as an iCalendar file with a name, written at `now`. An event keeps its UID as long as its shift keeps
/// roster, date and begin, so that a program that subscribes follows changes. Times are in UTC.
#[must_use]
pub fn feed(name: &str, shifts: &[Shift], now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::new();
    calendar.name(name);
    for shift in shifts {
        let from = shift.span.from;
        let event = Event::new()
            .uid(&format!("{}-{}@hotline", shift.roster, from.format("%Y%m%dT%H%M%SZ")))
            .timestamp(now)
            .starts(from)
            .ends(shift.span.to)
            .summary(&format!("值班 {}", shift.person))
            .description(&format!("{} · {}", shift.team, why(&shift.source)))
            .done();
        calendar.push(event);
    }
    calendar.to_string()
}

fn why(source: &Source) -> String {
    match source {
        Source::Rotation => "轮值".into(),
        Source::Holiday(name) => name.clone(),
        Source::Override(_) => "调班".into(),
        Source::Leave(_) => "替班".into(),
        Source::Swap(_) => "换班".into(),
    }
}
