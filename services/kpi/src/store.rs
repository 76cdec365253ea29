//! The tables of the service: the events that wait to be counted, the history of those that are, the facts read
//! from them, how each ticket stands, the rollups added up from facts.

pub(crate) mod book;
pub(crate) mod counting;
pub(crate) mod facts;
pub(crate) mod history;
pub(crate) mod migrations;
pub(crate) mod pending;
pub(crate) mod recompute;
pub(crate) mod reports;
pub(crate) mod rollups;
mod spread;
mod standings;

#[cfg(test)]
mod tests;
