//! What an import has to report: rows that were not taken, in a CSV file with line, column and reason that is made with
//! the first of them, and values that the mapping does not list.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;

/// Values without a meaning that are told one by one; of more, only the rows are counted.
const VALUES: usize = 50;

/// Why a row is not taken.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The column; empty where it is none of them.
    pub(super) column: String,
    /// Why.
    pub(super) reason: String,
}

impl Refusal {
    /// Returns the refusal of a row for one of its cells.
    pub(super) fn of(column: &str, reason: impl Into<String>) -> Self {
        Self { column: column.to_owned(), reason: reason.into() }
    }
}

/// See the module.
pub(super) struct Findings {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
    /// Rows read.
    pub(super) rows: u64,
    /// Rows rejected.
    pub(super) rejected: u64,
    unlisted: BTreeMap<(String, String, String), u64>,
}

impl Findings {
    /// Names the file of rejected rows; it is made with the first of them, and the one of an earlier run goes.
    pub(super) fn into(path: PathBuf) -> Self {
        // Where it can't be removed it is written over, or that is said.
        let _ = std::fs::remove_file(&path);
        Self { path, writer: None, rows: 0, rejected: 0, unlisted: BTreeMap::new() }
    }

    /// Lists a row that is not taken.
    pub(super) fn reject(&mut self, line: u64, column: &str, reason: &str) -> anyhow::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let made = csv::Writer::from_path(&self.path);
                let mut made = made.with_context(|| format!("{} can't be written", self.path.display()))?;
                made.write_record(["line", "column", "reason"])?;
                self.writer.insert(made)
            }
        };
        writer.write_record([&line.to_string(), column, reason])?;
        self.rejected += 1;
        Ok(())
    }

    /// Notes that a value which the mapping does not list was taken as a word of ours.
    pub(super) fn unlisted(&mut self, column: &str, value: &str, word: &str) {
        let key = (column.to_owned(), value.to_owned(), word.to_owned());
        if self.unlisted.len() < VALUES || self.unlisted.contains_key(&key) {
            *self.unlisted.entry(key).or_default() += 1;
        } else {
            let rest = (column.to_owned(), "…".to_owned(), word.to_owned());
            *self.unlisted.entry(rest).or_default() += 1;
        }
    }

    /// Writes out what is listed.
    pub(super) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.writer.as_mut().map_or(Ok(()), csv::Writer::flush)?)
    }

    /// Returns how many rows are rejected and where they are listed, as part of a sentence.
    pub(super) fn rejects(&self) -> String {
        let place = self.writer.as_ref().map(|_| format!(" (listed in {})", self.path.display()));
        format!("{} rows rejected{}", self.rejected, place.unwrap_or_default())
    }

    /// Returns a line for each value that the mapping does not list.
    pub(super) fn values(&self) -> impl Iterator<Item = String> {
        self.unlisted.iter().map(|((column, value, word), rows)| {
            format!("  {column} `{value}` is not in the mapping: taken as `{word}` in {rows} rows")
        })
    }
}
