//! What sweeps read and took, for people and for programs.

use std::fmt;

use hotline_core::clock;
use serde::Serialize;

use super::ground::On;
use crate::installation::this_machine;

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On which machine.
    pub machine: String,
    /// When.
    pub at: String,
    /// What sweeps took.
    pub sweeps: Vec<Swept>,
}

/// One sweep among many.
#[derive(Debug, Serialize)]
pub struct Swept {
    /// On what.
    pub on: On,
    /// Open tickets.
    pub tickets: u64,
    /// Rows of the table.
    pub rows: u64,
    /// Rows that were due.
    pub found: u64,
    /// What it read, where the database counts it.
    pub reads: Option<Read>,
    /// The way by which the next row is found.
    pub plan: String,
    /// Wall time of half of them was less, milliseconds.
    pub milliseconds: f64,
    /// Processor time of the sweeper and the database, milliseconds.
    pub cpu_milliseconds: f64,
}

/// What one sweep read.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Read {
    /// Entries of indexes, those of rows that are gone with them.
    pub entries: f64,
    /// Rows, by an index.
    pub fetched: f64,
    /// Rows, by going through the whole table.
    pub scanned: f64,
    /// Pages, of indexes and table.
    pub pages: f64,
}

impl Report {
    /// Begins one.
    pub fn new() -> Self {
        let at = clock::wall().format("%Y-%m-%d %H:%M UTC").to_string();
        Self { machine: this_machine(), at, sweeps: Vec::new() }
    }

    /// Compares each larger table with the smallest of its database.
    fn growth(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for large in &self.sweeps {
            let same = self.sweeps.iter().filter(|small| small.on == large.on && small.rows < large.rows);
            let Some(small) = same.min_by_key(|small| small.rows) else { continue };
            let (on, times) = (large.on, large.rows / small.rows.max(1));
            let time = large.milliseconds / small.milliseconds.max(0.001);
            let cpu = large.cpu_milliseconds / small.cpu_milliseconds.max(0.001);
            write!(
                out,
                "\n{on}, {times} times the rows: {time:.2} times the time, {cpu:.2} times the CPU time"
            )?;
            if let Some((large, small)) = large.reads.zip(small.reads) {
                let fetched = large.fetched / small.fetched.max(1.0);
                let pages = large.pages / small.pages.max(1.0);
                write!(out, ", {fetched:.2} times the rows read, {pages:.2} times the pages")?;
            }
        }
        writeln!(out)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}; {}; each number is of one sweep\n", self.at, self.machine)?;
        writeln!(
            out,
            "| on | tickets | rows | found | rows read by index | rows read by scan | index entries | pages | ms | CPU-ms |"
        )?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for swept in &self.sweeps {
            let Swept { on, tickets, rows, found, reads, milliseconds, cpu_milliseconds, .. } = swept;
            let read = reads.map_or_else(
                || "| – | – | – | –".to_owned(),
                |Read { entries, fetched, scanned, pages }| {
                    format!("| {fetched:.1} | {scanned:.1} | {entries:.1} | {pages:.0}")
                },
            );
            writeln!(
                out,
                "| {on} | {tickets} | {rows} | {found} {read} | {milliseconds:.1} | {cpu_milliseconds:.1} |"
            )?;
        }
        self.growth(out)?;
        for Swept { on, tickets, plan, .. } in &self.sweeps {
            write!(out, "\n{on}, {tickets} tickets, the next one due: {plan}")?;
        }
        writeln!(out)
    }
}
