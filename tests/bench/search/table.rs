//! What searches took, for people and for programs.

use std::fmt;
use std::time::Duration;

use hotline_core::clock;
use serde::Serialize;

use super::queries::Kind;
use crate::installation::this_machine;
use crate::sweep::On;

/// Everything that was measured in one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On which machine.
    pub machine: String,
    /// When.
    pub at: String,
    /// What was measured where.
    pub places: Vec<Placed>,
}

/// What was measured among so many tickets.
#[derive(Debug, Serialize)]
pub struct Placed {
    /// On what.
    pub on: On,
    /// Tickets in store.
    pub tickets: u64,
    /// From a start without an index to the first answer that lacks nothing, seconds.
    pub filled_seconds: f64,
    /// The same with the index of before.
    pub restarted_seconds: f64,
    /// Bytes of the index on disk.
    pub index_bytes: u64,
    /// Bytes of memory of all services, once the index was filled.
    pub resident_bytes: u64,
    /// What queries took.
    pub asked: Vec<Asked>,
    /// How soon what was written was found.
    pub lags: Vec<Lag>,
}

/// What queries of a kind took, milliseconds.
#[derive(Debug, Serialize)]
pub struct Asked {
    /// Which.
    pub kind: Kind,
    /// How many.
    pub count: usize,
    /// Tickets that one found, on average; more than ten thousand are not counted.
    pub hits: usize,
    /// Half of them took less, from the request to the answer.
    pub p50: f64,
    /// 99 of 100 took less.
    pub p99: f64,
    /// The slowest.
    pub worst: f64,
    /// 99 of 100 took less of the index alone.
    pub index_p99: f64,
}

/// How soon what was written was found by somebody else, milliseconds after the reply.
#[derive(Debug, Serialize)]
pub struct Lag {
    /// Callers that registered tickets besides, all the time.
    pub others: usize,
    /// Tickets that these registered a second.
    pub others_per_second: f64,
    /// Half of them were found sooner.
    pub p50: f64,
    /// 99 of 100 were.
    pub p99: f64,
    /// The latest.
    pub worst: f64,
    /// Share that their own writer found with the first search.
    pub own_at_once: f64,
    /// 99 of 100 first searches of their own writer took less.
    pub own_p99: f64,
}

impl Report {
    /// Begins one.
    pub fn new() -> Self {
        let at = clock::wall().format("%Y-%m-%d %H:%M UTC").to_string();
        Self { machine: this_machine(), at, places: Vec::new() }
    }
}

impl Asked {
    /// Sums up what queries took.
    pub fn of(kind: Kind, times: &mut [Duration], index: &mut [Duration], hits: usize) -> Self {
        Self {
            kind,
            count: times.len(),
            hits,
            p50: percentile(times, 50),
            p99: percentile(times, 99),
            worst: percentile(times, 100),
            index_p99: percentile(index, 99),
        }
    }
}

/// Returns what so many of a hundred are below, in milliseconds.
pub fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent).div_ceil(100).max(1) - 1;
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}; {}; milliseconds\n", self.at, self.machine)?;
        writeln!(out, "| on | tickets | filled s | restarted s | index MB | resident MB |")?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|")?;
        for place in &self.places {
            let (index, resident) = (place.index_bytes >> 20, place.resident_bytes >> 20);
            let (filled, restarted) = (place.filled_seconds, place.restarted_seconds);
            writeln!(
                out,
                "| {} | {} | {filled:.1} | {restarted:.1} | {index} | {resident} |",
                place.on, place.tickets
            )?;
        }
        writeln!(out, "\n| on | tickets | query | hits | p50 | p99 | worst | index p99 |")?;
        writeln!(out, "|---|--:|---|--:|--:|--:|--:|--:|")?;
        for place in &self.places {
            for Asked { kind, hits, p50, p99, worst, index_p99, .. } in &place.asked {
                let (on, tickets) = (place.on, place.tickets);
                writeln!(
                    out,
                    "| {on} | {tickets} | {kind} | {hits} | {p50:.1} | {p99:.1} | {worst:.1} | {index_p99:.1} |"
                )?;
            }
        }
        writeln!(
            out,
            "\n| on | tickets | others a second | found p50 | p99 | worst | own at once | own p99 |"
        )?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for place in &self.places {
            for Lag { others_per_second, p50, p99, worst, own_at_once, own_p99, .. } in &place.lags {
                let (on, tickets, own) = (place.on, place.tickets, own_at_once * 100.0);
                writeln!(
                    out,
                    "| {on} | {tickets} | {others_per_second:.0} | {p50:.0} | {p99:.0} | {worst:.0} | {own:.0} % | {own_p99:.0} |"
                )?;
            }
        }
        Ok(())
    }
}
