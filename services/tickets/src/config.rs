//! Settings of the ticket service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::policy::Policy;

/// Settings of the ticket service, with their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// IANA time zone of registration dates, of ticket numbers and of the times in status sentences. Default
    /// `Asia/Shanghai`.
    pub time_zone: String,
    /// Key of the calendar in which working time is told where no promise names one, such as for imported tickets.
    /// Default `office`.
    pub calendar: String,
    /// Share of a clock's working time after which it warns, in percent, 1 to 99. Default 75.
    pub warn_percent: u8,
    /// In which calendars promised answers count (T8).
    pub answers: Answers,
    /// How telephone numbers that forms ask for are read (T3).
    pub numbers: Numbers,
    /// What categories are suggested from (T1).
    pub suggestion: Suggestion,
    /// Promises of time, tried in order; they replace the shipped ones of `data/sla.toml`, which explains each key.
    /// Default none, which is the shipped ones.
    pub policies: Vec<Policy>,
}

/// In which calendars promised answers count: tiers in minutes, and tiers in working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Key of the calendar of 10, 20 and 30 minutes. Default `always`: they are those the customer counts.
    pub minutes_calendar: String,
    /// Key of the calendar of 1, 2 and 3 working days, which end when it closes. Default `office`.
    pub days_calendar: String,
}

/// From what it is learned which categories texts suggest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Suggestion {
    /// CSV files of labelled texts besides the tickets that were closed: `subject` or `body`, and `category_code` or
    /// `level1`, `level2` and so on. Default none.
    pub labelled: Vec<PathBuf>,
    /// Minutes between two learnings at least. Default 30.
    pub every_minutes: u32,
    /// Tickets that must have been closed since the last learning, or a tenth of the texts that were learned from where
    /// that is less. Default 20.
    pub least_new: u32,
    /// Texts of a category without which it is not suggested, from 2. Default 5.
    pub least_of_category: u32,
    /// Tickets of a category that are learned from at most, those that were closed last. Default 300.
    pub most_of_category: u32,
    /// Tickets that are learned from at most, those that were closed last. Default 10,000.
    pub most_texts: u32,
}

impl Default for Suggestion {
    fn default() -> Self {
        Self {
            labelled: Vec::new(),
            every_minutes: 30,
            least_new: 20,
            least_of_category: 5,
            most_of_category: 300,
            most_texts: 10_000,
        }
    }
}

/// How telephone numbers are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    /// Where numbers without a country code are read, ISO 3166-1 alpha-2. Default `CN`.
    pub region: String,
    /// The area code of a local number of 7 or 8 digits, such as `029`. Default empty: local numbers are refused.
    pub area_code: String,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { region: "CN".into(), area_code: String::new() }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self { minutes_calendar: "always".into(), days_calendar: "office".into() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            time_zone: "Asia/Shanghai".into(),
            calendar: "office".into(),
            warn_percent: 75,
            answers: Answers::default(),
            numbers: Numbers::default(),
            suggestion: Suggestion::default(),
            policies: Vec::new(),
        }
    }
}
