//! A file on its way in: all its rows are read and sorted by key, then they come out ticket by ticket. So rows of one
//! ticket may stand anywhere in the file, and what is in memory at a time does not grow with it.

use std::path::Path;

use csv::StringRecord;
use prost::Message;

use super::findings::Findings;
use super::layout::Layout;
use super::mapping::Mapping;
use super::progress::Progress;
use super::record::{Builder, Record};
use super::source::Source;
use super::spool::{Row, Sorted, Spool};
use super::teams::Teams;

/// Tickets sent in one go.
const TICKETS: usize = 256;
/// Rows of the tickets sent in one go; one ticket may have more.
const ROWS: u64 = 4000;
/// Bytes sent in one go, the last ticket beyond them: with the longest one it is far below what a service takes, 64 MiB.
const BYTES: usize = 8 << 20;
/// Rows that one ticket may have, and their bytes.
const ROWS_OF_ONE: usize = 10_000;
const BYTES_OF_ONE: usize = 32 << 20;

/// See the module.
pub(super) struct Intake<'a> {
    mapping: &'a Mapping,
    layout: Layout,
    sorted: Sorted,
    /// Shows how far it is.
    pub(super) progress: Progress,
}

/// What is sent in one go.
#[derive(Default)]
pub(super) struct Batch {
    /// The tickets.
    pub(super) records: Vec<Record>,
    /// How many rows were read for them, rejected ones among them.
    pub(super) rows: u64,
    /// How long they are as messages.
    bytes: usize,
}

/// Reads all rows of a file and sorts them; returns them with the teams that they name.
pub(super) fn read<'a>(
    file: &Path,
    mapping: &'a Mapping,
    folder: &Path,
    findings: &mut Findings,
) -> anyhow::Result<(Intake<'a>, Teams)> {
    let progress = Progress::reading(file)?;
    let mut source = Source::open(file, &progress)?;
    let layout = Layout::of(mapping, &source.header, file)?;
    let (mut spool, mut teams, mut row) = (Spool::new(folder)?, Teams::default(), StringRecord::new());
    while let Some(line) = source.next(&mut row, findings)? {
        let cells = layout.keep(&row);
        let named = layout.cells(&cells);
        if let Some(team) = &mapping.team {
            teams.note(team, named.get(&team.column))?;
        }
        let key = named.get(&mapping.columns.key).to_owned();
        if key.is_empty() {
            findings.reject(line, &mapping.columns.key, "is empty")?;
        } else {
            spool.put(Row { key, line, cells })?;
        }
    }
    let progress = progress.importing(findings.rows)?;
    Ok((Intake { mapping, layout, sorted: spool.sorted()?, progress }, teams))
}

impl Intake<'_> {
    /// Returns the next tickets; `None` at the end.
    pub(super) fn batch(&mut self, findings: &mut Findings) -> anyhow::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while batch.records.len() < TICKETS && batch.rows < ROWS && batch.bytes < BYTES {
            let Some(rows) = self.of_one(findings, &mut batch.rows)? else { break };
            let builder = Builder { mapping: self.mapping, layout: &self.layout };
            let record = builder.build(&rows, findings)?;
            batch.bytes += record.as_ref().map_or(0, |record| record.ticket.encoded_len());
            batch.records.extend(record);
        }
        Ok((batch.rows > 0).then_some(batch))
    }

    /// Returns the rows of the next key.
    fn of_one(&mut self, findings: &mut Findings, read: &mut u64) -> anyhow::Result<Option<Vec<Row>>> {
        let Some(first) = self.sorted.next()? else { return Ok(None) };
        let mut bytes = first.bytes();
        let mut rows = vec![first];
        *read += 1;
        while self.sorted.peek() == Some(rows[0].key.as_str()) {
            let Some(row) = self.sorted.next()? else { break };
            *read += 1;
            if rows.len() < ROWS_OF_ONE && bytes + row.bytes() <= BYTES_OF_ONE {
                bytes += row.bytes();
                rows.push(row);
            } else {
                let most = BYTES_OF_ONE >> 20;
                let reason = format!("its ticket has more than {ROWS_OF_ONE} rows or {most} MiB of them");
                findings.reject(row.line, &self.mapping.columns.key, &reason)?;
            }
        }
        Ok(Some(rows))
    }
}

#[cfg(test)]
mod tests;
