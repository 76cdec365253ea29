//! The progress of an import, by bytes of the file, with rate and time left.

use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// See the module. Draws only on a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins at the start of a file.
    pub(super) fn over(file: &Path) -> anyhow::Result<Self> {
        let length =
            std::fs::metadata(file).with_context(|| format!("{} can't be read", file.display()))?.len();
        let bar = ProgressBar::new(length);
        let style = "{bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(style)?);
        Ok(Self(bar))
    }

    /// Shows how far the file has been read and how many rows are in.
    pub(super) fn reached(&self, byte: u64, rows: u64) {
        self.0.set_position(byte);
        self.0.set_message(format!("{rows} rows"));
    }

    /// Ends with a sentence.
    pub(super) fn finish(&self, sentence: &str) {
        self.0.finish_and_clear();
        println!("{sentence}");
    }
}
