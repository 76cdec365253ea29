//! Dates in data files: one date, or a run of dates with both ends included.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Error;

const LONGEST_RUN_DAYS: i64 = 400;

/// A run of dates, written `2026-02-15` or `2026-02-15 to 2026-02-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dates {
    first: NaiveDate,
    last: NaiveDate,
}

impl Dates {
    /// Returns the dates from `first` to `last`; none where that is no run, or one too long to be written.
    #[must_use]
    pub fn new(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        (0..LONGEST_RUN_DAYS).contains(&(last - first).num_days()).then_some(Self { first, last })
    }

    /// Returns the first date.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// Returns the last date, which belongs to the run.
    #[must_use]
    pub const fn last(self) -> NaiveDate {
        self.last
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |date| *date <= self.last)
    }

    /// Returns whether both share a date.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Returns what is left of the run without the other's dates: nothing, a run, or one before and one after.
    pub(crate) fn without(self, other: Self) -> impl Iterator<Item = Self> {
        let before = other.first.pred_opt().map(|last| Self { first: self.first, last: last.min(self.last) });
        let after = other.last.succ_opt().map(|first| Self { first: first.max(self.first), last: self.last });
        before.into_iter().chain(after).filter(|rest| rest.first <= rest.last)
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        if first == last { write!(f, "{first}") } else { write!(f, "{first} to {last}") }
    }
}

impl FromStr for Dates {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (first, last) = text.split_once(" to ").unwrap_or((text, text));
        let dates = first.parse().ok().zip(last.parse().ok());
        let dates = dates.and_then(|(first, last)| Self::new(first, last));
        dates.ok_or_else(|| Error::InvalidDates { text: text.to_owned() })
    }
}

impl TryFrom<String> for Dates {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Dates> for String {
    fn from(dates: Dates) -> Self {
        dates.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_holds_both_its_ends() {
        let run: Dates = "2026-02-27 to 2026-03-01".parse().expect("valid");
        let days: Vec<String> = run.iter().map(|date| date.to_string()).collect();
        assert_eq!(days, ["2026-02-27", "2026-02-28", "2026-03-01"]);
        assert_eq!(String::from(run), "2026-02-27 to 2026-03-01");
    }

    #[test]
    fn what_is_taken_out_of_a_run_leaves_what_lies_before_and_after() {
        let run: Dates = "2026-05-20 to 2026-05-25".parse().expect("valid");
        let table = [
            ("2026-05-22 to 2026-05-23", vec!["2026-05-20 to 2026-05-21", "2026-05-24 to 2026-05-25"]),
            ("2026-05-19 to 2026-05-24", vec!["2026-05-25"]),
            ("2026-05-25 to 2026-05-30", vec!["2026-05-20 to 2026-05-24"]),
            ("2026-05-20 to 2026-05-25", vec![]),
        ];
        for (out, left) in table {
            let out: Dates = out.parse().expect("valid");
            assert!(run.meets(out));
            assert_eq!(run.without(out).map(|dates| dates.to_string()).collect::<Vec<_>>(), left, "{out}");
        }
        assert!(!run.meets("2026-05-26".parse().expect("valid")));
    }

    #[test]
    fn dates_that_do_not_exist_or_run_backwards_or_for_years_are_refused() {
        for text in ["2026-02-30", "2026-03-02 to 2026-03-01", "2026-01-01 to 2062-01-01", "soon"] {
            assert_eq!(text.parse::<Dates>(), Err(Error::InvalidDates { text: text.to_owned() }));
        }
    }
}
