//! Dates in data files: one date, or a run of dates with both ends included.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Error;

const LONGEST_RUN_DAYS: i64 = 400;

/// A run of dates, written `2026-02-15` or `2026-02-15 to 2026-02-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Dates {
    first: NaiveDate,
    last: NaiveDate,
}

impl Dates {
    pub(crate) fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |date| *date <= self.last)
    }
}

impl FromStr for Dates {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (first, last) = text.split_once(" to ").unwrap_or((text, text));
        first
            .parse()
            .and_then(|first| Ok(Self { first, last: last.parse()? }))
            .ok()
            .filter(|dates| (0..LONGEST_RUN_DAYS).contains(&(dates.last - dates.first).num_days()))
            .ok_or_else(|| Error::InvalidDates { text: text.to_owned() })
    }
}

impl TryFrom<String> for Dates {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Dates> for String {
    fn from(Dates { first, last }: Dates) -> Self {
        if first == last { first.to_string() } else { format!("{first} to {last}") }
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
    fn dates_that_do_not_exist_or_run_backwards_or_for_years_are_refused() {
        for text in ["2026-02-30", "2026-03-02 to 2026-03-01", "2026-01-01 to 2062-01-01", "soon"] {
            assert_eq!(text.parse::<Dates>(), Err(Error::InvalidDates { text: text.to_owned() }));
        }
    }
}
