//! A CSV file, plain or gzipped, row by row. It is read once, as a stream.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;
use csv::{Reader, ReaderBuilder, StringRecord};
use flate2::bufread::MultiGzDecoder;

use super::findings::Findings;
use super::progress::Progress;

/// How a gzip file begins, whatever its name.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes in which the end of the header line is looked for.
const AHEAD: usize = 1 << 20;

/// See the module.
pub(super) struct Source {
    reader: Reader<Box<dyn Read + Send>>,
    /// Lines that the reader is behind at the start of a row: it counts a `\r\n` when it meets the next row.
    behind: u64,
    /// The names of the columns.
    pub(super) header: StringRecord,
}

impl Source {
    /// Opens a file and reads its header line.
    pub(super) fn open(file: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let unread = || format!("{} can't be read", file.display());
        let mut bytes = BufReader::new(progress.over(File::open(file).with_context(unread)?));
        let gzipped = bytes.fill_buf().with_context(unread)?.starts_with(&GZIP);
        let text: Box<dyn Read + Send> =
            if gzipped { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
        let mut text = BufReader::with_capacity(AHEAD, text);
        let ahead = text.fill_buf().with_context(unread)?;
        let end = ahead.iter().position(|byte| *byte == b'\n').unwrap_or_default();
        let behind = u64::from(ahead[..end].ends_with(b"\r"));
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(Box::new(text) as Box<_>);
        let header =
            reader.headers().with_context(|| format!("{} has no header line", file.display()))?.clone();
        Ok(Self { reader, behind, header })
    }

    /// Reads the next row; returns the line it begins on, `None` at the end. A row that is not UTF-8 is listed and passed
    /// over.
    pub(super) fn next(
        &mut self,
        row: &mut StringRecord,
        findings: &mut Findings,
    ) -> anyhow::Result<Option<u64>> {
        loop {
            let line = self.reader.position().line() + self.behind;
            match self.reader.read_record(row) {
                Ok(false) => return Ok(None),
                Ok(true) => {
                    findings.rows += 1;
                    return Ok(Some(row.position().map_or(line, |position| position.line() + self.behind)));
                }
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    findings.rows += 1;
                    findings.reject(line, "", "is not UTF-8")?;
                }
                Err(error) => return Err(error).context("the file can't be read on"),
            }
        }
    }
}
