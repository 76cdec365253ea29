//! What was measured, for people and for programs.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use hotline_core::clock;
use serde::Serialize;

use crate::What;
use crate::installation::{Place, Used, this_machine};

const MEGABYTE: u64 = 1024 * 1024;

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Which build.
    pub binary: String,
    /// On which machine.
    pub machine: String,
    /// When.
    pub at: String,
    /// What importing took.
    pub imports: Vec<Imported>,
    /// What it takes to be there.
    pub idle: Vec<Idle>,
    /// What requests take.
    pub shots: Vec<Shots>,
}

/// An import.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// On what.
    pub on: Place,
    /// Tickets.
    pub rows: u64,
    /// Wall time until the command ended: its events are applied by then.
    pub seconds: f64,
    /// Processor time.
    pub used: Used,
    /// Most memory of the command, bytes.
    pub memory: u64,
}

/// A suite of which nobody asks anything.
#[derive(Debug, Serialize)]
pub struct Idle {
    /// On what.
    pub on: Place,
    /// Tickets in store.
    pub tickets: u64,
    /// Processes of the suite.
    pub processes: usize,
    /// Memory of the suite's processes, bytes; pages that they share count for each.
    pub resident: u64,
    /// Memory of the suite's processes, bytes; pages that they share count once.
    pub proportional: u64,
    /// Seconds from the start of the program to the first answer of the gateway.
    pub first_answer: f64,
}

/// Many requests of one kind.
#[derive(Debug, Serialize)]
pub struct Shots {
    /// On what.
    pub on: Option<Place>,
    /// Tickets in store.
    pub tickets: u64,
    /// What.
    pub what: What,
    /// Callers at once.
    pub callers: usize,
    /// How often it was done.
    pub done: usize,
    /// How often it failed.
    pub failed: u64,
    /// How often a second.
    pub per_second: f64,
    /// Half of them took less, milliseconds.
    pub p50: f64,
    /// Of a hundred 99 took less, milliseconds.
    pub p99: f64,
    /// Processor time of a thousand, seconds.
    pub used: Used,
    /// How many a second of processor time.
    pub per_cpu_second: f64,
}

impl Shots {
    /// Sums up.
    pub fn new(
        what: What,
        callers: usize,
        mut latencies: Vec<Duration>,
        failed: u64,
        seconds: f64,
        used: Used,
    ) -> Self {
        latencies.sort_unstable();
        let done = latencies.len();
        let count = done.max(1) as f64;
        let thousand = |seconds: f64| seconds * 1000.0 / count;
        Self {
            on: None,
            tickets: 0,
            what,
            callers,
            done,
            failed,
            per_second: done as f64 / seconds,
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            per_cpu_second: done as f64 / used.all().max(0.01),
            used: Used {
                hotline: thousand(used.hotline),
                postgres: thousand(used.postgres),
                redis: thousand(used.redis),
            },
        }
    }

    /// Says where it was.
    pub fn on(self, place: Place, tickets: u64) -> Self {
        Self { on: Some(place), tickets, ..self }
    }
}

/// Returns the value that `percent` of the sorted ones do not exceed, milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}

impl Report {
    /// Begins one about a binary.
    pub fn new(binary: &Path) -> Self {
        let folder = binary.parent().and_then(Path::file_name).unwrap_or_default().display();
        let name = binary.file_name().unwrap_or_default().display();
        Self {
            binary: format!("{name}, {folder} build"),
            machine: this_machine(),
            at: clock::wall().format("%Y-%m-%d %H:%M UTC").to_string(),
            imports: Vec::new(),
            idle: Vec::new(),
            shots: Vec::new(),
        }
    }

    fn requests(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "| on | tickets | what | callers | a second | a CPU-second | p50 ms | p99 ms | CPU-s of 1000 | hotline | PostgreSQL | Redis | failed |"
        )?;
        writeln!(out, "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for shot in &self.shots {
            let Shots { tickets, callers, per_second, per_cpu_second, p50, p99, used, failed, .. } = shot;
            let (on, what) = (shot.on.map(|on| on.to_string()).unwrap_or_default(), shot.what);
            let Used { hotline, postgres, redis } = used;
            let all = used.all();
            writeln!(
                out,
                "| {on} | {tickets} | {what:?} | {callers} | {per_second:.0} | {per_cpu_second:.0} | {p50:.1} | {p99:.1} \
                 | {all:.2} | {hotline:.2} | {postgres:.2} | {redis:.2} | {failed} |"
            )?;
        }
        Ok(())
    }

    /// Compares the largest store with the smallest.
    fn growth(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self
            .shots
            .iter()
            .fold((u64::MAX, 0), |(least, most), shot| (least.min(shot.tickets), most.max(shot.tickets)));
        if least >= most {
            return Ok(());
        }
        writeln!(
            out,
            "\np50 with {most} tickets ÷ p50 with {least}:\n\n| on | what | callers | ratio |\n|---|---|--:|--:|"
        )?;
        for large in self.shots.iter().filter(|shot| shot.tickets == most) {
            let same = |shot: &&Shots| {
                (shot.on, shot.what, shot.callers, shot.tickets)
                    == (large.on, large.what, large.callers, least)
            };
            if let (Some(small), Some(on)) = (self.shots.iter().find(same), large.on) {
                let ratio = large.p50 / small.p50.max(0.001);
                writeln!(out, "| {on} | {:?} | {} | {ratio:.2} |", large.what, large.callers)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}; {}; {}\n", self.at, self.binary, self.machine)?;
        writeln!(
            out,
            "| on | tickets | processes | resident MB | shared pages once, MB | first answer s |\n|---|--:|--:|--:|--:|--:|"
        )?;
        for idle in &self.idle {
            let Idle { on, tickets, processes, resident, proportional, first_answer } = idle;
            let (resident, proportional) = (resident / MEGABYTE, proportional / MEGABYTE);
            writeln!(
                out,
                "| {on} | {tickets} | {processes} | {resident} | {proportional} | {first_answer:.2} |"
            )?;
        }
        writeln!(
            out,
            "\n| on | imported | a second | seconds | CPU-s of 1000 | most MB |\n|---|--:|--:|--:|--:|--:|"
        )?;
        for Imported { on, rows, seconds, used, memory } in &self.imports {
            let (speed, cost) = (*rows as f64 / seconds, used.all() * 1000.0 / *rows as f64);
            let memory = memory / MEGABYTE;
            writeln!(out, "| {on} | {rows} | {speed:.0} | {seconds:.1} | {cost:.2} | {memory} |")?;
        }
        writeln!(out)?;
        self.requests(out)?;
        self.growth(out)
    }
}
