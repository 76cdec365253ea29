//! Callbacks, tries, and the policy of when and why customers are called. Pure: time and secrets come in.

mod attempt;
mod callback;
mod hours;
mod policy;
mod ticket;

pub(crate) use attempt::{Attempt, Report};
pub(crate) use callback::{Answer, Callback, Draft, Standing};
pub(crate) use policy::{Policy, Settlement, Verdict};
pub(crate) use ticket::Ticket;
