//! The rules of tickets. Pure: time, ids and who acts come in as arguments.

pub(crate) mod answer;
pub(crate) mod calendar_admin;
pub(crate) mod calendar_book;
pub(crate) mod catalogue;
pub(crate) mod clock;
pub(crate) mod clocks;
pub(crate) mod comment;
pub(crate) mod complaints;
pub(crate) mod contact;
pub(crate) mod course;
pub(crate) mod draft;
pub(crate) mod editing;
pub(crate) mod explain;
pub(crate) mod extension;
pub(crate) mod form;
pub(crate) mod handling;
pub(crate) mod import;
pub(crate) mod informing;
pub(crate) mod judging;
pub(crate) mod lease;
pub(crate) mod lifecycle;
pub(crate) mod linking;
pub(crate) mod marking;
pub(crate) mod matters;
pub(crate) mod merging;
pub(crate) mod number;
pub(crate) mod outage;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod policy_admin;
pub(crate) mod policy_book;
pub(crate) mod priority;
pub(crate) mod refusal;
pub(crate) mod register;
pub(crate) mod registration;
pub(crate) mod rule_version;
pub(crate) mod rules;
pub(crate) mod sentence;
pub(crate) mod sla;
pub(crate) mod solving;
pub(crate) mod target;
pub(crate) mod ticket;
pub(crate) mod timeline;
pub(crate) mod usage;

#[cfg(test)]
mod tests;
