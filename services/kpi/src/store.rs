//! The tables of the service: the history of events, the facts read from them, the rollups added up from
//! facts.

pub(crate) mod book;
pub(crate) mod facts;
pub(crate) mod history;
pub(crate) mod migrations;
pub(crate) mod recompute;
pub(crate) mod reports;
pub(crate) mod rollups;
mod spread;

#[cfg(test)]
mod tests;
