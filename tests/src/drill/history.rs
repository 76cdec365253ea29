//! What the suite was asked and what it answered, kept outside it: in memory and, a line each, in a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// What somebody did, with the ids that the suite gave it or was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// A call came in.
    StartInteraction {
        /// The number, which is one journey's alone.
        phone: String,
        /// The contact.
        interaction: String,
    },
    /// The call ended.
    EndInteraction {
        /// The contact.
        interaction: String,
    },
    /// A ticket was registered.
    CreateTicket {
        /// Its subject, which is one journey's alone.
        subject: String,
        /// The ticket; empty where none was acknowledged.
        ticket: String,
        /// Somebody will work on it in this run.
        worked_on: bool,
    },
    /// Work was leased.
    Claim {
        /// The assignment.
        assignment: String,
        /// Its ticket.
        ticket: String,
        /// Which lease of the assignment.
        epoch: i64,
        /// When the lease ends by itself.
        until: DateTime<Utc>,
    },
    /// The holder took it on.
    Accept(Lease),
    /// The holder did not.
    Decline(Lease),
    /// The holder gave it back.
    Return(Lease),
    /// A supervisor said where work goes that was returned too often.
    Decide {
        /// The assignment.
        assignment: String,
        /// Its ticket.
        ticket: String,
    },
    /// The holder did it.
    Complete(Lease),
    /// A callback was leased.
    ClaimCallback {
        /// The callback.
        callback: String,
        /// Its ticket.
        ticket: String,
        /// When the lease ends by itself.
        until: DateTime<Utc>,
    },
    /// A customer answered.
    Answer {
        /// The callback.
        callback: String,
        /// Its ticket.
        ticket: String,
        /// What the customer said.
        satisfied: bool,
    },
}

/// Which lease of which work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lease {
    /// The assignment.
    pub assignment: String,
    /// Its ticket.
    pub ticket: String,
    /// Which lease of the assignment, from 1.
    pub epoch: i64,
}

/// How a command ended for who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Acknowledged,
    /// It was refused for good.
    Refused {
        /// The problem's code.
        code: String,
        /// The whole answer.
        answer: String,
    },
    /// The same key got two different answers.
    Contradicted(String),
    /// Nobody said in time.
    Unknown,
}

/// A command and its end.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// What it was.
    #[serde(flatten)]
    pub act: Act,
    /// Who sent it.
    pub who: String,
    /// Its idempotency key.
    pub key: String,
    /// When it was sent first.
    pub sent_at: DateTime<Utc>,
    /// When its end was known.
    pub ended_at: DateTime<Utc>,
    /// How often it was sent.
    pub tries: u32,
    /// How it ended.
    pub outcome: Outcome,
}

impl Entry {
    /// Tells whether the suite said that it was done.
    pub fn acknowledged(&self) -> bool {
        self.outcome == Outcome::Acknowledged
    }
}

/// Everything that happened in a run.
#[derive(Debug, Default)]
pub struct History {
    entries: Mutex<Vec<Entry>>,
    troubles: Mutex<BTreeMap<String, u32>>,
    file: Option<Mutex<File>>,
}

impl History {
    /// Keeps a history that is written to a file too.
    ///
    /// # Panics
    /// When the file can't be made.
    pub fn kept_in(file: &Path) -> Self {
        let file = File::options().create(true).append(true).open(file).expect("a file for the history");
        Self { file: Some(Mutex::new(file)), ..Self::default() }
    }

    /// Notes a command and its end.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn note(&self, entry: Entry) {
        if let Some(file) = &self.file {
            let line = serde_json::to_string(&entry).expect("serializes");
            writeln!(file.lock().expect("no writer panics"), "{line}").expect("the disk takes it");
        }
        self.entries.lock().expect("no writer panics").push(entry);
    }

    /// Notes that an answer was an error that a retry may pass, or that none came.
    ///
    /// # Panics
    /// Never.
    pub fn trouble(&self, what: &str) {
        *self.troubles.lock().expect("no writer panics").entry(what.to_owned()).or_default() += 1;
    }

    /// Returns all commands so far.
    ///
    /// # Panics
    /// Never.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().expect("no writer panics").clone()
    }

    /// Returns which passing errors there were and how often.
    ///
    /// # Panics
    /// Never.
    pub fn troubles(&self) -> BTreeMap<String, u32> {
        self.troubles.lock().expect("no writer panics").clone()
    }
}
