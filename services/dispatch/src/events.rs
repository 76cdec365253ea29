//! What the service publishes, and what it does with the events of tickets.

pub(crate) mod announcement;
pub(crate) mod confirming;
pub(crate) mod duty_logs;
mod intake;
pub(crate) mod outgoing;
pub(crate) mod partners;
pub(crate) mod rosters;

pub(crate) use intake::Intake;
