//! A CSV file, plain or gzipped, row by row. It is read once, as a stream.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
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
/// Bytes of one row at most, all its columns together: several times what a ticket has room for.
const ROW: usize = 4 << 20;

/// Bytes that end with an error where a row does not end: a quote that is never closed makes one row of all that
/// follows.
struct Bounded {
    bytes: Box<dyn Read + Send>,
    /// Bytes that the row that is being read may still take.
    left: usize,
}

/// See the module.
pub(super) struct Source {
    reader: Reader<Bounded>,
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
        let text = Bounded { bytes: Box::new(text), left: ROW };
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(text);
        let header = reader.headers().map_err(|error| unreadable(error, 1));
        let header = header.with_context(|| format!("{} has no header line", file.display()))?.clone();
        Ok(Self { reader, behind, header })
    }

    /// Reads the next row; returns the line it begins on, `None` at the end. A row that is not UTF-8 is listed and passed
    /// over; one that does not end ends the reading, since nobody knows where the next one begins.
    pub(super) fn next(
        &mut self,
        row: &mut StringRecord,
        findings: &mut Findings,
    ) -> anyhow::Result<Option<u64>> {
        loop {
            let line = self.reader.position().line() + self.behind;
            self.reader.get_mut().left = ROW;
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
                Err(error) => return Err(unreadable(error, line)),
            }
        }
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let most = buffer.len().min(self.left);
        let read = self.bytes.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

/// Says why the row that begins on a line can't be read.
fn unreadable(error: csv::Error, line: u64) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::Io(io) if io.kind() == ErrorKind::FileTooLarge => anyhow::anyhow!(
            "the row that begins on line {line} is longer than {} MiB: is a quote in it not closed? Close it, or \
             double it where it belongs to the text, and run the import again; nothing is imported before the whole \
             file can be read",
            ROW >> 20
        ),
        _ => anyhow::Error::new(error).context(format!("the file can't be read on from line {line}")),
    }
}
