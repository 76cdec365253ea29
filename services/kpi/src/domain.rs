//! Figures as pure functions: facts from events, cells from facts, slices and spans from a range, values from
//! tallies.

pub(crate) mod backlog;
pub(crate) mod calendar;
pub(crate) mod cell;
pub(crate) mod clocks;
pub(crate) mod dimension;
pub(crate) mod fact;
pub(crate) mod metric;
pub(crate) mod metrics;
pub(crate) mod plan;
pub(crate) mod reading;
pub(crate) mod report;
pub(crate) mod spread;
pub(crate) mod standing;
pub(crate) mod tally;
pub(crate) mod words;

#[cfg(test)]
mod examples;
