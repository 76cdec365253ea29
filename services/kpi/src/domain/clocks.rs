//! What was told of the clocks of a ticket, and what corrections of it change in the figures. What is taken back is
//! taken from those to whom it was counted; what is so instead counts for whoever had the ticket then. So a figure
//! after a correction is what it would be had the right thing been told at first (K8).

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use hotline_core::time::from_proto;
use hotline_proto::events::v1::{SlaRepaired, SlaTold};
use prost_types::Timestamp;
use uuid::Uuid;

use super::dimension::Dims;
use super::fact::{Fact, Measure};
use super::standing::Standing;

/// What an event told of a clock.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    /// The event that told it; of two, the one with the lower id was told first.
    pub(crate) event: Uuid,
    /// Whose the ticket was, as the event says.
    pub(crate) dims: Dims,
    /// Whether it puts right what was told before, or there was nothing to put right.
    pub(crate) corrects: bool,
    /// What was told, without the ticket; what is told first is told in the place of nothing.
    pub(crate) told: SlaRepaired,
}

/// One thing that counts of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    measure: Measure,
    at: DateTime<Utc>,
    amount: Option<i64>,
}

impl Point {
    /// Returns it as a fact of these.
    pub(crate) fn fact(self, dims: &Dims) -> Fact {
        Fact { amount: self.amount, ..Fact::once(self.measure, self.at, dims) }
    }
}

/// Returns what counts of a clock of which this is told.
pub(crate) fn points(clock: &str, stopped_at: Option<&Timestamp>, told: &SlaTold) -> Vec<Point> {
    let at = |measure, at| Point { measure, at, amount: None };
    let warned = instant(told.warned_at.as_ref()).map(|time| at(Measure::SLA_WARNED, time));
    let breached = instant(told.breached_at.as_ref()).map(|time| at(Measure::SLA_BREACHED, time));
    let mut points: Vec<_> = warned.into_iter().chain(breached).collect();
    let (Some(time), Some(met), Some((stopped, in_time))) = (instant(stopped_at), told.met, measures(clock))
    else {
        return points;
    };
    points.push(Point { amount: Some(told.elapsed_seconds.max(0)), ..at(stopped, time) });
    if met {
        points.push(at(in_time, time));
    }
    if met && told.met_by_extension && stopped == Measure::RESOLUTION {
        points.push(at(Measure::RESOLUTION_MET_BY_EXTENSION, time));
    }
    points
}

/// Returns what is measured where a clock is stopped, and where it is stopped in time.
fn measures(clock: &str) -> Option<(Measure, Measure)> {
    match clock {
        "RESPONSE" => Some((Measure::RESPONSE, Measure::RESPONSE_MET)),
        "RESOLUTION" => Some((Measure::RESOLUTION, Measure::RESOLUTION_MET)),
        "ANSWER" => Some((Measure::ANSWER, Measure::ANSWER_MET)),
        "TOTAL" => Some((Measure::TOTAL, Measure::TOTAL_MET)),
        "UPDATE" => Some((Measure::UPDATE, Measure::UPDATE_MET)),
        _ => None,
    }
}

/// To a microsecond, as databases keep times: what is told again must be found by its time.
fn instant(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    from_proto(at).map(|at| at.trunc_subsecs(6))
}

/// Returns what the corrections of a ticket's clocks add to the figures beyond what they added `before`.
pub(crate) fn corrections_since(now: &Standing, before: Option<&Standing>) -> Vec<Fact> {
    let mut changed = Changed::new();
    change(&mut changed, now, 1);
    if let Some(before) = before {
        change(&mut changed, before, -1);
    }
    let fact = |((at, measure, amount, dims), times): ((_, _, _, &Dims), _)| Fact {
        times,
        ..Point { measure, at, amount }.fact(dims)
    };
    changed.into_iter().filter(|(_, times)| *times != 0).map(fact).collect()
}

/// How often what is counted where.
type Changed<'a> = BTreeMap<(DateTime<Utc>, Measure, Option<i64>, &'a Dims), i64>;

/// Something that was told of a clock and not taken back, and for whom it counts.
struct Counted<'a> {
    clock: &'a str,
    point: Point,
    dims: &'a Dims,
}

fn change<'a>(changed: &mut Changed<'a>, standing: &'a Standing, times: i64) {
    if !standing.words.iter().any(|word| word.corrects) {
        return;
    }
    let mut count = |Counted { point, dims, .. }: &Counted<'a>, times| {
        *changed.entry((point.at, point.measure, point.amount, *dims)).or_default() += times;
    };
    let mut told = Vec::new();
    for word in &standing.words {
        let points = |told: &Option<SlaTold>| {
            told.as_ref()
                .map_or_else(Vec::new, |told| points(&word.told.clock, word.told.stopped_at.as_ref(), told))
        };
        let (was, is) = (points(&word.told.was), points(&word.told.is));
        for point in was.iter().filter(|point| !is.contains(point)) {
            count(&taken_back(&mut told, word, *point), -times);
        }
        for point in is.iter().filter(|point| !was.contains(point)) {
            let dims = if word.corrects { whose(standing, &told, word, *point) } else { &word.dims };
            let counted = Counted { clock: &word.told.clock, point: *point, dims };
            if word.corrects {
                count(&counted, times);
            }
            told.push(counted);
        }
    }
}

/// Returns what a correction takes back as it was counted. Where nobody told it yet, as the correction says: what comes
/// late is found the next time.
fn taken_back<'a>(told: &mut Vec<Counted<'a>>, word: &'a Word, point: Point) -> Counted<'a> {
    let same = |counted: &Counted<'_>| {
        counted.clock == word.told.clock
            && (counted.point.measure, counted.point.at) == (point.measure, point.at)
    };
    match told.iter().rposition(same) {
        Some(place) => told.remove(place),
        None => Counted { clock: &word.told.clock, point, dims: &word.dims },
    }
}

/// Returns for whom something counts that a correction tells: as what else was told of the clock at that instant; the
/// end of the clock as the correction says; anything else for whoever had the ticket then.
fn whose<'a>(standing: &'a Standing, told: &[Counted<'a>], word: &'a Word, point: Point) -> &'a Dims {
    let beside = |counted: &&Counted<'_>| counted.clock == word.told.clock && counted.point.at == point.at;
    if let Some(counted) = told.iter().rfind(beside) {
        return counted.dims;
    }
    if instant(word.told.stopped_at.as_ref()) == Some(point.at) {
        return &word.dims;
    }
    standing.dims_at(point.at).unwrap_or(&word.dims)
}

#[cfg(test)]
mod tests;
