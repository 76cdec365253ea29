//! The rules of tickets. Pure: time, ids and who acts come in as arguments.

pub(crate) mod answer;
pub(crate) mod catalogue;
pub(crate) mod clocks;
pub(crate) mod draft;
pub(crate) mod editing;
pub(crate) mod explain;
pub(crate) mod extension;
pub(crate) mod form;
pub(crate) mod handling;
pub(crate) mod import;
pub(crate) mod lease;
pub(crate) mod lifecycle;
pub(crate) mod number;
pub(crate) mod outage;
pub(crate) mod policy;
pub(crate) mod priority;
pub(crate) mod registration;
pub(crate) mod rules;
pub(crate) mod sentence;
pub(crate) mod solving;
pub(crate) mod ticket;
pub(crate) mod timeline;

#[cfg(test)]
mod tests;
