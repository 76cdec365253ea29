//! What the service publishes, and what it does with the events of tickets.

mod intake;
pub(crate) mod outgoing;

pub(crate) use intake::Intake;
