//! Settings of the ticket service.

use std::path::PathBuf;

use hotline_phones::Numbers;
use serde::{Deserialize, Serialize};

use crate::domain::policy::Policy;
use crate::error::Error;

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
    /// The search index of this replica (T16).
    pub search: Search,
    /// How telephone numbers that forms ask for are read (T3).
    pub numbers: Numbers,
    /// What categories are suggested from (T1).
    pub suggestion: Suggestion,
    /// How registers are exported (T3).
    pub registers: Registers,
    /// What follows from outages, and when one is suspected (T13).
    pub outages: Outages,
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
    /// most, by whoever wrote it at once. Default 400.
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
            commit_milliseconds: 400,
            poll_milliseconds: 500,
            reconcile_seconds: 30,
            overlap_seconds: 60,
        }
    }
}

/// What follows from outages, and when one is suspected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outages {
    /// How far back a notice links tickets that came in before it was published, hours, never before it began.
    /// Default 24.
    pub link_hours: u32,
    /// Tickets of an outage that is over solved in one transaction, from 1. Default 50.
    pub batch: u32,
    /// Fault tickets of the last so many minutes are looked at for a spike. Default 15.
    pub spike_minutes: u32,
    /// From how many fault tickets of one category and project on a notice is proposed, from 2. Default 5.
    pub spike_tickets: u32,
    /// From how many fault tickets of one category in several projects on a notice is proposed, from 2. Default 15.
    pub spike_tickets_everywhere: u32,
    /// How long nothing is proposed in the scope of a proposal that was refused, hours; one that nobody has acted on for
    /// as long is proposed again by the next spike. Default 4.
    pub spike_quiet_hours: u32,
    /// Seconds between two looks for spikes, from 1. Default 30.
    pub spike_look_seconds: u32,
}

impl Outages {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        let least = [
            ("batch", self.batch, 1),
            ("spike_tickets", self.spike_tickets, 2),
            ("spike_tickets_everywhere", self.spike_tickets_everywhere, 2),
            ("spike_look_seconds", self.spike_look_seconds, 1),
        ];
        match least.into_iter().find(|(_, value, least)| value < least) {
            Some((name, _, least)) => {
                Err(Error::Settings(format!("outages.{name} is a number from {least}")))
            }
            None => Ok(()),
        }
    }
}

impl Default for Outages {
    fn default() -> Self {
        Self {
            link_hours: 24,
            batch: 50,
            spike_minutes: 15,
            spike_tickets: 5,
            spike_tickets_everywhere: 15,
            spike_quiet_hours: 4,
            spike_look_seconds: 30,
        }
    }
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
            search: Search::default(),
            numbers: Numbers::default(),
            suggestion: Suggestion::default(),
            registers: Registers::default(),
            outages: Outages::default(),
            policies: Vec::new(),
        }
    }
}
