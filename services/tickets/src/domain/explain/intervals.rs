//! The intervals of a clock: as long as one reason lasts, nights and weekends in one piece.

use chrono::{DateTime, Utc};
use hotline_calendar::{Explained, Reason, Span};

use crate::domain::ticket::Wait;

/// A stretch of time with one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    /// From when to when.
    pub(crate) span: Span,
    /// Why it counts or does not.
    pub(crate) reason: Reason,
    /// For whom or what the ticket waited, where it is paused; else empty.
    pub(crate) waiting_for: String,
    /// It lies after the time of the explanation.
    pub(crate) ahead: bool,
}

impl Interval {
    /// Tells whether it is working time that counts.
    pub(crate) fn counted(&self) -> bool {
        self.reason.counts()
    }

    /// Tells whether it is working time in which the ticket waited.
    pub(crate) fn is_paused(&self) -> bool {
        self.reason == Reason::Paused
    }
}

/// Returns the lines of a calendar as intervals, those of several dates in one where the reason is one; cut at `now`.
/// `waits` are those for which the clock stands still, oldest first.
pub(super) fn of(lines: Vec<Explained>, waits: &[&Wait], now: DateTime<Utc>) -> Vec<Interval> {
    let mut intervals = Vec::new();
    for Explained { from, to, reason, .. } in lines {
        let line = Span::new(from, to);
        if reason == Reason::Paused {
            for (span, waiting_for) in by_wait(line, waits, now) {
                add(&mut intervals, span, &reason, waiting_for, now);
            }
        } else {
            add(&mut intervals, line, &reason, "", now);
        }
    }
    intervals
}

/// Cuts paused time where one wait ends and another begins.
fn by_wait<'a>(line: Span, waits: &[&'a Wait], now: DateTime<Utc>) -> Vec<(Span, &'a str)> {
    let mut pieces = Vec::new();
    let mut cursor = line.from;
    while cursor < line.to {
        let end_of = |wait: &Wait| wait.to.unwrap_or(now);
        let begun = &waits[..waits.partition_point(|wait| wait.from <= cursor)];
        let wait = begun.iter().rev().find(|wait| cursor < end_of(wait));
        let end = wait.map_or(line.to, |wait| end_of(wait).min(line.to));
        pieces.push((Span::new(cursor, end), wait.map_or("", |wait| wait.reason.as_str())));
        cursor = end;
    }
    pieces
}

fn add(intervals: &mut Vec<Interval>, span: Span, reason: &Reason, waiting_for: &str, now: DateTime<Utc>) {
    let (before, after) = (Span::new(span.from, span.to.min(now)), Span::new(span.from.max(now), span.to));
    for (span, ahead) in [(before, false), (after, true)] {
        if span.is_empty() {
            continue;
        }
        let same = |last: &&mut Interval| {
            last.reason == *reason && last.waiting_for == waiting_for && last.ahead == ahead
        };
        match intervals.last_mut().filter(same) {
            Some(last) => last.span.to = span.to,
            None => intervals.push(Interval {
                span,
                reason: reason.clone(),
                waiting_for: waiting_for.to_owned(),
                ahead,
            }),
        }
    }
}
