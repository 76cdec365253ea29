//! A stretch of wall time.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;
use hotline_calendar::{DayHours, Interval, Span, openings_on};

use crate::Refusal;

/// A half-open stretch of wall time in a zone, to the minute: `from` belongs to it, `to` does not. It holds the instants at
/// which a clock on the wall shows a time within it: one that is skipped is none, one that is shown twice is two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    /// First minute inside.
    pub from: NaiveDateTime,
    /// First minute after it.
    pub to: NaiveDateTime,
    /// The zone of the wall.
    pub zone: Tz,
}

impl Wall {
    /// Returns the instants as spans in order, none touching another.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let dates = self.from.date().iter_days().take_while(|date| *date <= self.to.date());
        let mut spans: Vec<Span> =
            dates.flat_map(|date| openings_on(self.zone, date, &self.hours_on(date))).collect();
        // Clocks set back over midnight show a date again after the next has begun.
        spans.sort_unstable_by_key(|span| span.from);
        spans.dedup_by(|later, kept| {
            let touches = later.from <= kept.to;
            if touches {
                kept.to = kept.to.max(later.to);
            }
            touches
        });
        spans
    }

    /// Returns the first instant inside, if there is one.
    #[must_use]
    pub fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.spans().first().map(|span| span.from)
    }

    /// Returns the instants of a stretch that has not begun; what begins in this minute has not.
    ///
    /// # Errors
    /// [`Refusal::Begun`], and [`Refusal::NoDuty`] where it holds no instant.
    pub fn ahead(&self, now: DateTime<Utc>) -> Result<Vec<Span>, Refusal> {
        let spans = self.spans();
        let minute = now.with_second(0).and_then(|now| now.with_nanosecond(0)).unwrap_or(now);
        match spans.first() {
            None => Err(Refusal::NoDuty { wall: *self }),
            Some(first) if first.from < minute => Err(Refusal::Begun { at: first.from }),
            Some(_) => Ok(spans),
        }
    }

    fn hours_on(&self, date: NaiveDate) -> DayHours {
        let minute = |at: NaiveDateTime| u16::try_from(at.hour() * 60 + at.minute()).unwrap_or_default();
        let start = if date == self.from.date() { minute(self.from) } else { 0 };
        let end = if date == self.to.date() { minute(self.to) } else { 24 * 60 };
        let hours = Interval::new(start, end).and_then(|interval| DayHours::new(vec![interval]));
        // Nothing of the date where it ends at its midnight, or before it begins.
        hours.unwrap_or_default()
    }
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |at: NaiveDateTime| at.format("%Y-%m-%d %H:%M").to_string();
        write!(f, "{} to {} ({})", shown(self.from), shown(self.to), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> Vec<(String, String)> {
        let at = |text: &str| text.parse().expect("a wall time");
        let wall = Wall { from: at(from), to: at(to), zone: Tz::Europe__Berlin };
        wall.spans().iter().map(|span| (span.from.to_rfc3339(), span.to.to_rfc3339())).collect()
    }

    #[test]
    fn days_that_follow_each_other_are_one_span() {
        let spans = hours("2026-03-27T18:00:00", "2026-03-30T08:00:00");
        assert_eq!(spans, [("2026-03-27T17:00:00+00:00".to_owned(), "2026-03-30T06:00:00+00:00".to_owned())]);
    }

    #[test]
    fn an_hour_that_is_skipped_is_none_and_one_shown_twice_is_two() {
        assert!(hours("2026-03-29T02:00:00", "2026-03-29T03:00:00").is_empty());
        let twice = hours("2026-10-25T02:00:00", "2026-10-25T02:30:00");
        assert_eq!(twice.len(), 2, "{twice:?}");
    }

    #[test]
    fn what_ends_before_it_begins_is_empty() {
        assert!(hours("2026-03-27T18:00:00", "2026-03-27T18:00:00").is_empty());
        assert!(hours("2026-03-27T18:00:00", "2026-03-26T19:00:00").is_empty());
    }
}
