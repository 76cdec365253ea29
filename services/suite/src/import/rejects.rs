//! The list of rows that were not imported: a CSV file with line, column and reason, made with the first of them.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;

/// See the module.
pub(super) struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
    count: u64,
}

impl Rejects {
    /// Names the file; it is made with the first row.
    pub(super) fn into(path: PathBuf) -> Self {
        Self { path, writer: None, count: 0 }
    }

    /// Lists a row.
    pub(super) fn add(&mut self, line: u64, column: &str, reason: &str) -> anyhow::Result<()> {
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
        self.count += 1;
        Ok(writer.flush()?)
    }

    /// Returns how many rows are listed.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns where the list is, as the end of a sentence; nothing while it is empty.
    pub(super) fn place(&self) -> String {
        if self.count == 0 { String::new() } else { format!(" (listed in {})", self.path.display()) }
    }
}
