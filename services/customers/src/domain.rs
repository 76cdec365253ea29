//! Customers and contacts, and what may happen to them. Pure: time and ids come in.

mod customer;
mod interaction;

pub(crate) use customer::{Customer, Profile};
pub(crate) use hotline_phones::NumberPlan;
pub(crate) use interaction::{Activity, Interaction};
