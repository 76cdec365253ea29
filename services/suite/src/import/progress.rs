//! The progress of an import, with rate and time left. Draws only on a terminal.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// See the module.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins reading a file: told by its bytes.
    pub(super) fn reading(file: &Path) -> anyhow::Result<Self> {
        let length =
            std::fs::metadata(file).with_context(|| format!("{} can't be read", file.display()))?.len();
        let bar = ProgressBar::new(length);
        let style = "reading    {bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        bar.set_style(ProgressStyle::with_template(style)?);
        Ok(Self(bar))
    }

    /// Returns what reads a file and shows how far.
    pub(super) fn over(&self, file: impl Read + Send + 'static) -> impl Read + Send + 'static {
        self.0.wrap_read(file)
    }

    /// Begins with the rows that have been read: told by their number.
    pub(super) fn importing(&self, rows: u64) -> anyhow::Result<Self> {
        self.0.finish_and_clear();
        let bar = ProgressBar::new(rows);
        let style = "importing  {bar:40} {human_pos}/{human_len} rows  {per_sec}  {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(style)?);
        Ok(Self(bar))
    }

    /// Shows how many rows more are done, and of how many tickets.
    pub(super) fn done(&self, rows: u64, tickets: u64) {
        self.0.inc(rows);
        self.0.set_message(format!("{tickets} tickets"));
    }

    /// Shows that what follows from the rows is waited for.
    pub(super) fn settling(&self) {
        self.0.set_message("waiting for figures and routing");
    }

    /// Ends with a sentence.
    pub(super) fn finish(&self, sentence: &str) {
        self.0.finish_and_clear();
        println!("{sentence}");
    }
}
