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
    /// The search index of this replica (T16).
    pub search: Search,
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

/// The search index of this replica. It holds nothing that the database does not: lost, it is made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Folder of the index; each process takes a place of its own in it. Empty is in memory; the suite puts `search` in
    /// `storage.data_dir` there.
    pub folder: PathBuf,
    /// Time between two commits of the index at least, in milliseconds: what was written is found that much later at
    /// most, by whoever wrote it at once. Default 200.
    pub commit_milliseconds: u64,
    /// How often it is looked for what other processes have changed, in milliseconds, from 1. Default 500.
    pub poll_milliseconds: u64,
    /// How often that look reaches further back, in seconds, from 1. Default 30.
    pub reconcile_seconds: u64,
    /// How far it reaches back then, in seconds: more than the clocks of two replicas may differ plus the time that the
    /// slowest command takes to commit. Default 60.
    pub overlap_seconds: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            folder: PathBuf::new(),
            commit_milliseconds: 200,
            poll_milliseconds: 500,
            reconcile_seconds: 30,
            overlap_seconds: 60,
        }
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
            search: Search::default(),
            policies: Vec::new(),
        }
    }
}
