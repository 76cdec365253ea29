//! Opening hours of a day as wall time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

const MINUTES_A_DAY: u16 = 24 * 60;

/// A stretch of a day in wall time, written `09:00-12:30`; `24:00` is the midnight at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    start: u16,
    end: u16,
}

impl Interval {
    /// Returns the interval between two minutes of the day, counted from midnight, `end` not included.
    ///
    /// # Errors
    /// [`Error::InvalidInterval`] unless `start < end <= 1440`. Hours past midnight are two intervals on two days.
    pub fn new(start: u16, end: u16) -> Result<Self, Error> {
        let interval = Self { start, end };
        if start < end && end <= MINUTES_A_DAY {
            Ok(interval)
        } else {
            Err(Error::InvalidInterval { text: interval.to_string() })
        }
    }

    /// Returns the first open minute of the day (0–1439).
    #[must_use]
    pub const fn start(&self) -> u16 {
        self.start
    }

    /// Returns the minute of the day at which it closes (1–1440).
    #[must_use]
    pub const fn end(&self) -> u16 {
        self.end
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}

impl FromStr for Interval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.split_once('-')
            .and_then(|(start, end)| Some((minute_of_day(start)?, minute_of_day(end)?)))
            .and_then(|(start, end)| Self::new(start, end).ok())
            .ok_or_else(|| Error::InvalidInterval { text: text.to_owned() })
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60).then_some(hours * 60 + minutes)
}

impl TryFrom<String> for Interval {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}

/// The opening hours of one day: intervals in order that share no time. None = closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Interval>", into = "Vec<Interval>")]
pub struct DayHours(Vec<Interval>);

impl DayHours {
    /// Returns hours made of the intervals, in any order.
    ///
    /// # Errors
    /// [`Error::OverlappingHours`] when two of them share time.
    pub fn new(mut intervals: Vec<Interval>) -> Result<Self, Error> {
        intervals.sort_unstable();
        match intervals.windows(2).find(|pair| pair[1].start < pair[0].end) {
            Some(pair) => Err(Error::OverlappingHours { first: pair[0], second: pair[1] }),
            None => Ok(Self(intervals)),
        }
    }

    /// Returns the hours of a day that is never closed.
    #[must_use]
    pub fn all_day() -> Self {
        Self(vec![Interval { start: 0, end: MINUTES_A_DAY }])
    }

    /// Returns whether the day has no opening hours.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the intervals in order.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }
}

impl TryFrom<Vec<Interval>> for DayHours {
    type Error = Error;

    fn try_from(intervals: Vec<Interval>) -> Result<Self, Error> {
        Self::new(intervals)
    }
}

impl From<DayHours> for Vec<Interval> {
    fn from(hours: DayHours) -> Self {
        hours.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_read_and_written_alike() {
        for text in ["09:00-12:00", "00:00-24:00", "23:59-24:00"] {
            assert_eq!(text.parse::<Interval>().map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn an_interval_outside_one_day_is_refused_by_its_text() {
        for text in [
            "",
            "9:00-18:00",
            "18:00-09:00",
            "09:00-09:00",
            "22:00-24:01",
            "09:60-10:00",
            "+1:00-02:00",
            "09:00",
        ] {
            let refused = text.parse::<Interval>();
            assert_eq!(refused, Err(Error::InvalidInterval { text: text.to_owned() }), "{text}");
        }
    }

    #[test]
    fn hours_are_put_in_order_and_may_touch() {
        let afternoon = "13:00-18:00".parse().expect("valid");
        let morning = "09:00-13:00".parse().expect("valid");
        let hours = DayHours::new(vec![afternoon, morning]).expect("no overlap");
        assert_eq!(hours.intervals(), [morning, afternoon]);
    }

    #[test]
    fn overlapping_hours_are_refused() {
        let first = "09:00-13:00".parse().expect("valid");
        let second = "12:59-18:00".parse().expect("valid");
        assert_eq!(DayHours::new(vec![second, first]), Err(Error::OverlappingHours { first, second }));
    }
}
