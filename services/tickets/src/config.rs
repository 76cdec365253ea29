//! Settings of the ticket service.

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
    /// How many days after it was closed agents may open a ticket again; a supervisor may later, and so does a customer
    /// who is not satisfied when called back. 0 to 3650. Default 30.
    pub reopen_days: u16,
    /// For how many days a complaint of the same customer on the same board counts as one about the same matter.
    /// Default 90.
    pub same_matter_days: u16,
    /// In which calendars promised answers count (T8).
    pub answers: Answers,
    /// How registers are exported (T3).
    pub registers: Registers,
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

impl Default for Answers {
    fn default() -> Self {
        Self { minutes_calendar: "always".into(), days_calendar: "office".into() }
    }
}

/// How registers are exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registers {
    /// Rows of one export at most, from 1; a longer range is refused. Default 200,000.
    pub export_rows: u32,
    /// Megabytes of temporary files that a workbook may need while it is made, from 1; a larger one is refused, as CSV and
    /// HTML need none. One is made at a time. Default 384.
    pub workbook_megabytes: u32,
}

impl Default for Registers {
    fn default() -> Self {
        Self { export_rows: 200_000, workbook_megabytes: 384 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            time_zone: "Asia/Shanghai".into(),
            calendar: "office".into(),
            warn_percent: 75,
            reopen_days: 30,
            same_matter_days: 90,
            answers: Answers::default(),
            registers: Registers::default(),
            policies: Vec::new(),
        }
    }
}
