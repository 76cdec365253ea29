//! Customers and contacts, and what may happen to them. Pure: time and ids come in.

mod customer;
mod handling;
mod interaction;
pub(crate) mod remote;

pub(crate) use customer::{Customer, Profile};
pub(crate) use handling::{Answer, HandOver, Handling};
pub(crate) use hotline_phones::NumberPlan;
pub(crate) use interaction::{About, Activity, Interaction};
