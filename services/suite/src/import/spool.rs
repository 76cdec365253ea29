//! Rows of any number sorted by key in bounded memory: runs of sorted rows in a file without a name, which is gone with
//! the process however it ends, and then merged.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use csv::{Reader, ReaderBuilder, StringRecord, WriterBuilder};

/// Bytes of rows that are held before they become a run.
const HELD: usize = 16 << 20;
/// Bytes that are read ahead of each run.
const AHEAD: usize = 32 << 10;

/// A row that is kept. Rows of one key come together, in the order of their lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// The ticket's key in the file.
    pub(super) key: String,
    /// Where it begins in the file, from 1.
    pub(super) line: u64,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

impl Row {
    /// Returns about how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let text: usize = self.cells.iter().map(String::len).sum();
        text + self.key.len() + size_of::<Self>() + self.cells.len() * size_of::<String>()
    }
}

/// Rows on their way in.
pub(super) struct Spool {
    file: BufWriter<File>,
    written: u64,
    runs: Vec<(u64, u64)>,
    held: Vec<Row>,
    bytes: usize,
    most: usize,
}

/// Rows on their way out, by key and line.
pub(super) struct Sorted {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Row, usize)>>,
}

enum Run {
    Held(VecDeque<Row>),
    Written(Box<Reader<Section>>),
}

/// Part of a file that several readers share.
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Spool {
    /// Makes one with its file in a folder.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let unmade = || format!("no file to sort rows in can be made in {}", folder.display());
        let file = BufWriter::new(tempfile::tempfile_in(folder).with_context(unmade)?);
        Ok(Self { file, written: 0, runs: Vec::new(), held: Vec::new(), bytes: 0, most: HELD })
    }

    /// Takes a row.
    pub(super) fn put(&mut self, row: Row) -> anyhow::Result<()> {
        self.bytes += row.bytes();
        self.held.push(row);
        if self.bytes >= self.most { self.write_run() } else { Ok(()) }
    }

    fn write_run(&mut self) -> anyhow::Result<()> {
        self.held.sort_unstable();
        let mut counted = Counted { file: &mut self.file, bytes: 0 };
        let mut writer = WriterBuilder::new().has_headers(false).flexible(true).from_writer(&mut counted);
        for row in self.held.drain(..) {
            writer.write_field(&row.key)?;
            writer.write_field(row.line.to_string())?;
            writer.write_record(&row.cells)?;
        }
        writer.flush()?;
        drop(writer);
        let end = self.written + counted.bytes;
        self.runs.push((self.written, end));
        (self.written, self.bytes) = (end, 0);
        Ok(())
    }

    /// Returns all rows in order.
    pub(super) fn sorted(mut self) -> anyhow::Result<Sorted> {
        self.held.sort_unstable();
        let mut file = self.file.into_inner().context("rows to sort can't be written")?;
        file.rewind()?;
        let file = Arc::new(file);
        let section = |(at, end)| {
            let section = Section { file: file.clone(), at, end };
            let mut builder = ReaderBuilder::new();
            builder.has_headers(false).flexible(true).buffer_capacity(AHEAD);
            Run::Written(Box::new(builder.from_reader(section)))
        };
        let mut runs: Vec<Run> = self.runs.into_iter().map(section).collect();
        runs.push(Run::Held(self.held.into()));
        let mut sorted = Sorted { heads: BinaryHeap::new(), runs };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }
}

impl Sorted {
    /// Returns the key of the next row.
    pub(super) fn peek(&self) -> Option<&str> {
        self.heads.peek().map(|Reverse((row, _))| row.key.as_str())
    }

    /// Returns the next row.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        let Some(Reverse((row, run))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(row))
    }

    fn advance(&mut self, run: usize) -> anyhow::Result<()> {
        if let Some(row) = self.runs[run].next()? {
            self.heads.push(Reverse((row, run)));
        }
        Ok(())
    }
}

impl Run {
    fn next(&mut self) -> anyhow::Result<Option<Row>> {
        let reader = match self {
            Self::Held(rows) => return Ok(rows.pop_front()),
            Self::Written(reader) => reader,
        };
        let mut record = StringRecord::new();
        if !reader.read_record(&mut record).context("sorted rows can't be read")? {
            return Ok(None);
        }
        let mut cells = record.iter().map(str::to_owned);
        let (key, line) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        Ok(Some(Row { key, line: line.parse()?, cells: cells.collect() }))
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..most], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Counts what is written.
struct Counted<'a> {
    file: &'a mut BufWriter<File>,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Spool};

    #[test]
    fn rows_come_out_by_key_and_line_however_many_runs_they_went_through() {
        let folder = tempfile::tempdir().expect("a temp folder");
        for most in [1, 500, 1 << 20] {
            let mut spool = Spool { most, ..Spool::new(folder.path()).expect("a temporary file") };
            let row = |number: u64| Row {
                key: format!("k{}", number * 7 % 10),
                line: number,
                cells: vec![format!("\"{number}\"\nof, many"), String::new()],
            };
            let mut expected: Vec<Row> = (0..100).map(row).collect();
            for row in &expected {
                spool.put(row.clone()).expect("is written");
            }
            expected.sort();
            let mut sorted = spool.sorted().expect("is read");
            assert_eq!(sorted.peek(), Some("k0"));
            for row in expected {
                assert_eq!(sorted.next().expect("is read"), Some(row), "with runs of {most} bytes");
            }
            assert_eq!(sorted.next().expect("is read"), None);
        }
    }
}
