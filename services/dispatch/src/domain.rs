//! The rules of dispatch, pure: time, ids and secrets come in as arguments.

pub(crate) mod access;
pub(crate) mod assignment;
pub(crate) mod confirmation;
pub(crate) mod disclosure;
pub(crate) mod duty;
pub(crate) mod duty_log;
pub(crate) mod emergency;
pub(crate) mod escalation;
pub(crate) mod fairness;
pub(crate) mod flow;
pub(crate) mod handover;
pub(crate) mod lease;
pub(crate) mod link;
pub(crate) mod matching;
pub(crate) mod order;
pub(crate) mod pick;
pub(crate) mod presence;
pub(crate) mod reminders;
pub(crate) mod routing;
pub(crate) mod stages;
pub(crate) mod state;
pub(crate) mod targets;
pub(crate) mod team;
pub(crate) mod webhook;
